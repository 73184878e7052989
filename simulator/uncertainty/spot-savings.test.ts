// How far a spot price may be from the price book's is what such prices did between two of AWS's own statements of them.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { defaultUncertainty } from '../../infra/event/uncertainty-schema.ts'

test('eight spot prices in ten moved by less than the default within 16 months', () => {
  const [, ...rows] = readFileSync(new URL('spot-savings.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const moves = rows.map((row) => {
    const [before, after] = row.split(',').slice(2).map(Number) as [number, number]
    return Math.abs(Math.log((100 - after) / (100 - before)))
  })
  expect(moves).toHaveLength(2_772)
  const { within, distribution } = defaultUncertainty.spot.price
  const inside = moves.filter((move) => move <= Math.log1p(within) + 1e-12).length / moves.length
  expect(inside).toBeGreaterThan(0.79)
  expect(inside).toBeLessThan(0.81)
  expect(distribution).toBe('lognormal')
})
