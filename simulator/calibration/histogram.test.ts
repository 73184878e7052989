import { Histogram, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { bucketQuantiles, bucketsBetween, bucketsTotal, parseBuckets } from './histogram.ts'

async function exposed(values: readonly number[]): Promise<string> {
  const registry = new Registry()
  const histogram = new Histogram({
    name: 'apply_seconds',
    help: 'x',
    buckets: [0.001, 0.01, 0.1],
    registers: [registry],
  })
  for (const value of values) histogram.observe(value)
  return registry.metrics()
}

describe('Prometheus histogram', () => {
  test('is read from what prom-client exposes, the infinite bucket as a number that JSON keeps', async () => {
    const buckets = parseBuckets(await exposed([0.0005, 0.005, 0.05, 5]), 'apply_seconds')
    expect(buckets.map(({ count }) => count)).toEqual([1, 2, 3, 4])
    expect(JSON.parse(JSON.stringify(buckets))).toEqual(buckets)
  })

  test('counts only what lies between two readings', async () => {
    const before = parseBuckets(await exposed([0.0005, 0.0005]), 'apply_seconds')
    const after = parseBuckets(await exposed([0.0005, 0.0005, 0.05]), 'apply_seconds')
    const between = bucketsBetween(before, after)
    expect(between.map(({ count }) => count)).toEqual([0, 0, 1, 1])
    expect(bucketsTotal(between)).toBe(1)
  })

  test('has quantiles that are linear within a bucket, in the unit asked for', () => {
    const buckets = [
      { le: 0.001, count: 0 },
      { le: 0.011, count: 100 },
    ]
    expect(bucketQuantiles(buckets, 3, 1000)).toEqual([1, 6, 11])
  })

  test('does not invent a value beyond its last bound', async () => {
    const buckets = parseBuckets(await exposed([5, 6, 7]), 'apply_seconds')
    expect(bucketQuantiles(buckets, 3, 1)).toEqual([0.1, 0.1, 0.1])
  })

  test('has none without a sample', () => {
    expect(() => bucketQuantiles([{ le: 1, count: 0 }], 3, 1)).toThrow(RangeError)
  })
})
