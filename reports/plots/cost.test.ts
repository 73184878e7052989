import { expect, test } from 'vitest'
import type { Forecast } from '../../simulator/costs/forecast-result.ts'
import { plottedUsd } from '../format.ts'
import { fixtureForecast } from '../testing/fixture-forecast.ts'
import { costBars, costPlot } from './cost.ts'
import { drawSvg } from './svg.ts'

/** Widths of the drawn bars in px, the total first. */
function drawn(forecast: Forecast): number[] {
  const { source } = drawSvg(costPlot(forecast, 'cost', 900))
  return [...source.matchAll(/<path d="M[\d.]+ [\d.]+l([\d.]+) 0[^"]*" fill="var\(--money\)"/g)].map(
    ([, width]) => Number(width),
  )
}

test.each([
  ['a budget', 400_000_000_000_000n],
  ['a small budget', 1_000_000_000n],
  ['no budget', null],
])('the total and its lines are drawn to one scale, with %s', (_name, limit) => {
  const forecast = {
    ...fixtureForecast(0),
    budget: limit === null ? null : { limit, outcome: 'unknown' as const },
  }
  const amounts = [forecast.total, ...costBars(forecast).map(({ amount }) => amount)].map(plottedUsd)
  const widths = drawn(forecast)
  expect(widths).toHaveLength(amounts.length)
  const pxPerUsd = (widths[0] ?? 0) / (amounts[0] ?? 1)
  widths.forEach((width, i) => {
    expect(Math.abs(width - pxPerUsd * (amounts[i] ?? 0))).toBeLessThan(0.3)
  })
})

test('a forecast without lines is drawn', () => {
  const nothing = { ...fixtureForecast(0), lines: [], total: 0n, budget: null }
  expect(drawSvg(costPlot(nothing, 'cost', 900)).source).toContain('$0.00')
})
