import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SHOW } from '../protocol/show.ts'
import { openPoll, replayed, Venue } from './testing/venue.ts'

const MINUTE_MS = 60_000

describe('cues', () => {
  const fire = (id: string, more: object = {}) => ({ do: 'fire', id, cue: 'confetti', ...more })

  test('that are still to come are told to who joins, and cancelled ones are not', () => {
    const venue = new Venue()
    const atMs = venue.tMs + 1_000
    venue.operate(SHOW.cues, fire('now'))
    venue.operate(SHOW.cues, fire('soon', { atMs }))
    venue.operate(SHOW.cues, fire('never', { atMs }))
    expect(venue.operate(SHOW.cues, { do: 'cancel', id: 'never' })).toBeNull()
    expect(venue.stateOf(SHOW.cues)).toEqual({ cues: [fire('soon', { atMs })] })
    venue.pass(1_000)
    expect(venue.stateOf(SHOW.cues)).toBeUndefined()
  })

  test('fire once, not in the past, not more than a day ahead; only what waits can be cancelled', () => {
    const venue = new Venue()
    expect(venue.operate(SHOW.cues, fire('a'))).toBeNull()
    expect(venue.operate(SHOW.cues, fire('a'))).toBe('MP_CUE_EXISTS')
    expect(venue.operate(SHOW.cues, fire('b', { atMs: venue.tMs }))).toBe('MP_CUE_LATE')
    expect(venue.operate(SHOW.cues, fire('b', { atMs: venue.tMs + 9e7 }))).toBe('MP_CUE_EARLY')
    expect(venue.operate(SHOW.cues, { do: 'cancel', id: 'a' })).toBe('MP_CUE_UNKNOWN')
  })

  test('that wait are bounded', () => {
    const venue = new Venue()
    const atMs = venue.tMs + MINUTE_MS
    for (let i = 0; i < 256; i++) expect(venue.operate(SHOW.cues, fire(`c${i}`, { atMs }))).toBeNull()
    expect(venue.operate(SHOW.cues, fire('more', { atMs }))).toBe('MP_CUE_LIMIT')
    venue.pass(MINUTE_MS)
    expect(venue.operate(SHOW.cues, fire('more', { atMs: venue.tMs + 1 }))).toBeNull()
  })
})

describe('a muted client', () => {
  const muted = () => {
    const venue = new Venue()
    venue.operate(SHOW.polls, openPoll('tea'))
    const untilMs = venue.tMs + MINUTE_MS
    venue.operate(SHOW.moderation, { do: 'mute', client: 'ann', reason: 'spam', untilMs })
    return venue
  }
  const says = (venue: Venue, ch: string, lane?: 'critical' | 'control', body: unknown = 'hi') => {
    const refused = venue.refusals.length
    venue.publish('ann', ch, body, lane)
    return venue.refusals[refused]?.code ?? null
  }

  test('is refused with the reason until its mute ends, also after a restart', () => {
    const venue = muted()
    expect(says(venue, 'room')).toBe('MP_MUTED')
    expect(venue.refusals.at(-1)?.why).toMatch(/^muted until .*Z: spam$/)
    expect(venue.vote('ann', 'tea', 0)).toBe('MP_MUTED')
    venue.kill()
    expect(says(venue, 'room')).toBe('MP_MUTED')
    venue.pass(MINUTE_MS)
    expect(says(venue, 'room')).toBeNull()
  })

  test('is heard again once it is unmuted', () => {
    const venue = muted()
    venue.operate(SHOW.moderation, { do: 'unmute', client: 'ann' })
    expect(says(venue, 'room')).toBeNull()
  })

  test('can press the red button, which is no way round the mute to other channels', () => {
    const venue = muted()
    expect(says(venue, 'emergency.hall', 'critical', { help: true })).toBeNull()
    expect(says(venue, 'room', 'critical')).toBe('MP_MUTED')
    expect(says(venue, 'emergency.hall')).toBe('MP_MUTED')
  })

  test('can operate, where it may', () => {
    const venue = muted()
    expect(says(venue, SHOW.polls, 'control', { do: 'close', id: 'tea' })).toBeNull()
  })
})

