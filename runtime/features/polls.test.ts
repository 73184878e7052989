import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type PollNews, SHOW, VOTE_PREFIX } from '../protocol/show.ts'
import { POLL_GRACE_MS } from './polls.ts'
import { openPoll, Venue } from './testing/venue.ts'

function results(venue: Venue): Extract<PollNews, { do: 'result' }>[] {
  return venue.bodies<PollNews>(SHOW.polls).filter((body) => body.do === 'result')
}

function withPoll(more: object = {}): Venue {
  const venue = new Venue()
  venue.operate(SHOW.polls, openPoll('tea', more))
  return venue
}

describe('votes', () => {
  test('are admitted from the opening until the grace after the end is over', () => {
    const venue = new Venue()
    expect(venue.vote('ann', 'tea', 0)).toBe('MP_POLL_CLOSED')
    venue.operate(SHOW.polls, openPoll('tea'))
    expect(venue.vote('ann', 'tea', 0)).toBeNull()
    venue.operate(SHOW.polls, { do: 'close', id: 'tea' })
    venue.pass(POLL_GRACE_MS - 1)
    expect(venue.vote('bob', 'tea', 1)).toBeNull()
    venue.pass(1)
    expect(venue.vote('cid', 'tea', 1)).toBe('MP_POLL_CLOSED')
    expect(results(venue)).toEqual([{ do: 'result', id: 'tea', voters: 2, counts: [1, 1, 0] }])
  })

  test('of one client count once: the newest', () => {
    const venue = withPoll()
    for (const choice of [0, 2, 1]) venue.vote('ann', 'tea', choice)
    venue.operate(SHOW.polls, { do: 'close', id: 'tea' })
    venue.pass(POLL_GRACE_MS)
    expect(results(venue)).toMatchObject([{ voters: 1, counts: [0, 1, 0] }])
  })

  test('are taken back by an empty one', () => {
    const venue = withPoll()
    venue.vote('ann', 'tea', 1)
    venue.vote('bob', 'tea', 1)
    expect(venue.vote('ann', 'tea', [])).toBeNull()
    venue.operate(SHOW.polls, { do: 'close', id: 'tea' })
    venue.pass(POLL_GRACE_MS)
    expect(results(venue)).toMatchObject([{ voters: 1, counts: [0, 1, 0] }])
  })

  test('may choose as many options as the poll gives each client', () => {
    const venue = withPoll({ votesPerClient: 2 })
    expect(venue.vote('ann', 'tea', [0, 2])).toBeNull()
    expect(venue.vote('bob', 'tea', [0, 1, 2])).toBe('MP_VOTE_INVALID')
    expect(venue.vote('bob', 'tea', 3)).toBe('MP_VOTE_INVALID')
    venue.operate(SHOW.polls, { do: 'close', id: 'tea' })
    venue.pass(POLL_GRACE_MS)
    expect(results(venue)).toMatchObject([{ voters: 1, counts: [1, 0, 1] }])
  })

  test('that are admitted while the disk stalls over the end are in the result', () => {
    const venue = withPoll()
    venue.publish('operator', SHOW.polls, { do: 'close', id: 'tea' }, 'control')
    venue.sync()
    expect(venue.vote('ann', 'tea', 0)).toBeNull()
    venue.pass(POLL_GRACE_MS, { sync: false })
    expect(venue.vote('bob', 'tea', 0)).toBe('MP_POLL_CLOSED')
    venue.sync()
    expect(results(venue)).toMatchObject([{ voters: 1, counts: [1, 0, 0] }])
  })
})

describe('an operator is refused', () => {
  test.each([
    ['a malformed poll', { do: 'open', id: 'tea' }, 'MP_SHOW_INVALID'],
    ['a poll that was opened before', openPoll('tea'), 'MP_POLL_EXISTS'],
    ['the end of a poll that is not open', { do: 'close', id: 'coffee' }, 'MP_POLL_CLOSED'],
    ['what only the PoP may say', { do: 'result', id: 'tea', voters: 9, counts: [9] }, 'MP_SHOW_INVALID'],
  ])('%s', (_name, body, code) => {
    expect(withPoll().operate(SHOW.polls, body)).toBe(code)
  })

  test('a poll whose id was used, also after it is done and the PoP was restarted', () => {
    const venue = withPoll({ closesAfterMs: 10 })
    venue.pass(10 + POLL_GRACE_MS)
    venue.roll()
    venue.kill()
    expect(venue.operate(SHOW.polls, openPoll('tea'))).toBe('MP_POLL_EXISTS')
  })

  test('publishing on another lane than control', () => {
    const venue = new Venue()
    venue.publish('operator', SHOW.polls, openPoll('tea'), 'interactive')
    expect(venue.refusals).toMatchObject([{ code: 'MP_SHOW_INVALID' }])
  })
})

test('more polls than a PoP runs at a time are refused until one is done', () => {
  const venue = new Venue()
  for (let i = 0; i < 16; i++) expect(venue.operate(SHOW.polls, openPoll(`p${i}`))).toBeNull()
  expect(venue.operate(SHOW.polls, openPoll('more'))).toBe('MP_POLL_LIMIT')
  venue.operate(SHOW.polls, { do: 'close', id: 'p3' })
  venue.pass(POLL_GRACE_MS)
  expect(venue.operate(SHOW.polls, openPoll('more'))).toBeNull()
})

