// Standing aggregates in the PoP's core: exact across crashes, and exact centrally from their deltas alone.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChannelRules } from '../broker/channel-rules.ts'
import type { PopCore, PopEffect, PublishInput } from '../broker/pop-core.ts'
import { commitOf, newCore, publish } from '../broker/testing/core-effects.ts'
import type { StandingAggregate } from '../pop-config.ts'
import type { LogEntry, LogRecord } from '../queue/record.ts'
import { STANDING_CHANNELS_MAX } from './bounds.ts'
import { foldDeltas, type StandingValue } from './fold-deltas.ts'
import { StandingAggregates } from './standing-aggregates.ts'

const EVERY_MS = 5_000
const VOTES: StandingAggregate = {
  name: 'polls',
  ch: 'collect.poll.*',
  agg: { is: 'count', by: 'body.choice', per: 'client' },
  everyMs: EVERY_MS,
}
const WORDS: StandingAggregate = {
  name: 'words',
  ch: 'chat.*',
  where: { exists: 'body.word' },
  agg: { is: 'top', k: 3, by: 'body.word' },
  everyMs: EVERY_MS,
}
/** Of these channels only deltas travel. */
const RULES = [
  { match: 'collect.*', partitions: 1, slow: [], upstream: 'none' as const, relay: true },
  { match: 'chat.*', partitions: 2, slow: [], upstream: 'none' as const, relay: true },
]

/** A PoP on a modelled log, which a crash cuts back to what was durable. */
class Venue {
  readonly #standing: readonly StandingAggregate[]
  readonly #logId: string
  core!: PopCore
  part!: StandingAggregates
  readonly records: LogRecord[] = []
  #oldest: LogEntry = { checkpoint: newCore().checkpoint() }
  /** Records before the oldest segment that is kept. */
  #gone = 0
  #nowMs = 0
  #seq = 0

  constructor(logId: string, standing: readonly StandingAggregate[] = [VOTES, WORDS]) {
    this.#logId = logId
    this.#standing = standing
    this.#boot(standing)
    this.#oldest = { checkpoint: this.core.checkpoint() }
  }

  /** `diskMs`: how long the disk takes; deltas that fall due meanwhile wait behind, and do not have the vote. */
  vote(client: string, ch: string, body: unknown, more: Partial<PublishInput> = {}, diskMs = 0): void {
    this.#seq++
    const input = publish(this.#seq, { client, lane: 'interactive', ch, body, t: this.#nowMs, ...more })
    const effects = this.core.publish(input)
    this.#nowMs += diskMs
    this.#commit([...effects, ...this.core.wake(this.#nowMs)])
  }

  /** The disk takes what waits, group by group. */
  #commit(effects: PopEffect[]): void {
    for (let group = commitOf(effects); group.length > 0; ) {
      this.records.push(...group)
      group = commitOf(this.core.committed(this.#nowMs))
    }
  }

  pass(ms: number): void {
    this.#nowMs += ms
    this.#commit(this.core.wake(this.#nowMs))
  }

  /** A publish and a due delta reach the disk only in part. */
  crash(losing: 'nothing' | 'the commit in progress'): void {
    this.#nowMs += EVERY_MS
    const lost = commitOf(this.core.wake(this.#nowMs))
    if (losing === 'nothing') this.records.push(...lost)
    this.#boot(this.#standing)
    for (const entry of this.#log()) this.core.replay(entry)
  }

  /** A new segment opens with a checkpoint, and all before it is let go. */
  checkpoint(): void {
    this.#oldest = { checkpoint: this.core.checkpoint() }
    this.#gone = this.records.length
  }

  #log(): LogEntry[] {
    const entries = [this.#oldest, ...this.records.slice(this.#gone).map((message) => ({ message }))]
    return JSON.parse(JSON.stringify(entries)) as LogEntry[]
  }

  #boot(standing: readonly StandingAggregate[]): void {
    this.part = new StandingAggregates(standing)
    this.core = newCore({ log: this.#logId, parts: [this.part], channels: new ChannelRules(RULES) })
  }

  /** What central has. */
  uplinked(): LogRecord[] {
    return this.records.filter(({ laneSeq }) => laneSeq > 0)
  }
}

const byName = (values: StandingValue[]) => new Map(values.map((one) => [`${one.name} ${one.ch}`, one]))
const clients = fc.constantFrom('ann', 'bob', 'cem', 'dan')

type Step =
  | { do: 'vote'; client: string; choice: string; poll: string; diskMs: number }
  | { do: 'pass'; ms: number }
  | { do: 'crash'; losing: 'nothing' | 'the commit in progress' }
  | { do: 'checkpoint' }

const steps = (prefix: string): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant('vote' as const),
          client: clients.map((name) => `${prefix}-${name}`),
          choice: fc.constantFrom('yes', 'no', 'maybe'),
          poll: fc.constantFrom('collect.poll.1', 'collect.poll.2'),
          diskMs: fc.constantFrom(0, 0, 1, EVERY_MS),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 9_000 }) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('crash' as const),
          losing: fc.constantFrom('nothing' as const, 'the commit in progress' as const),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('checkpoint' as const) }) },
    ),
    { maxLength: 40 },
  )

