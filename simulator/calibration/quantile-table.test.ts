import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quantile, quantileTable } from './quantile-table.ts'

describe('quantile table', () => {
  test('holds minimum, median and maximum at its ends and middle', () => {
    const table = quantileTable([5, 1, 3, 2, 4], 5)
    expect(table).toEqual([1, 2, 3, 4, 5])
  })

  test('is ascending and stays within the samples, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (samples) => {
        const table = quantileTable(samples)
        const bounds = [Math.min(...samples) - 0.01, Math.max(...samples) + 0.01] as const
        return table.every((q, i) => q >= (table[i - 1] ?? bounds[0]) && q <= bounds[1])
      }),
    )
  })

  test('drawn from with a uniform p, gives back the distribution it was made of', () => {
    const samples = Array.from({ length: 10_000 }, (_, i) => (i / 10_000) ** 2 * 100)
    const table = quantileTable(samples)
    for (const p of [0.1, 0.5, 0.9, 0.99]) expect(quantile(table, p)).toBeCloseTo(p ** 2 * 100, 1)
  })

  test('interpolates between order statistics and clamps p', () => {
    expect(quantile([10, 20], 0.25)).toBe(12.5)
    expect(quantile([10, 20], -1)).toBe(10)
    expect(quantile([10, 20], 2)).toBe(20)
  })

  test('refuses to be made of nothing', () => {
    expect(() => quantileTable([])).toThrow(RangeError)
    expect(() => quantile([], 0.5)).toThrow(RangeError)
  })
})
