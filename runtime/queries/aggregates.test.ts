// What every aggregate keeps to: merging, snapshots and deltas change nothing of what it counts.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Aggregate, AggregateValue } from '../protocol/filter.ts'
import { createAggregator, createCopy } from './aggregates.ts'
import type { Aggregator } from './aggregator.ts'
import { GROUP_CHARS_MAX, GROUPS_MAX, QUERY_CLIENTS_MAX } from './bounds.ts'
import type { Readable } from './filter.ts'
import { aggregates, messages } from './testing/arbitraries.ts'

const streams = fc.array(messages, { maxLength: 40 })

function fed(agg: Aggregate, stream: readonly Readable[]): Aggregator {
  const aggregator = createAggregator(agg)
  for (const message of stream) aggregator.take(message)
  return aggregator
}

const vote = (client: string, choice: unknown): Readable => ({
  client,
  at: 0,
  t: 0,
  off: 1,
  body: { choice },
})
const byChoice = { is: 'count', by: 'body.choice' } as const
const votes = { ...byChoice, per: 'client' } as const

/** Groups have no order on the wire. */
function sorted(value: AggregateValue): AggregateValue {
  return value.is === 'count' && value.by
    ? { ...value, by: Object.fromEntries(Object.entries(value.by).sort()) }
    : value
}

describe('every aggregate', () => {
  test('of two parts of a stream, merged, is that of the stream', () => {
    fc.assert(
      fc.property(aggregates, streams, streams, (agg, first, second) => {
        const merged = fed(agg, first)
        merged.merge(fed(agg, second))
        expect(merged.value()).toEqual(fed(agg, [...first, ...second]).value())
      }),
      { numRuns: 500 },
    )
  })

  test('restored from its snapshot goes on as if nothing had happened', () => {
    fc.assert(
      fc.property(
        aggregates,
        streams,
        streams,
        fc.integer({ min: 0, max: 40 }),
        (agg, first, second, since) => {
          const lasting = fed(agg, first)
          const sent = Math.min(since, lasting.taken)
          const restored = createAggregator(agg)
          restored.restore(JSON.parse(JSON.stringify(lasting.snapshot(sent))))
          for (const message of second) for (const one of [lasting, restored]) one.take(message)
          expect(restored.value()).toEqual(lasting.value())
          expect(restored.taken).toBe(lasting.taken)
          expect(restored.delta(sent)).toEqual(lasting.delta(sent))
          expect(restored.snapshot(lasting.taken)).toEqual(lasting.snapshot(lasting.taken))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('is told in full by its deltas, however often and in whatever order they come', () => {
    fc.assert(
      fc.property(
        aggregates,
        fc.array(streams, { maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        (agg, parts, random) => {
          const source = createAggregator(agg)
          const deltas = parts.map((part) => {
            const from = source.taken
            for (const message of part) source.take(message)
            return { delta: JSON.parse(JSON.stringify(source.delta(from))), to: source.taken }
          })
          const copy = createCopy(agg)
          const order = [...deltas, ...deltas]
            .map((one) => ({ one, key: random.next().value as number }))
            .sort((a, b) => a.key - b.key)
          for (const { one } of order) expect(copy.patch(one.delta, one.to)).toBe(true)
          expect(sorted(copy.value())).toEqual(sorted(source.value()))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('refuses what is no delta, and stays as it was', () => {
    fc.assert(
      fc.property(aggregates, streams, fc.jsonValue(), (agg, stream, value) => {
        const copy = createCopy(agg)
        copy.patch(JSON.parse(JSON.stringify(fed(agg, stream).delta(0))), 100)
        const before = copy.value()
        expect(copy.patch(value, 200)).toBe(false)
        expect(copy.value()).toEqual(before)
      }),
    )
  })
})

describe('a count', () => {
  test('is that of a plain tally', () => {
    fc.assert(
      fc.property(streams, (stream) => {
        const tally: Record<string, number> = {}
        for (const { client } of stream) tally[client] = (tally[client] ?? 0) + 1
        expect(fed({ is: 'count', by: 'client' }, stream).value()).toEqual({
          is: 'count',
          n: stream.length,
          by: tally,
        })
      }),
    )
  })

  test('per client follows each client to its newest vote', () => {
    const cast = fc.tuple(
      fc.constantFrom('x', 'y', 'z', '__proto__'),
      fc.constantFrom('a', 'b', ['a', 'b'], '__proto__'),
    )
    fc.assert(
      fc.property(fc.array(cast), (casts) => {
        const newest = new Map(casts)
        const tally = new Map<string, number>()
        for (const choice of newest.values()) {
          for (const one of [choice].flat()) tally.set(one, (tally.get(one) ?? 0) + 1)
        }
        const value = fed(
          votes,
          casts.map(([client, choice]) => vote(client, choice)),
        ).value()
        expect(value).toEqual({ is: 'count', n: newest.size, by: Object.fromEntries(tally) })
      }),
    )
  })

  test('leaves out messages without the field, and what is neither a scalar nor a list of them', () => {
    const value = fed(byChoice, [vote('x', 'a'), vote('x', {}), vote('x', []), vote('x', undefined)]).value()
    expect(value).toEqual({ is: 'count', n: 1, by: { a: 1 } })
  })

  test(`tells ${GROUPS_MAX} groups apart and counts the rest as other`, () => {
    const many = Array.from({ length: GROUPS_MAX + 10 }, (_, i) => vote('x', `group ${i}`))
    const value = fed(byChoice, many).value()
    expect(value).toMatchObject({ n: GROUPS_MAX + 10, other: 10, by: { 'group 0': 1 } })
    expect(Object.keys((value as { by: object }).by)).toHaveLength(GROUPS_MAX)
  })

  test('gives the place of a group that everyone has left to the next', () => {
    const changing = Array.from({ length: 3 * GROUPS_MAX }, (_, i) => vote('x', `group ${i}`))
    expect(fed(votes, changing).value()).toEqual({
      is: 'count',
      n: 1,
      by: { [`group ${3 * GROUPS_MAX - 1}`]: 1 },
    })
  })

  test(`remembers ${QUERY_CLIENTS_MAX} clients and says how many messages came from others`, () => {
    const crowd = Array.from({ length: QUERY_CLIENTS_MAX + 2 }, (_, i) => vote(`c${i}`, 'a'))
    const value = fed(votes, [...crowd, vote('c0', 'b')]).value()
    expect(value).toEqual({
      is: 'count',
      n: QUERY_CLIENTS_MAX,
      by: { a: QUERY_CLIENTS_MAX - 1, b: 1 },
      beyond: 2,
    })
  })

  test('counts a long value under its beginning, without what no database takes for text', () => {
    const value = fed(byChoice, [vote('x', 'é'.repeat(500)), vote('x', '😀\u0000\ud800')]).value()
    expect(Object.keys((value as { by: object }).by)).toEqual(['é'.repeat(GROUP_CHARS_MAX), '😀\ufffd\ufffd'])
  })
})

describe('a histogram', () => {
  test('has each number in the bucket whose edges hold it', () => {
    const stream = [-5, 0, 0.5, 1, 9.9, 10, 1e300].map((n) => vote('x', n))
    const agg: Aggregate = { is: 'histogram', of: 'body.choice', edges: [0, 1, 10] }
    expect(fed(agg, [...stream, vote('x', '5')]).value()).toEqual({
      is: 'histogram',
      n: 7,
      buckets: [1, 2, 2, 2],
    })
  })
})
