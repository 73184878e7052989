// What is sent twice is bounded, whatever is asked for.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HedgeBudget } from './hedge-budget.ts'

test('is at most a tenth of what was sent once, a burst of 64 KB and one batch, and the rest is counted', () => {
  const step = fc.record({
    earned: fc.integer({ min: 0, max: 16_384 }),
    wanted: fc.integer({ min: 1, max: 16_384 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const budget = new HedgeBudget()
      let earned = 0
      for (const { earned: bytes, wanted } of steps) {
        budget.earn(bytes)
        earned += bytes
        budget.spend(wanted)
        expect(budget.counters.bytes).toBeLessThan(earned / 10 + 64 * 1024 + 16_384)
      }
      expect(budget.counters.batches + budget.counters.withheld).toBe(steps.length)
    }),
  )
})

test('lets a burst through at once: a path that falls silent has several batches on its way', () => {
  const budget = new HedgeBudget()
  expect([1, 2, 3, 4].map(() => budget.spend(16 * 1024))).toEqual([true, true, true, true])
  expect(budget.spend(1)).toBe(false)
  budget.earn(100)
  expect(budget.spend(1)).toBe(true)
})
