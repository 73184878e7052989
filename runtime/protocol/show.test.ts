import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Agenda, changeAgenda, EMPTY_AGENDA, parseAgendaAction } from './agenda.ts'
import { OPTIONS_MAX, parseShowAction, parseVote, SHOW } from './show.ts'

const POLL = { do: 'open', id: 'p1', question: 'Tea?', options: ['yes', 'no'] }
const SEGMENT = { id: 'talk', title: 'Opening talk', startMs: 1_000, durationMs: 60_000 }

describe('an operator’s body that is well formed is taken as it is', () => {
  test.each([
    [SHOW.polls, POLL],
    [SHOW.polls, { ...POLL, sponsor: 'acme', closesAfterMs: 30_000, votesPerClient: 2 }],
    [SHOW.polls, { do: 'close', id: 'p1' }],
    [SHOW.cues, { do: 'fire', id: 'c1', cue: 'confetti', atMs: 1_000.5, data: { colour: ['red'] } }],
    [SHOW.cues, { do: 'cancel', id: 'c1' }],
    [SHOW.moderation, { do: 'mute', client: 'ann', reason: 'spam', untilMs: 5_000 }],
    [SHOW.moderation, { do: 'unmute', client: 'ann' }],
    [SHOW.moderation, { do: 'hide', ch: 'room.main', part: 3, off: 7, reason: 'insult' }],
    [SHOW.agenda, { do: 'set', version: 0, segments: [SEGMENT] }],
    [SHOW.agenda, { do: 'insert', version: 1, segment: SEGMENT }],
    [SHOW.agenda, { do: 'shift', version: 1, id: 'talk', byMs: -300_000, following: true }],
    [SHOW.agenda, { do: 'cancel', version: 1, id: 'talk' }],
    [SHOW.media, { do: 'clock', stream: 'main', positionMs: 0.25, wallMs: 1_000, rate: 1 }],
    [SHOW.media, { do: 'end', stream: 'main' }],
    [SHOW.features, { do: 'start', id: 'quiz', ch: 'room.main', sponsor: 'acme' }],
    [SHOW.features, { do: 'stop', id: 'quiz' }],
  ])('%s %j', (ch, body) => {
    expect(parseShowAction(ch, body)).toEqual({ ok: body })
  })
})

describe('a malformed body is refused with what is wrong', () => {
  test.each([
    ['show.lights', {}, 'no such channel'],
    ['constructor', {}, 'no such channel'],
    [SHOW.polls, null, 'the body must be an object'],
    [SHOW.polls, [], 'the body must be an object'],
    [SHOW.polls, { do: 'reset', id: 'p1' }, '`do` must be open, close'],
    [SHOW.polls, { ...POLL, id: 'a b' }, '`id` must be'],
    [SHOW.polls, { ...POLL, options: [] }, 'a list of 1 to 64'],
    [SHOW.polls, { ...POLL, options: Array(OPTIONS_MAX + 1).fill('x') }, 'a list of 1 to 64'],
    [SHOW.polls, { ...POLL, options: ['a', 2] }, '`options[1]` must be a text'],
    [SHOW.polls, { ...POLL, votesPerClient: 3 }, '`votesPerClient` must be a whole number from 1 to 2'],
    [SHOW.polls, { ...POLL, closesAfterMs: 0 }, '`closesAfterMs` must be'],
    [SHOW.polls, { ...POLL, closesAfter: 5 }, '`closesAfter` is not known here'],
    [SHOW.cues, { do: 'fire', id: 'c1', cue: 'x', atMs: Number.NaN }, '`atMs` must be a number'],
    [SHOW.cues, { do: 'fire', id: 'c1', cue: 'x', data: 'x'.repeat(9_000) }, 'at most 8192 characters'],
    [SHOW.moderation, { do: 'mute', client: 'ann', untilMs: 5 }, '`reason` must be a text'],
    [SHOW.moderation, { do: 'hide', ch: 'a b', off: 1, reason: 'x' }, '`ch` must be'],
    [SHOW.agenda, { do: 'insert', version: 0, segment: { ...SEGMENT, id: '' } }, '`id` must be'],
    [SHOW.agenda, { do: 'set', version: 0, segments: [null] }, '`segments[0]` must be an object'],
    [SHOW.agenda, { do: 'cancel', id: 'talk' }, '`version` must be'],
    [SHOW.media, { do: 'clock', stream: 'main', positionMs: 0, wallMs: 0, rate: 9 }, '`rate` must be'],
    [SHOW.features, { do: 'start', id: 'quiz' }, '`ch` must be'],
  ])('%s %j', (ch, body, why) => {
    expect(parseShowAction(ch, body)).toEqual({ wrong: expect.stringContaining(why) })
  })
})

