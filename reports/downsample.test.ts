import fc from 'fast-check'
import { expect, test } from 'vitest'
import { downsampleMax } from './downsample.ts'

const series = fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })), {
  minLength: 1,
  maxLength: 400,
})
const seconds = (values: unknown[]) => values.map((_, i) => i)

test('a series that fits comes back as it is', () => {
  expect(downsampleMax([0, 1, 2], [5, null, 7], 3)).toEqual([
    { tS: 0, value: 5 },
    { tS: 1, value: null },
    { tS: 2, value: 7 },
  ])
})

test('each bucket keeps its highest value at its own time', () => {
  const day = Array.from({ length: 28_800 }, (_, i) => (i === 12_345 ? 900 : i % 7))
  const points = downsampleMax(seconds(day), day, 800)
  expect(points).toHaveLength(800)
  expect(points).toContainEqual({ tS: 12_345, value: 900 })
})

test('a bucket is empty only where all of it is', () => {
  const values = [1, null, null, null, null, 2]
  expect(downsampleMax(seconds(values), values, 3).map(({ value }) => value)).toEqual([1, null, 2])
})

test('never more points than buckets, times ascend, the peak and nothing invented', () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 120 }), (values, buckets) => {
      const points = downsampleMax(seconds(values), values, buckets)
      expect(points.length).toBeLessThanOrEqual(buckets)
      expect(points.every(({ tS }, i) => tS > (points[i - 1]?.tS ?? -1))).toBe(true)
      expect(points.every(({ tS, value }) => values[tS] === value)).toBe(true)
      const known = values.filter((value) => value !== null)
      if (known.length > 0) expect(points.map(({ value }) => value)).toContain(Math.max(...known))
    }),
  )
})