function play(venue: Venue, list: readonly Step[], newest: Map<string, Map<string, string>>): void {
  for (const step of list) {
    if (step.do === 'pass') venue.pass(step.ms)
    else if (step.do === 'crash') venue.crash(step.losing)
    else if (step.do === 'checkpoint') venue.checkpoint()
    else {
      venue.vote(step.client, step.poll, { choice: step.choice }, {}, step.diskMs)
      const poll = newest.get(step.poll) ?? new Map<string, string>()
      newest.set(step.poll, poll.set(step.client, step.choice))
    }
  }
}

function tally(newest: ReadonlyMap<string, string>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const choice of newest.values()) counts[choice] = (counts[choice] ?? 0) + 1
  return counts
}

describe('standing aggregates', () => {
  test('of two PoPs that crash add up centrally, from deltas that come twice and in any order', () => {
    fc.assert(
      fc.property(steps('hall'), steps('south'), fc.infiniteStream(fc.nat()), (first, second, random) => {
        const newest = new Map<string, Map<string, string>>()
        const venues = [new Venue('log-hall'), new Venue('log-south')]
        for (const [i, list] of [first, second].entries()) {
          const venue = venues[i] as Venue
          play(venue, list, newest)
          venue.pass(EVERY_MS)
          venue.pass(EVERY_MS)
        }
        const uplinked = venues.flatMap((venue) => venue.uplinked())
        expect(uplinked.every(({ ch, lane }) => ch === 'agg.polls' && lane === 'state')).toBe(true)
        const shuffled = [...uplinked, ...uplinked]
          .map((record) => ({ record, key: random.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ record }) => record)
        const values = byName(foldDeltas(shuffled))
        expect([...values.keys()].sort()).toEqual([...newest.keys()].map((ch) => `polls ${ch}`).sort())
        for (const [ch, votes] of newest) {
          expect(values.get(`polls ${ch}`)).toMatchObject({
            complete: true,
            value: { is: 'count', n: votes.size, by: tally(votes) },
          })
        }
      }),
      { numRuns: 300 },
    )
  })

  test('after a crash are as if nothing had happened', () => {
    fc.assert(
      fc.property(steps('hall'), (list) => {
        const venue = new Venue('log-hall')
        play(venue, list, new Map())
        const before = venue.part.snapshot()
        const log = venue.records.length
        venue.crash('the commit in progress')
        expect(venue.records).toHaveLength(log)
        expect(venue.part.snapshot()).toEqual(before)
      }),
      { numRuns: 200 },
    )
  })

  test('count what matches, of the channels that match, over all partitions', () => {
    const venue = new Venue('log-hall')
    for (const [i, word] of ['yes', 'no', 'yes', 'yes'].entries())
      venue.vote(`c${i}`, 'chat.main', { word }, { seq: 1 })
    venue.vote('c9', 'chat.main', { text: 'hello' }, { seq: 1 })
    venue.vote('c9', 'room', { word: 'yes' }, { seq: 2 })
    expect(venue.part.find('chat.main', WORDS.where, WORDS.agg)?.value()).toEqual({
      is: 'top',
      n: 4,
      top: [
        { value: 'yes', count: 3, error: 0 },
        { value: 'no', count: 1, error: 0 },
      ],
    })
    expect(venue.part.find('room', WORDS.where, WORDS.agg)).toBeNull()
  })

  test('tell what changed every so often, and nothing while nothing does', () => {
    const venue = new Venue('log-hall')
    venue.vote('ann', 'collect.poll.1', { choice: 'yes' })
    venue.pass(EVERY_MS - 1)
    expect(venue.uplinked()).toEqual([])
    venue.pass(1)
    expect(venue.uplinked()).toMatchObject([
      {
        ch: 'agg.polls',
        body: { ch: 'collect.poll.1', from: 0, to: 1, delta: { n: 1, slots: [[0, 'yes', 1]] } },
      },
    ])
    venue.pass(EVERY_MS)
    expect(venue.core.wakeAtMs).toBeGreaterThan(0)
    venue.vote('bob', 'collect.poll.1', { choice: 'no' }, { seq: 1 })
    venue.pass(EVERY_MS)
    expect(venue.uplinked()).toHaveLength(2)
    expect(venue.uplinked()[1]?.body).toMatchObject({
      from: 1,
      to: 2,
      delta: { n: 2, slots: [[1, 'no', 1]] },
    })
  })

  test('tell central of no message that another PoP relayed, and live queries of all', () => {
    const venue = new Venue('log-hall')
    venue.vote('ann', 'collect.poll.1', { choice: 'yes' })
    venue.vote('zoe', 'collect.poll.1', { choice: 'no' }, { seq: 1, origin: 'south' })
    venue.vote('bob', 'collect.poll.1', { choice: 'yes' }, { seq: 1 })
    venue.crash('nothing')
    venue.pass(EVERY_MS)
    expect(venue.part.find('collect.poll.1', undefined, VOTES.agg)?.value()).toMatchObject({ n: 3 })
    expect(foldDeltas(venue.uplinked())).toMatchObject([{ value: { n: 2, by: { yes: 2 } } }])
  })

  test('start anew, from what the log still has, when their definition changes', () => {
    const before = new Venue('log-hall', [VOTES])
    before.vote('ann', 'collect.poll.1', { choice: 'yes' })
    const after = new StandingAggregates([{ ...VOTES, where: { ne: ['body.choice', 'yes'] } }])
    after.restore(JSON.parse(JSON.stringify(before.part.snapshot())))
    expect(after.snapshot()).toEqual([])
    expect(after.find('collect.poll.1', undefined, VOTES.agg)).toBeNull()
  })

  test('are published by the PoP alone', () => {
    const { part } = new Venue('log-hall')
    expect(part.admit(publish(1, { ch: 'agg.polls' }))).toMatchObject({ code: 'MP_CHANNEL_RESERVED' })
    expect(part.admit(publish(1, { ch: 'aggregate' }))).toBeNull()
  })

  test(`are kept for ${STANDING_CHANNELS_MAX} channels; messages of further ones are counted as uncounted`, () => {
    const venue = new Venue('log-hall')
    for (let i = 0; i < STANDING_CHANNELS_MAX + 3; i++)
      venue.vote(`c${i}`, `collect.poll.${i}`, { choice: 1 }, { seq: 1 })
    expect(venue.part.snapshot()).toHaveLength(STANDING_CHANNELS_MAX)
    expect(venue.part.uncounted).toBe(3)
  })
})

describe('a channel rule with a filter', () => {
  test('sends up what matches, and leaves the rest on the venue’s disk', () => {
    const where = { ge: ['body.rating', 4] as [string, number] }
    const rules = new ChannelRules([
      { match: 'rating', partitions: 1, slow: [], upstream: { where }, relay: true },
    ])
    const core = newCore({ channels: rules })
    const commit = [1, 5, 3, 4].map((rating, i) => publish(i + 1, { ch: 'rating', body: { rating } }))
    const records = commit.flatMap((one) => {
      const group = commitOf(core.publish(one))
      core.committed(0)
      return group
    })
    expect(records.map(({ off, laneSeq }) => [off, laneSeq])).toEqual([
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 2],
    ])
  })

  test('leaves deltas of standing aggregates alone, whatever it matches', () => {
    const rules = new ChannelRules([{ match: '*', partitions: 4, slow: [], upstream: 'none', relay: true }])
    const message = { client: '@log', at: 0, t: 0, off: 1, body: null }
    expect(rules.goesUp({ ...message, ch: 'agg.polls' })).toBe(true)
    expect(rules.goesUp({ ...message, ch: 'room' })).toBe(false)
  })
})
