import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SESSION_LOG, type SessionLogBody, SHOW } from '../protocol/show.ts'
import { SESSIONS_PER_RECORD_MAX } from './feature-intervals.ts'
import { FLUSH_MS, HEARTBEAT_MS } from './session-log.ts'
import { openPoll, Venue } from './testing/venue.ts'

interface Interval {
  of: string
  startMs: number
  stopMs: number
}

/** What metering reads: every `stop` in the log, by client and feature. */
function logged(venue: Venue): Interval[] {
  return venue
    .bodies<SessionLogBody>(SESSION_LOG)
    .flatMap(({ feature, stop = [] }) =>
      stop.map(([client, startMs, stopMs]) => ({ of: `${client} ${feature?.id}`, startMs, stopMs })),
    )
}

const start = (id: string, more: object = {}) => ({ do: 'start', id, ch: `room.${id}`, ...more })
const stop = (id: string) => ({ do: 'stop', id })

describe('a session has a feature', () => {
  test('from the later of both starts to the earlier of both ends', () => {
    const venue = new Venue()
    const t = venue.tMs
    venue.join('early', 'room.quiz')
    venue.join('elsewhere', 'room.other')
    venue.pass(1_000)
    venue.operate(SHOW.features, start('quiz', { sponsor: 'acme' }))
    venue.pass(2_000)
    venue.join('late', 'room.quiz')
    venue.pass(500)
    venue.leave('early', 'room.quiz')
    venue.pass(4_000)
    venue.operate(SHOW.features, stop('quiz'))
    venue.pass(FLUSH_MS)
    expect(logged(venue)).toEqual([
      { of: 'early quiz', startMs: t + 1_000, stopMs: t + 3_500 },
      { of: 'late quiz', startMs: t + 3_000, stopMs: t + 7_500 },
    ])
    const features = venue.bodies<SessionLogBody>(SESSION_LOG).map(({ feature }) => feature)
    expect(features[0]).toEqual({ id: 'quiz', ch: 'room.quiz', sponsor: 'acme' })
  })

  test('that is a poll while the poll is open, also where the PoP closes it', () => {
    const venue = new Venue()
    venue.join('ann', SHOW.polls)
    venue.operate(SHOW.polls, openPoll('tea', { sponsor: 'acme', closesAfterMs: 5_000 }))
    venue.pass(20_000)
    expect(logged(venue)).toEqual([
      { of: 'ann poll.tea', startMs: venue.tMs - 20_000, stopMs: venue.tMs - 15_000 },
    ])
  })
})

test('2,000 sessions take bounded records on lane state, of which only the last vouches for the time', () => {
  const venue = new Venue()
  for (let i = 0; i < 2_000; i++) venue.join(`client-${i}`, 'room.quiz')
  venue.operate(SHOW.features, start('quiz'))
  venue.pass(FLUSH_MS)
  const records = venue.records.filter(({ ch }) => ch === SESSION_LOG)
  expect(records.map(({ lane }) => lane)).toEqual(Array(10).fill('state'))
  const bodies = records.map(({ body }) => body as SessionLogBody)
  expect(bodies.map((body) => body.start?.length)).toEqual(Array(10).fill(SESSIONS_PER_RECORD_MAX))
  expect(bodies.map(({ at }) => at !== undefined)).toEqual([...Array(9).fill(false), true])
  venue.pass(3 * HEARTBEAT_MS)
  expect(venue.bodies(SESSION_LOG).slice(10)).toEqual([1, 2, 3].map(() => ({ at: expect.any(Number) })))
})

test('nobody else publishes to the session log, and features are started once and stopped once', () => {
  const venue = new Venue()
  venue.publish('ann', SESSION_LOG, { feature: { id: 'quiz', ch: 'room' }, stop: [['ann', 0, 9]] }, 'state')
  expect(venue.refusals).toMatchObject([{ code: 'MP_CHANNEL_RESERVED' }])
  expect(venue.operate(SHOW.features, stop('quiz'))).toBe('MP_FEATURE_UNKNOWN')
  expect(venue.operate(SHOW.features, start('quiz'))).toBeNull()
  expect(venue.operate(SHOW.features, start('quiz'))).toBe('MP_FEATURE_EXISTS')
  expect(venue.stateOf(SHOW.features)).toEqual({ features: [start('quiz')] })
  expect(venue.operate(SHOW.features, { do: 'start', id: 'poll.x', ch: 'room' })).toBe('MP_SHOW_INVALID')
  for (let i = 1; i < 32; i++) venue.operate(SHOW.features, start(`f${i}`))
  expect(venue.operate(SHOW.features, start('more'))).toBe('MP_FEATURE_LIMIT')
})

/** By brute force: who is where and what runs, looked at after every step. */
class Oracle {
  readonly intervals: Interval[] = []
  readonly killsMs: number[] = []
  readonly #joined = new Set<string>()
  readonly #running = new Set<string>()
  readonly #open = new Map<string, number>()

