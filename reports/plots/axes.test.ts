import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { outageShade, quantityAxis, roundScale, timeAxis, timeLine } from './axes.ts'

describe('a scale', () => {
  test('has round steps and its top holds the highest value', () => {
    expect(roundScale(775, 4)).toEqual({ step: 200, top: 800 })
    expect(roundScale(250, 4)).toEqual({ step: 100, top: 300 })
    expect(roundScale(0, 4)).toEqual({ step: 1, top: 4 })
  })

  test('never clips, and never leaves more than one step unused', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e12, noNaN: true }),
        fc.integer({ min: 2, max: 20 }),
        (highest, n) => {
          const { step, top } = roundScale(highest, n)
          expect(top).toBeGreaterThanOrEqual(highest * 0.998)
          expect(top - highest).toBeLessThanOrEqual(step)
          expect(top / step).toBeLessThanOrEqual(n + 1)
        },
      ),
    )
  })
})

describe('an axis of a quantity', () => {
  test('reaches the service level though nothing comes near it', () => {
    expect(quantityAxis('ms', [10, 20], { gridIndex: 0, mustShow: 250 })).toMatchObject({
      type: 'value',
      max: 300,
    })
  })

  test('is logarithmic only where a peak would flatten the rest', () => {
    const steady = quantityAxis('ms', [10, 20, 60], { gridIndex: 0, mayBeLog: true })
    const spiky = quantityAxis('ms', [14, 20, 22, 30_000], { gridIndex: 0, mayBeLog: true, mustShow: 250 })
    expect(steady.type).toBe('value')
    expect(spiky).toMatchObject({ type: 'log', min: 10, max: 100_000, name: 'ms, log scale' })
  })

  test('of a run without a measurement is still an axis', () => {
    expect(quantityAxis('ms', [null], { gridIndex: 0, mayBeLog: true })).toMatchObject({ min: 0, max: 4 })
  })
})

test('a second between two gaps is a dot, since a line through one point is invisible', () => {
  const { data } = timeLine([0, 1, 2, 3, 4], [null, 5, null, 6, 7], 100, { colour: 'red' })
  expect(data).toEqual([
    [0, null],
    { value: [1, 5], symbol: 'circle', symbolSize: 3.5 },
    [2, null],
    [3, 6],
    [4, 7],
  ])
})

test('clock labels keep their distance on every width', () => {
  const day = { startS: 0, endS: 28_800 }
  for (const width of [280, 800]) {
    const { interval } = timeAxis(day, width, String, { gridIndex: 0, labelled: true, labelPx: 64 }) as {
      interval: number
    }
    expect((width / 28_800) * interval).toBeGreaterThanOrEqual(64)
  }
})

test('of two outages close together only the first is named', () => {
  const outage = { venue: 'hall', target: 'uplink' as const }
  const outages = [0, 400, 20_000].map((startS) => ({
    ...outage,
    startS: startS + 5000,
    endS: startS + 5300,
  }))
  const { data } = outageShade(outages, { startS: 0, endS: 28_800 }, { left: 58, width: 800 }, true)
  const shown = (data as unknown as { label: { show: boolean } }[][]).map(([from]) => from?.label.show)
  expect(shown).toEqual([true, false, true])
})
