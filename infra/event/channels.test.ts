// Channel rules and standing aggregates of an event, and what is refused of them.
import { expect, test } from 'vitest'
import { loadEvent } from './load.ts'
import { complaints, EVENT, eventFolder, MARK, markOf } from './test-event.ts'

function loaded(more: string) {
  return loadEvent(`${eventFolder({ event: `${EVENT}${more}` })}/event.yaml`)
}

test('an event that says nothing has no rules and leaves the aggregates to the PoP', () => {
  expect(loaded('')).toMatchObject({ channels: [], standing: null })
  expect(loaded('standing: []\n').standing).toEqual([])
})

test('a rule says only what it changes; central may get none of a channel, or what matches', () => {
  const { channels } = loaded(`channels:
  - { match: room.*, partitions: 4, slow: [delta, latest] }
  - { match: collect.rating, upstream: { where: { le: [body.rating, 2] } } }
  - { match: collect.*, upstream: none, relay: false }
`)
  const plain = { partitions: 1, slow: [], upstream: 'all', relay: true }
  expect(channels).toEqual([
    { ...plain, match: 'room.*', partitions: 4, slow: ['delta', 'latest'] },
    { ...plain, match: 'collect.rating', upstream: { where: { le: ['body.rating', 2] } } },
    { ...plain, match: 'collect.*', upstream: 'none', relay: false },
  ])
})

test('a standing aggregate is told every so often', () => {
  const { standing } = loaded(`standing:
  - { name: marks, ch: collect.mark, where: { exists: body.mark }, agg: { is: distinct, of: body.mark }, every: 1m }
  - { name: all, ch: collect.*, agg: { is: count } }
`)
  expect(standing).toEqual([
    {
      name: 'marks',
      ch: 'collect.mark',
      where: { exists: 'body.mark' },
      agg: { is: 'distinct', of: 'body.mark' },
      everyMs: 60_000,
    },
    { name: 'all', ch: 'collect.*', agg: { is: 'count' }, everyMs: 5_000 },
  ])
})

test.each([
  [
    `channels: [{ match: ${MARK}"room 1" }]`,
    '"room 1" names no channel: it takes A to Z, a to z, 0 to 9, ".", "_" and "-", at most 128, and a `*` at the end for all that begin so; write room.*',
  ],
  [
    `channels: [{ match: room.*, partitions: ${MARK}100 }]`,
    '100 partitions are more than 64, the most that can be planned',
  ],
  [
    `channels: [{ match: room.*, slow: [${MARK}lates] }]`,
    '"lates" is not a way to spare a slow session, did you mean "latest"?',
  ],
  [
    `channels: [{ match: room.*, upstream: ${MARK}some }]`,
    'expected what central gets of a channel, found "some"; write all, none, or { where: FILTER }',
  ],
  [
    `channels: [{ match: room.*, upstream: { where: ${MARK}{ is: 1 } } }]`,
    'a filter must have one key, one of eq, ne, lt, le, gt, ge, in, prefix, exists, and, or, not; write a filter such as { eq: [body.choice, 0] }',
  ],
  [
    `channels: [{ match: room.*, ${MARK}relays: true }]`,
    'unknown key "relays" in a channel rule, did you mean "relay"?',
  ],
  [
    `standing: [{ name: polls, ch: collect.*, agg: ${MARK}{ is: mean } }]`,
    '`is` of an aggregate must be count, top, histogram or distinct; write an aggregate such as { is: count, by: body.choice }',
  ],
  [
    `standing: [{ name: polls, ch: collect.*, agg: { is: count }, every: ${MARK}5 }]`,
    '"5" has no unit; write a duration in ms, s, m, h or d, such as 5m',
  ],
  [
    `standing: [{ name: polls, ch: a, agg: { is: count } }, { name: ${MARK}polls, ch: b, agg: { is: count } }]`,
    'aggregate "polls" is there twice; give each its own name, such as polls-2',
  ],
])('%s is refused where it stands', (more, message) => {
  const event = `${EVENT}${more}\n`
  expect(complaints({ event })).toEqual([`${markOf('event.yaml', event)}: ${message}`])
})
