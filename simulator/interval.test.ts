import { describe, expect, test } from 'vitest'
import { exponential, stream } from './engine/random.ts'
import { quantileIntervals, samplesNeeded } from './interval.ts'
import { type Binned, binOf } from './latency-bins.ts'
import { LatencyRows } from './latency-rows.ts'

/** Blocks of a second. */
function blocksOf(atMs: readonly number[], values: readonly number[]): Binned[] {
  const rows = new LatencyRows(60)
  for (const [i, at] of atMs.entries()) rows.add(Math.floor(at / 1000), binOf(values[i] as number), 1)
  const blocks: Binned[] = []
  rows.forEach((_, binned) => {
    blocks.push(binned)
  })
  return blocks
}

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
  return { blocks: blocksOf(atMs, values), samples: values.length }
}

describe('the interval of a quantile', () => {
  test('covers the truth in about 95 % of runs, also when receivers of a message share its fate', () => {
    // Distribution of the sum of the two exponentials: p95 where F(x) = 1 − (20 e^(−x/20) − e^(−x)) / 19 = 0.95.
    const truth = 60.94
    let covered = 0
    const runs = 120
    for (let seed = 0; seed < runs; seed++) {
      const { blocks, samples } = clustered(seed)
      const [interval] = quantileIntervals(blocks, samples, [0.95])
      if (interval && interval.low <= truth && truth <= interval.high) covered++
    }
    expect(covered / runs).toBeGreaterThan(0.85)
    expect(covered / runs).toBeLessThanOrEqual(1)
  })
  test('is the same for the same samples', () => {
    const [{ blocks, samples }, again] = [clustered(1), clustered(1)]
    expect(quantileIntervals(blocks, samples, [0.5])).toEqual(
      quantileIntervals(again.blocks, again.samples, [0.5]),
    )
  })
  test('is not to be had from too few samples or too short a time', () => {
    const few = blocksOf(
      Array.from({ length: 60 }, (_, i) => i * 1_000),
      new Array(60).fill(5),
    )
    const [p50, p99] = quantileIntervals(few, 60, [0.5, 0.99])
    expect(p99).toBeNull()
    expect(p50).not.toBeNull()
    expect(quantileIntervals(blocksOf([1, 2, 3], [5, 5, 5]), 3, [0.5])).toEqual([null])
    expect(quantileIntervals([], 0, [0.5])).toEqual([null])
  })
  test('a p99 needs 381 samples, a median 4', () => {
    expect([0.5, 0.95, 0.99].map(samplesNeeded)).toEqual([4, 73, 381])
  })
})