  constructor(venue: Venue, steps: readonly Step[]) {
    let ranMs = 0
    for (const step of steps) {
      const { client, feature } = step
      switch (step.is) {
        case 'join':
          if (!this.#joined.has(`${client} ${feature}`)) venue.join(client, `room.${feature}`)
          this.#joined.add(`${client} ${feature}`)
          break
        case 'leave':
          if (this.#joined.delete(`${client} ${feature}`)) venue.leave(client, `room.${feature}`)
          break
        case 'start':
          venue.operate(SHOW.features, start(feature))
          this.#running.add(feature)
          break
        case 'stop':
          venue.operate(SHOW.features, stop(feature))
          this.#running.delete(feature)
          break
        case 'pass':
          venue.pass(step.ms)
          ranMs += step.ms
          break
        case 'set':
          venue.set(step.ms)
          break
        case 'kill':
          venue.pass(step.stallMs, { sync: false })
          ranMs += step.stallMs
          this.#joined.clear()
          this.#look(ranMs)
          this.killsMs.push(ranMs)
          venue.kill(step.kept, step.ms)
          ranMs += step.ms
          break
        case 'full':
          venue.pass(step.stallMs, { sync: false })
          if (this.#joined.delete(`${client} ${feature}`)) venue.leave(client, `room.${feature}`)
          this.#look(ranMs + step.stallMs)
          venue.pass(STALL_MS_MAX, { sync: false })
          ranMs += step.stallMs + STALL_MS_MAX
          venue.full()
          venue.sync()
          break
        case 'roll':
          venue.roll()
      }
      this.#look(ranMs)
    }
    this.#joined.clear()
    for (const feature of FEATURES) venue.operate(SHOW.features, stop(feature))
    this.#look(ranMs)
    venue.pass(HEARTBEAT_MS)
  }

  #look(atMs: number): void {
    const has = new Set([...this.#joined].filter((of) => this.#running.has(of.split(' ')[1] as string)))
    for (const [of, startMs] of this.#open) {
      if (has.has(of)) continue
      this.#open.delete(of)
      if (atMs > startMs) this.intervals.push({ of, startMs, stopMs: atMs })
    }
    for (const of of has) if (!this.#open.has(of)) this.#open.set(of, atMs)
  }
}

const FEATURES = ['a', 'b']
type Step = { is: string; client: string; feature: string; ms: number; stallMs: number; kept: number }

function steps(...kinds: string[]) {
  const step = fc.record({
    is: fc.constantFrom(
      'join',
      'join',
      'join',
      'leave',
      'start',
      'start',
      'stop',
      'pass',
      'pass',
      'roll',
      ...kinds,
    ),
    client: fc.constantFrom('x', 'y', 'z'),
    feature: fc.constantFrom(...FEATURES),
    ms: fc.nat(25_000),
    stallMs: fc.nat(STALL_MS_MAX),
    kept: fc.nat(5),
  })
  return fc.array(step, { maxLength: 60 })
}

const STALL_MS_MAX = 1_500

function lengths(intervals: readonly Interval[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { of, startMs, stopMs } of intervals)
    if (stopMs > startMs) sums[of] = (sums[of] ?? 0) + stopMs - startMs
  return sums
}

function expectNoneTwice(intervals: readonly Interval[]): void {
  for (const each of Map.groupBy(intervals, ({ of }) => of).values()) {
    const sorted = each.toSorted((a, b) => a.startMs - b.startMs || a.stopMs - b.stopMs)
    for (const [i, { startMs, stopMs }] of sorted.entries()) {
      expect(stopMs).toBeGreaterThanOrEqual(startMs)
      if (i > 0) expect(startMs).toBeGreaterThanOrEqual(sorted[i - 1]?.stopMs as number)
    }
  }
}

test('whatever happens, however the wall clock is set: each session’s time with each feature is exact', () => {
  fc.assert(
    fc.property(steps('set', 'back'), (taken) => {
      const venue = new Venue()
      const set = taken.map((step) => (step.is === 'back' ? { ...step, is: 'set', ms: -step.ms } : step))
      const { intervals } = new Oracle(venue, set)
      expect(lengths(logged(venue))).toEqual(lengths(intervals))
      expectNoneTwice(logged(venue))
    }),
    { numRuns: 2_000 },
  )
})

test('whatever is killed or full whenever: no time too much, none twice, and only the last before a kill is missing', () => {
  fc.assert(
    fc.property(steps('kill', 'kill', 'full', 'full'), (taken) => {
      const venue = new Venue()
      const t0 = venue.tMs
      // A kill comes after a stall of the disk, and a full disk is behind for two.
      const behindMs = (1 + 2 * taken.filter(({ is }) => is === 'full').length) * STALL_MS_MAX
      const { intervals, killsMs } = new Oracle(venue, taken)
      const inLog = logged(venue).map(({ of, startMs, stopMs }) => ({
        of,
        startMs: startMs - t0,
        stopMs: stopMs - t0,
      }))
      expectNoneTwice(inLog)
      const found = new Map(inLog.map((interval) => [`${interval.of} ${interval.startMs}`, interval.stopMs]))
      for (const { of, startMs, stopMs } of intervals) {
        const foundMs = found.get(`${of} ${startMs}`) ?? startMs
        found.delete(`${of} ${startMs}`)
        expect(foundMs).toBeLessThanOrEqual(stopMs)
        if (!killsMs.some((killMs) => killMs >= stopMs && killMs - stopMs <= FLUSH_MS + behindMs))
          expect(foundMs).toBe(stopMs)
        expect(stopMs - foundMs).toBeLessThanOrEqual(HEARTBEAT_MS + behindMs)
      }
      // Nothing but empty intervals is left that is not true.
      for (const [key, stopMs] of found) expect(`${stopMs}`).toBe(key.split(' ')[2])
    }),
    { numRuns: 2_000 },
  )
})