test('a red button is taken whatever polls and moderation say of anyone', () => {
  const venue = new Venue()
  for (const client of ['ann', 'bob']) venue.publish(client, 'emergency.hall', { help: true }, 'critical')
  venue.sync()
  expect(venue.refusals).toEqual([])
  expect(venue.acked).toEqual(new Set(['ann critical 1', 'bob critical 1']))
})

describe('a hidden message', () => {
  test('is told to the channel it is in, and to who joins it later', () => {
    const venue = new Venue()
    venue.operate(SHOW.moderation, { do: 'hide', ch: 'room', off: 3, reason: 'insult' })
    expect(venue.told).toEqual([{ to: 'room', frame: { t: 'hide', ch: 'room', offs: [3] } }])
    venue.operate(SHOW.moderation, { do: 'hide', ch: 'room', off: 5, reason: 'insult' })
    venue.operate(SHOW.moderation, { do: 'hide', ch: 'room', part: 2, off: 5, reason: 'insult' })
    venue.told = []
    venue.join('ann', 'room')
    expect(venue.told.filter(({ frame }) => frame.t === 'hide')).toEqual([
      { to: 'ann', frame: { t: 'hide', ch: 'room', offs: [3, 5] } },
      { to: 'ann', frame: { t: 'hide', ch: 'room', part: 2, offs: [5] } },
    ])
  })

  test('is one that subscribers got', () => {
    const venue = new Venue()
    const hide = (ch: string) => venue.operate(SHOW.moderation, { do: 'hide', ch, off: 1, reason: 'x' })
    expect(hide('collect.forms')).toBe('MP_SHOW_INVALID')
    expect(hide(SHOW.cues)).toBe('MP_SHOW_INVALID')
  })
})

describe('the agenda', () => {
  const segment = { id: 'talk', title: 'Opening', startMs: 1_000, durationMs: 500 }

  test('is told whole to who joins, with its version', () => {
    const venue = new Venue()
    venue.operate(SHOW.agenda, { do: 'insert', version: 0, segment })
    venue.operate(SHOW.agenda, { do: 'shift', version: 1, id: 'talk', byMs: 250 })
    expect(venue.stateOf(SHOW.agenda)).toEqual({
      agenda: { version: 2, segments: [{ ...segment, startMs: 1_250 }] },
    })
  })

  test('a change to a version that is no more is refused; of two at once the first counts', () => {
    const venue = new Venue()
    venue.operate(SHOW.agenda, { do: 'insert', version: 0, segment })
    for (const byMs of [10, 500])
      venue.publish('operator', SHOW.agenda, { do: 'shift', version: 1, id: 'talk', byMs }, 'control')
    venue.sync()
    expect(venue.stateOf(SHOW.agenda)).toMatchObject({
      agenda: { version: 2, segments: [{ startMs: 1_010 }] },
    })
    expect(venue.operate(SHOW.agenda, { do: 'cancel', version: 1, id: 'talk' })).toBe('MP_AGENDA_CONFLICT')
  })
})

describe('media clocks', () => {
  const clock = (venue: Venue, stream = 'main') => {
    return { do: 'clock', stream, positionMs: 10, wallMs: venue.tMs, rate: 1 }
  }

  test('the newest of each stream that has not ended is told to who joins', () => {
    const venue = new Venue()
    venue.operate(SHOW.media, clock(venue, 'ended'))
    venue.operate(SHOW.media, { do: 'end', stream: 'ended' })
    venue.operate(SHOW.media, clock(venue))
    venue.pass(5_000)
    const newest = clock(venue)
    venue.operate(SHOW.media, newest)
    expect(venue.stateOf(SHOW.media)).toEqual({ clocks: [newest] })
  })

  test('of an encoder whose clock is wrong, or of too many streams, are refused', () => {
    const venue = new Venue()
    const off = { ...clock(venue), wallMs: venue.tMs - 61_000 }
    expect(venue.operate(SHOW.media, off)).toBe('MP_CLOCK_OFF')
    for (let i = 0; i < 64; i++) venue.operate(SHOW.media, clock(venue, `s${i}`))
    expect(venue.operate(SHOW.media, clock(venue, 'more'))).toBe('MP_STREAM_LIMIT')
  })
})

