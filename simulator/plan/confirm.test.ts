// When days decide: how many a target needs, and what counts as shown.
import { expect, test } from 'vitest'
import type { DayFigures } from '../monte-carlo/run-day.ts'
import { daysNeeded, levelsOf, outcomeOf } from './confirm.ts'

/** A day for each outcome of one level. */
function days(...outcomes: ('met' | 'missed')[]): DayFigures[] {
  return outcomes.map(
    (outcome, seed) =>
      ({
        seed,
        levels: [{ level: 'Ack', limit: 500, unit: 'ms', value: 400 + seed, outcome }],
      }) as unknown as DayFigures,
  )
}
const met = (n: number) => Array.from({ length: n }, () => 'met' as const)

test('52 days that all meet show 95 %: n / (n + z²) with z = 1.645 passes 0.95 at 19 × 2.706 = 51.4', () => {
  expect(daysNeeded(0.95)).toBe(52)
  // 9 × 2.706 = 24.4
  expect(daysNeeded(0.9)).toBe(25)
})

test('51 days are too few, one miss in 52 is open, two misses in four are a miss', () => {
  const outcome = (...of: Parameters<typeof days>) => outcomeOf(levelsOf(days(...of), 0.95), 0.95)
  expect(outcome(...met(52))).toBe('met')
  expect(outcome(...met(51))).toBe('open')
  expect(outcome('missed', ...met(51))).toBe('open')
  expect(outcome('missed', 'missed', ...met(2))).toBe('missed')
  expect(outcome()).toBe('open')
})

test('the worst day is that of the largest value', () => {
  expect(levelsOf(days(...met(3)), 0.95)).toMatchObject([{ met: 3, days: 3, worst: 402 }])
})
