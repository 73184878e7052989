// Live queries: what they count, when they tell it, and how many may be open.
import { describe, expect, test } from 'vitest'
import type { PartEffect } from '../broker/part.ts'
import type { Aggregate, Filter } from '../protocol/filter.ts'
import type { LogRecord } from '../queue/record.ts'
import { OPEN_QUERIES_MAX, OPEN_QUERIES_PER_CHANNEL_MAX, RESULT_EVERY_MS } from './bounds.ts'
import { queryKey } from './filter.ts'
import { Queries } from './queries.ts'
import { StandingAggregates } from './standing-aggregates.ts'

const COUNT: Aggregate = { is: 'count' }
const VOTES: Aggregate = { is: 'count', by: 'body.choice', per: 'client' }
const key = (ch: string, agg: Aggregate = COUNT, where?: Filter) => queryKey(ch, where, agg)

function record(off: number, more: Partial<LogRecord> = {}): LogRecord {
  const sent = { lane: 'interactive' as const, laneSeq: off, client: 'ann', seq: off, at: 0, t: off }
  return { ...sent, ch: 'room', off, ack: 'disk', body: { choice: 'yes' }, bytes: 100, ...more }
}

function open(queries: Queries, ch: string, agg: Aggregate = COUNT, where?: Filter, nowMs = 0): PartEffect[] {
  const opened = queries.open(key(ch, agg, where), { ch, agg, where }, nowMs)
  expect(opened).toBeInstanceOf(Array)
  return opened as PartEffect[]
}

function result(n: number): PartEffect {
  return { do: 'result', key: key('room'), value: { is: 'count', n } }
}

describe('a live query', () => {
  test('is answered at once and counts from its opening', () => {
    const queries = new Queries()
    queries.apply(record(1), true, 0)
    expect(open(queries, 'room')).toEqual([result(0)])
    queries.apply(record(2), true, 0)
    queries.apply(record(1, { ch: 'other' }), true, 0)
    expect(queries.value(key('room'))).toEqual({ is: 'count', n: 1 })
  })

  test('counts only what its filter lets through', () => {
    const queries = new Queries()
    const where: Filter = { eq: ['client', 'bob'] }
    open(queries, 'room', COUNT, where)
    queries.apply(record(1), true, 0)
    queries.apply(record(2, { client: 'bob' }), true, 0)
    expect(queries.value(key('room', COUNT, where))).toEqual({ is: 'count', n: 1 })
  })

  test(`is told again at most every ${RESULT_EVERY_MS} ms, once for all that changed, and only then`, () => {
    const queries = new Queries()
    open(queries, 'room')
    expect(queries.wakeAtMs).toBe(Number.POSITIVE_INFINITY)
    for (let i = 1; i <= 50; i++) expect(queries.apply(record(i), true, 10)).toEqual([])
    expect(queries.wakeAtMs).toBe(RESULT_EVERY_MS)
    expect(queries.wake(RESULT_EVERY_MS - 1)).toEqual([])
    expect(queries.wakeAtMs).toBe(RESULT_EVERY_MS)
    expect(queries.wake(RESULT_EVERY_MS)).toEqual([result(50)])
    expect(queries.wakeAtMs).toBe(Number.POSITIVE_INFINITY)
    queries.apply(record(51), true, 10_000)
    expect(queries.wakeAtMs).toBe(10_000)
    expect(queries.wake(10_000)).toEqual([result(51)])
  })

  test('is not told again for messages that have no such field', () => {
    const queries = new Queries()
    open(queries, 'room', VOTES)
    queries.apply(record(1, { body: {} }), true, 1_000)
    expect(queries.wake(1_000)).toEqual([])
    expect(queries.wakeAtMs).toBe(Number.POSITIVE_INFINITY)
  })

  test('is counted once for all who ask, until the last of them ends it', () => {
    const queries = new Queries()
    open(queries, 'room')
    queries.apply(record(1), true, 0)
    expect(open(queries, 'room')).toEqual([result(1)])
    queries.close(key('room'))
    expect(queries.value(key('room'))).not.toBeNull()
    queries.close(key('room'))
    expect(queries.value(key('room'))).toBeNull()
    queries.apply(record(2), true, 1_000)
    expect(queries.wake(1_000)).toEqual([])
  })

  test('primed with the past counts each message once, and the newest of each client last', () => {
    const queries = new Queries()
    const name = key('room', VOTES)
    open(queries, 'room', VOTES)
    queries.apply(record(3, { part: 0, body: { choice: 'no' } }), true, 0)
    queries.apply(record(9, { part: 1, client: 'dan' }), true, 0)
    const past = [
      record(1, { part: 0 }),
      record(2, { part: 0, client: 'bob' }),
      record(3, { part: 0, body: { choice: 'no' } }),
      record(8, { part: 1, client: 'cem' }),
      record(9, { part: 1, client: 'dan' }),
      record(1, { part: 2, client: 'eve' }),
    ]
    expect(queries.isPrimable(name)).toBe(true)
    const value = { is: 'count', n: 5, by: { yes: 4, no: 1 } }
    expect(queries.prime(name, past, 0)).toEqual([{ do: 'result', key: name, value }])
    expect(queries.wake(RESULT_EVERY_MS)).toEqual([])
  })

  test('of a standing aggregate’s meaning has every message since that began, and is not primed', () => {
    const standing = new StandingAggregates([{ name: 'votes', ch: 'room', agg: VOTES, everyMs: 5_000 }])
    const queries = new Queries(standing)
    const apply = (one: LogRecord) => [standing, queries].map((part) => part.apply(one, true, 0))
    apply(record(1))
    const name = key('room', VOTES)
    expect(open(queries, 'room', VOTES)).toMatchObject([{ value: { n: 1, by: { yes: 1 } } }])
    expect(queries.isPrimable(name)).toBe(false)
    expect(queries.prime(name, [record(1, { client: 'bob' })], 0)).toEqual([])
    apply(record(2, { client: 'cem', body: { choice: 'no' } }))
    expect(queries.wake(RESULT_EVERY_MS)).toMatchObject([{ value: { n: 2, by: { yes: 1, no: 1 } } }])
    open(queries, 'room')
    expect(queries.value(key('room'))).toEqual({ is: 'count', n: 0 })
  })
})

describe('open queries', () => {
  const denial = { code: 'MP_OVERLOADED', why: expect.stringContaining('ask later') }

  test(`are ${OPEN_QUERIES_MAX} at most, of which ${OPEN_QUERIES_PER_CHANNEL_MAX} on one channel`, () => {
    const queries = new Queries()
    for (let i = 0; i < OPEN_QUERIES_PER_CHANNEL_MAX; i++) open(queries, 'room', COUNT, { eq: ['off', i] })
    expect(queries.open(key('room'), { ch: 'room', agg: COUNT }, 0)).toEqual(denial)
    for (let i = OPEN_QUERIES_PER_CHANNEL_MAX; i < OPEN_QUERIES_MAX; i++) open(queries, `room.${i}`)
    expect(queries.open(key('new'), { ch: 'new', agg: COUNT }, 0)).toEqual(denial)
    expect(queries.value(key('new'))).toBeNull()
    queries.close(key('room.100'))
    open(queries, 'new')
  })

  test('that remember clients are fewer', () => {
    const queries = new Queries()
    for (let i = 0; i < 32; i++) open(queries, `room.${i}`, VOTES)
    expect(queries.open(key('new', VOTES), { ch: 'new', agg: VOTES }, 0)).toEqual(denial)
    open(queries, 'new')
    queries.close(key('room.0', VOTES))
    open(queries, 'new', VOTES)
  })
})
