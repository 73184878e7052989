import { describe, expect, test } from 'vitest'
import { exponential, stream } from './engine/random.ts'
import { quantileIntervals, samplesNeeded } from './interval.ts'

/** 60 s of messages whose receivers share most of each message's latency. */
function clustered(seed: number) {
  const random = stream(seed, 'clustered')
  const atMs: number[] = []
  const values: number[] = []
  for (let message = 0; message < 400; message++) {
    const at = random() * 60_000
    const shared = exponential(random, 20)
    for (let receiver = 0; receiver < 40; receiver++) {
      atMs.push(at)
      values.push(shared + exponential(random, 1))
    }
  }
  return { atMs, values, weights: values.map(() => 1) }
}

describe('the interval of a quantile', () => {
  test('covers the truth in about 95 % of runs, also when receivers of a message share its fate', () => {
    // Distribution of the sum of the two exponentials: p95 where F(x) = 1 − (20 e^(−x/20) − e^(−x)) / 19 = 0.95.
    const truth = 60.94
    let covered = 0
    const runs = 120
    for (let seed = 0; seed < runs; seed++) {
      const { atMs, values, weights } = clustered(seed)
      const [interval] = quantileIntervals(atMs, values, weights, [0.95])
      if (interval && interval.low <= truth && truth <= interval.high) covered++
    }
    expect(covered / runs).toBeGreaterThan(0.85)
    expect(covered / runs).toBeLessThanOrEqual(1)
  })
  test('is the same for the same samples', () => {
    const { atMs, values, weights } = clustered(1)
    expect(quantileIntervals(atMs, values, weights, [0.5])).toEqual(
      quantileIntervals(atMs, values, weights, [0.5]),
    )
  })
  test('is not to be had from too few samples or too short a time', () => {
    const few = { atMs: Array.from({ length: 60 }, (_, i) => i * 1_000), values: new Array(60).fill(5) }
    const [p99, p50] = quantileIntervals(few.atMs, few.values, new Array(60).fill(1), [0.99, 0.5])
    expect(p99).toBeNull()
    expect(p50).not.toBeNull()
    expect(quantileIntervals([1, 2, 3], [5, 5, 5], [1, 1, 1], [0.5])).toEqual([null])
    expect(quantileIntervals([], [], [], [0.5])).toEqual([null])
  })
  test('a p99 needs 381 samples, a median 4', () => {
    expect([0.5, 0.95, 0.99].map(samplesNeeded)).toEqual([4, 73, 381])
  })
})