test('data nested deeper than a stack can follow is refused', () => {
  const data = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)
  expect(parseShowAction(SHOW.cues, { do: 'fire', id: 'c1', cue: 'x', data })).toEqual({
    wrong: expect.stringContaining('nested deeper than 16 levels'),
  })
})

test('whatever the body is, parsing it does not throw', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(SHOW)), fc.anything(), (ch, body) => {
      expect(Object.keys(parseShowAction(ch, body))).toHaveLength(1)
    }),
  )
})

describe('a vote', () => {
  const poll = { options: ['a', 'b', 'c'], votesPerClient: 2 }
  test.each([
    [{ choice: 0 }, [0]],
    [{ choice: [2, 0], from: 'page' }, [2, 0]],
    [{ choice: [] }, []],
  ])('%j chooses %j', (body, chosen) => {
    expect(parseVote(body, poll)).toEqual({ ok: chosen })
  })

  test.each([[{ choice: 3 }], [{ choice: -1 }], [{ choice: 0.5 }], [{ choice: '0' }], [{}], [null], ['0']])(
    '%j is refused',
    (body) => {
      expect(parseVote(body, poll)).toEqual({ wrong: expect.stringContaining('`choice`') })
    },
  )

  test('with an option twice, or more options than a client has votes, is refused', () => {
    expect(parseVote({ choice: [1, 1] }, poll)).toHaveProperty('wrong')
    expect(parseVote({ choice: [0, 1, 2] }, poll)).toHaveProperty('wrong')
    expect(parseVote({ choice: [0, 1] }, { options: poll.options })).toHaveProperty('wrong')
  })
})

describe('the agenda', () => {
  const change = (agenda: Agenda, ...bodies: object[]) =>
    bodies.reduce((seen: Agenda, body) => {
      const action = parseAgendaAction({ ...body, version: seen.version })
      if ('wrong' in action) throw new Error(action.wrong)
      const after = changeAgenda(seen, action.ok)
      if ('wrong' in after) throw new Error(after.wrong)
      return after.ok
    }, agenda)
  const two = change(
    EMPTY_AGENDA,
    { do: 'insert', segment: { ...SEGMENT, id: 'second', startMs: 2_000 } },
    { do: 'insert', segment: { ...SEGMENT, id: 'first' } },
  )
  const starts = ({ segments }: Agenda) => segments.map(({ id, startMs }) => [id, startMs])

  test('is in order of start and counts its changes', () => {
    expect(two.version).toBe(2)
    expect(starts(two)).toEqual([
      ['first', 1_000],
      ['second', 2_000],
    ])
  })

  test('a shift moves one segment, or all that follow too', () => {
    expect(starts(change(two, { do: 'shift', id: 'first', byMs: 1_500 }))).toEqual([
      ['second', 2_000],
      ['first', 2_500],
    ])
    expect(starts(change(two, { do: 'shift', id: 'first', byMs: 500, following: true }))).toEqual([
      ['first', 1_500],
      ['second', 2_500],
    ])
  })

  test('a cancelled segment stays in it, marked', () => {
    expect(change(two, { do: 'cancel', id: 'first' }).segments[0]).toMatchObject({ cancelled: true })
  })

  test('a change to another version than it has is refused', () => {
    expect(changeAgenda(two, { do: 'cancel', version: 1, id: 'first' })).toEqual({
      wrong: expect.stringContaining('at version 2'),
    })
  })

  test('a segment that is there twice, or not there, is refused', () => {
    const again = { do: 'insert', version: 2, segment: { ...SEGMENT, id: 'first' } } as const
    expect(changeAgenda(two, again)).toHaveProperty('wrong')
    expect(changeAgenda(two, { do: 'cancel', version: 2, id: 'third' })).toHaveProperty('wrong')
    expect(changeAgenda(two, { do: 'shift', version: 2, id: 'third', byMs: 1 })).toHaveProperty('wrong')
    expect(changeAgenda(two, { do: 'set', version: 2, segments: [SEGMENT, SEGMENT] })).toHaveProperty('wrong')
  })
})