test('a PoP that is down when a poll should end ends it when it starts again', () => {
  const venue = withPoll({ closesAfterMs: 30_000 })
  venue.vote('ann', 'tea', 1)
  venue.sync()
  venue.kill(0, 60_000)
  venue.pass(0)
  expect(venue.bodies<PollNews>(SHOW.polls).map((body) => body.do)).toEqual(['open', 'close'])
  venue.pass(POLL_GRACE_MS)
  expect(results(venue)).toMatchObject([{ voters: 1 }])
})

test('a poll does not stay open longer than planned where the wall clock is set back over a restart', () => {
  const venue = withPoll({ closesAfterMs: 30_000 })
  venue.kill(0, -3_600_000)
  venue.pass(30_000 + POLL_GRACE_MS)
  expect(results(venue)).toHaveLength(1)
})

test('who joins is told which polls are open, and until when', () => {
  const venue = withPoll({ closesAfterMs: 30_000 })
  const closesAtMs = venue.tMs + 30_000
  expect(venue.stateOf(SHOW.polls)).toEqual({
    polls: [{ ...openPoll('tea'), closesAfterMs: 30_000, closesAtMs }],
  })
  venue.operate(SHOW.polls, { do: 'close', id: 'tea' })
  expect(venue.stateOf(SHOW.polls)).toBeUndefined()
})

test('a poll of another PoP is open here too, and is closed and counted there', () => {
  const venue = new Venue()
  venue.publish('operator', SHOW.polls, openPoll('tea', { closesAfterMs: 1_000 }), 'control', 'other')
  venue.sync()
  expect(venue.vote('ann', 'tea', 0)).toBeNull()
  venue.pass(1_000 + POLL_GRACE_MS)
  expect(venue.vote('bob', 'tea', 0)).toBe('MP_POLL_CLOSED')
  expect(venue.bodies(SHOW.polls)).toHaveLength(1)
})

test('whatever is killed or full whenever: one result a poll, of exactly the votes in the log before its end', () => {
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        is: fc.constant('vote' as const),
        client: fc.integer({ min: 0, max: 5 }),
        poll: fc.integer({ min: 0, max: 2 }),
        choice: fc.integer({ min: 0, max: 3 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        is: fc.constantFrom('open' as const, 'close' as const),
        poll: fc.integer({ min: 0, max: 2 }),
        closesAfterMs: fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: undefined }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        is: fc.constant('pass' as const),
        ms: fc.integer({ min: 0, max: 3_000 }),
        sync: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ is: fc.constant('sync' as const) }) },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('full' as const) }) },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('roll' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        is: fc.constant('kill' as const),
        kept: fc.integer({ min: 0, max: 6 }),
        downMs: fc.integer({ min: 0, max: 5_000 }),
      }),
    },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const venue = new Venue()
      for (const of of steps) {
        if (of.is === 'vote') venue.vote(`c${of.client}`, `p${of.poll}`, of.choice)
        if (of.is === 'open')
          venue.publish('operator', SHOW.polls, openPoll(`p${of.poll}`, withDefined(of)), 'control')
        if (of.is === 'close')
          venue.publish('operator', SHOW.polls, { do: 'close', id: `p${of.poll}` }, 'control')
        if (of.is === 'pass') venue.pass(of.ms, of)
        if (of.is === 'sync') venue.sync()
        if (of.is === 'full') venue.full()
        if (of.is === 'roll') venue.roll()
        if (of.is === 'kill') venue.kill(of.kept, of.downMs)
      }
      venue.sync()
      for (let poll = 0; poll < 3; poll++)
        venue.publish('operator', SHOW.polls, { do: 'close', id: `p${poll}` }, 'control')
      venue.pass(5_000 + 2 * POLL_GRACE_MS)
      expect(results(venue).toSorted(byId)).toEqual(counted(venue).toSorted(byId))
    }),
    { numRuns: 400 },
  )
})

function withDefined({ closesAfterMs }: { closesAfterMs?: number | undefined }): object {
  return closesAfterMs === undefined ? {} : { closesAfterMs }
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id.localeCompare(b.id)
}

/** By brute force: every vote in the log, the newest of each client; acknowledged is what is in the log. */
function counted(venue: Venue): { id: string }[] {
  const opened = new Set(
    venue
      .bodies<{ do: string; id: string }>(SHOW.polls)
      .flatMap((body) => (body.do === 'open' ? [body.id] : [])),
  )
  return [...opened].map((id) => {
    const newest = new Map<string, number>()
    for (const { ch, client, body } of venue.records)
      if (ch === `${VOTE_PREFIX}${id}`) newest.set(client, (body as { choice: number }).choice)
    const counts = [0, 1, 2].map((i) => [...newest.values()].filter((choice) => choice === i).length)
    return { do: 'result', id, voters: newest.size, counts }
  })
}
