// What a message costs does not grow with those before it: operations are counted by the engine, not timed.
import { Session } from 'node:inspector'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Aggregate } from '../protocol/filter.ts'
import { createAggregator } from './aggregates.ts'
import { compileFilter, type Readable } from './filter.ts'

interface Coverage {
  result: { url: string; functions: { ranges: { count: number }[] }[] }[]
}

const engine = new Session()
beforeAll(() => {
  engine.connect()
  engine.post('Profiler.enable')
  engine.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
})
afterAll(() => engine.disconnect())

/** How often the blocks of this folder's code ran since the last call. */
function blocksRun(): number {
  let blocks = 0
  engine.post('Profiler.takePreciseCoverage', (error, coverage) => {
    if (error) throw error
    for (const { url, functions } of (coverage as Coverage).result) {
      if (!url.includes('/runtime/queries/') || url.includes('.test.')) continue
      for (const { ranges } of functions) for (const { count } of ranges) blocks += count
    }
  })
  return blocks
}

const OPTIONS = 4
const vote = (i: number): Readable => ({
  client: `c${i}`,
  at: i,
  t: i,
  off: i,
  body: { choice: `option ${i % OPTIONS}`, rating: i % 5, word: `w${(i * i) % 997}` },
})

/** Per message, of the last 20 of `size`. */
function costOfLast(size: number, agg: Aggregate): number {
  const aggregator = createAggregator(agg)
  const matches = compileFilter({ exists: 'body.choice' })
  for (let i = 0; i < size - 20; i++) if (matches(vote(i))) aggregator.take(vote(i))
  blocksRun()
  for (let i = size - 20; i < size; i++) if (matches(vote(i))) aggregator.take(vote(i))
  const blocks = blocksRun()
  expect(blocks).toBeGreaterThan(20)
  return blocks / 20
}

/** A loop over votes, clients or values would show as a factor of 50 and more; the engine counts blocks to a few. */
const FACTOR = 1.5

describe('a vote costs as much in a poll of 2,000 and of 20,000 as in a small one', () => {
  test.each<[Aggregate, number]>([
    [{ is: 'count', by: 'body.choice' }, 40],
    [{ is: 'count', by: 'body.choice', per: 'client' }, 40],
    [{ is: 'histogram', of: 'body.rating', edges: [1, 2, 3, 4] }, 40],
    [{ is: 'distinct', of: 'client' }, 40],
    // Enough to fill its counters: from there on each costs at most the height of their heap.
    [{ is: 'top', k: 5, by: 'body.word' }, 400],
  ])('%j', (agg, small) => {
    const cost = costOfLast(small, agg)
    expect(costOfLast(2_000, agg)).toBeLessThanOrEqual(cost * FACTOR)
    expect(costOfLast(20_000, agg)).toBeLessThanOrEqual(cost * FACTOR)
  })
})
