import { expect, test } from 'vitest'
import { stream } from '../engine/random.ts'
import { drawArrivals } from './arrivals.ts'

test('arrivals follow the shape: chi-square against the minutes stays below its 99.9 % quantile', () => {
  const weights = [0, 5, 10, 3, 0, 2, 30, 1, 1, 0]
  const count = 50_000
  const times = drawArrivals(weights, 600, count, stream(1, 'arrivals'))
  const bins = new Array(10).fill(0)
  for (const time of times) bins[Math.floor(time / 60)]++
  const total = weights.reduce((a, b) => a + b, 0)
  let chi2 = 0
  for (const [i, weight] of weights.entries()) {
    const expected = (count * weight) / total
    if (weight === 0) expect(bins[i]).toBe(0)
    else chi2 += (bins[i] - expected) ** 2 / expected
  }
  // Six degrees of freedom.
  expect(chi2).toBeLessThan(22.46)
})

test('arrivals are ascending, within the day, and stretch with it', () => {
  const times = drawArrivals([1, 1], 3600, 1000, stream(2, 'arrivals'))
  expect([...times]).toEqual([...times].sort((a, b) => a - b))
  expect(times[0]).toBeGreaterThanOrEqual(0)
  expect(times.at(-1)).toBeLessThan(3600)
  expect(times.at(-1)).toBeGreaterThan(3000)
})

test('a shape of nothing but zeros is refused', () => {
  expect(() => drawArrivals([0, 0], 600, 1, stream(1, 'x'))).toThrow(RangeError)
})
