// Intervals cover what they are about as often as they say, and those of tables are met.
import { expect, test } from 'vitest'
import { stream } from '../engine/random.ts'
import { exactBounds, quantile, quantileBounds, wilsonBounds } from './intervals.ts'

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

test('a quantile is the smallest value that has its share at or below it', () => {
  expect([0.1, 0.5, 0.9, 0.99].map((p) => quantile(upTo(10), p))).toEqual([1, 5, 9, 10])
  expect([0.1, 0.5, 0.9, 0.99].map((p) => quantile(upTo(100), p))).toEqual([10, 50, 90, 99])
  expect(quantile([7], 0.5)).toBe(7)
})

test('ranks that bound a quantile are those of tables', () => {
  // Source: Conover, "Practical Nonparametric Statistics", 3rd ed., 1999: the median of 10 lies between ranks 2 and 9.
  expect(quantileBounds(upTo(10), 0.5, 0.05)).toEqual({ low: 2, high: 9 })
  expect(quantileBounds(upTo(100), 0.5, 0.05)).toEqual({ low: 40, high: 61 })
  // 59 runs are the fewest whose largest is above the 95th percentile with 95 % confidence (Wilks 1941).
  expect(quantileBounds(upTo(58), 0.95, 0.1).high).toBeNull()
  expect(quantileBounds(upTo(59), 0.95, 0.1).high).toBe(59)
})

test('runs that are too few leave a side open', () => {
  expect(quantileBounds(upTo(100), 0.99, 0.05)).toEqual({ low: 97, high: null })
  expect(quantileBounds(upTo(4), 0.5, 0.05)).toEqual({ low: null, high: null })
})

test('bounds of a quantile cover it as often as they say, whatever the distribution', () => {
  const random = stream(5, 'coverage')
  const rounds = 4_000
  for (const [p, n] of [
    [0.1, 60],
    [0.5, 40],
    [0.9, 120],
  ] as const) {
    // An exponential distribution, of which quantiles are known.
    const truth = -Math.log(1 - p)
    let covered = 0
    for (let i = 0; i < rounds; i++) {
      const draws = Array.from({ length: n }, () => -Math.log(1 - random())).sort((a, b) => a - b)
      const { low, high } = quantileBounds(draws, p, 0.05)
      if ((low ?? 0) <= truth && truth <= (high ?? Number.POSITIVE_INFINITY)) covered++
    }
    // At least 95 %, less four standard errors of this test; never so wide that they say nothing.
    expect(covered / rounds).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / rounds))
    expect(covered / rounds).toBeLessThan(0.995)
  }
})

test('the interval of a probability is that of tables, and never leaves 0 to 1', () => {
  // Source: Brown, Cai and DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16 (2001).
  const { low, high } = wilsonBounds(10, 50, 0.05)
  expect([low, high]).toEqual([expect.closeTo(0.1124, 4), expect.closeTo(0.3304, 4)])
  expect(wilsonBounds(0, 20, 0.05)).toEqual({ low: 0, high: expect.closeTo(0.1611, 4) })
  // 73 of 73 are the fewest that show 95 %.
  expect(wilsonBounds(72, 72, 0.05).low).toBeLessThan(0.95)
  expect(wilsonBounds(73, 73, 0.05).low).toBeGreaterThanOrEqual(0.95)
  expect(wilsonBounds(0, 0, 0.05)).toEqual({ low: 0, high: 1 })
})

test('exact bounds of a probability are those of tables, and of few runs they claim little', () => {
  // With no success in n the upper bound is 1 − 0.025^(1/n).
  expect(exactBounds(0, 1, 0.05)).toEqual({ low: 0, high: expect.closeTo(0.975, 6) })
  expect(exactBounds(0, 10, 0.05)).toEqual({ low: 0, high: expect.closeTo(0.3085, 4) })
  expect(exactBounds(10, 10, 0.05)).toEqual({ low: expect.closeTo(0.6915, 4), high: 1 })
  // Source: Clopper and Pearson 1934, as in R's binom.test(8, 10).
  expect(exactBounds(8, 10, 0.05)).toEqual({
    low: expect.closeTo(0.4439, 4),
    high: expect.closeTo(0.9748, 4),
  })
  expect(exactBounds(0, 0, 0.05)).toEqual({ low: 0, high: 1 })
})

test('of intervals that hold eight times in ten, exact bounds call fewer than one in forty too narrow', () => {
  for (const runs of [1, 2, 3, 5, 8, 20, 60]) {
    let chance = 0
    let probability = 0.2 ** runs
    for (let met = 0; met <= runs; met++) {
      if (exactBounds(met, runs, 0.05).high < 0.8) chance += probability
      probability *= ((runs - met) / (met + 1)) * (0.8 / 0.2)
    }
    expect(chance).toBeLessThanOrEqual(0.025)
  }
})