test('whatever operators and voters do: a snapshot and the log’s tail make the state that the whole log makes', () => {
  const id = fc.constantFrom('a', 'b', 'c')
  const T_MS = new Venue().tMs
  const operator = fc.oneof(
    fc.tuple(
      fc.constant(SHOW.polls),
      id.map((poll) => openPoll(poll, { closesAfterMs: 2_000 })),
    ),
    fc.tuple(fc.constant(SHOW.polls), fc.record({ do: fc.constant('close'), id })),
    fc.tuple(
      fc.constant(SHOW.cues),
      fc.record({ do: fc.constant('fire'), id, cue: id, atMs: fc.integer({ min: T_MS, max: T_MS + 9_000 }) }),
    ),
    fc.tuple(fc.constant(SHOW.cues), fc.record({ do: fc.constant('cancel'), id })),
    fc.tuple(
      fc.constant(SHOW.moderation),
      fc.record({ do: fc.constant('mute'), client: id, reason: id, untilMs: fc.constant(T_MS + 4_000) }),
    ),
    fc.tuple(fc.constant(SHOW.moderation), fc.record({ do: fc.constant('unmute'), client: id })),
    fc.tuple(
      fc.constant(SHOW.moderation),
      fc.record({ do: fc.constant('hide'), ch: id, off: fc.integer({ min: 1, max: 9 }), reason: id }),
    ),
    fc.tuple(
      fc.constant(SHOW.agenda),
      fc.record({
        do: fc.constant('insert'),
        version: fc.integer({ min: 0, max: 3 }),
        segment: fc.record({ id, title: id, startMs: fc.nat(99), durationMs: fc.nat(99) }),
      }),
    ),
    fc.tuple(fc.constant(SHOW.features), fc.record({ do: fc.constant('start'), id, ch: id, sponsor: id })),
    fc.tuple(fc.constant(SHOW.features), fc.record({ do: fc.constant('stop'), id })),
  )
  const step = fc.oneof(
    operator.map(
      ([ch, body]) =>
        (venue: Venue) =>
          void venue.publish('op', ch, body, 'control'),
    ),
    fc.tuple(id, id, fc.nat(2)).map(([client, poll, choice]) => (venue: Venue) => {
      venue.vote(client, poll, choice)
    }),
    fc.tuple(id, id).map(
      ([client, ch]) =>
        (venue: Venue) =>
          venue.join(client, ch),
    ),
    fc.tuple(id, id).map(
      ([client, ch]) =>
        (venue: Venue) =>
          venue.leave(client, ch),
    ),
    fc.nat(3_000).map((ms) => (venue: Venue) => venue.pass(ms)),
    fc.constant((venue: Venue) => venue.sync()),
    fc.nat(4).map((kept) => (venue: Venue) => venue.kill(kept)),
    fc.constant((venue: Venue) => venue.roll()),
  )
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 50 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (steps, cut) => {
        const venue = new Venue()
        for (const take of steps) take(venue)
        venue.sync()
        const whole = replayed(venue.records)
        expect(JSON.parse(JSON.stringify(venue.core.checkpoint().parts))).toEqual(whole)
        const at = Math.floor(cut * venue.records.length)
        expect(replayed(venue.records.slice(at), replayed(venue.records.slice(0, at)))).toEqual(whole)
      },
    ),
    { numRuns: 300 },
  )
})
