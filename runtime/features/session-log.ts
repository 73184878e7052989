// The session log: from when to when each session had each interactive feature, with its sponsor, for metering.
//
// A session has a feature while the feature runs and the session is subscribed to its channel; features run from
// `start` to `stop` on `show.features`, and polls, on `show.polls`, while they are open. Changes are written at most
// each FLUSH_MS, and a heartbeat each HEARTBEAT_MS while anything is open; never while earlier records are still on
// their way to the disk, for what a full disk holds up must not come after what follows it. A PoP that was killed stops what it left
// open at the newest time in its log: an interval is then too short by HEARTBEAT_MS and one commit at most, one that
// began within FLUSH_MS and one commit of the kill is missing, and none is too long, negative or there twice.
//
// Lengths are by the monotonic clock. A wall clock that is set forward cuts the intervals; one that is set back is
// followed once it has caught up.
import { isOwn } from '../broker/own-publishes.ts'
import type { Denial, PartEffect } from '../broker/part.ts'
import type { PublishInput } from '../broker/pop-io.ts'
import {
  type FeatureAction,
  parseFeatureAction,
  parsePollAction,
  SESSION_LOG,
  type SessionLogBody,
  SHOW,
  type ShowState,
} from '../protocol/show.ts'
import type { LogRecord } from '../queue/record.ts'
import { type Feature, FeatureIntervals, type IntervalsSnapshot } from './feature-intervals.ts'
import { ShowPart } from './show-part.ts'

export const FLUSH_MS = 1_000
export const HEARTBEAT_MS = 10_000
/** Records on their way to the disk, at most. */
const RECORDS_MAX = 200
/** Features that run at a time, polls aside, at most. */
const FEATURES_MAX = 32
/** A wall clock that far ahead of the monotonic one was set, and not merely corrected. */
const STEP_MS = 1_000
/** Before the id of a poll: no other feature's id has a dot. */
const POLL_FEATURE = 'poll.'

interface Snapshot {
  features: Feature[]
  intervals: IntervalsSnapshot
}

export class SessionLog extends ShowPart<FeatureAction> {
  readonly name = 'session-log'
  readonly channel = SHOW.features
  readonly #intervals = new FeatureIntervals()
  #features = new Map<string, Feature>()
  /** Not in the log: who is subscribed to what. */
  readonly #subscribed = new Map<string, Set<string>>()
  /** The same instant by both clocks; null until the PoP has started. */
  #anchor: { nowMs: number; tMs: number } | null = null
  /** To be published, in this order. */
  #outbox: SessionLogBody[] = []
  /** Published and not in the log yet. */
  #underWay = 0
  #publishedAtMs = 0

  protected parse = parseFeatureAction

  override get wakeAtMs(): number {
    if (!this.#anchor) return Number.NEGATIVE_INFINITY
    if (this.#underWay > 0) return Number.POSITIVE_INFINITY
    if (this.#outbox.length > 0 || this.#intervals.hasNews) return this.#publishedAtMs + FLUSH_MS
    return this.#intervals.hasOpen ? this.#publishedAtMs + HEARTBEAT_MS : Number.POSITIVE_INFINITY
  }

  override admit(publish: PublishInput): Denial | null {
    if (publish.ch === SESSION_LOG && publish.origin === undefined)
      return { code: 'MP_CHANNEL_RESERVED', why: `only the PoP publishes to ${SESSION_LOG}` }
    return super.admit(publish)
  }

  protected refuse({ do: action, id }: FeatureAction): Denial | null {
    const runs = this.#features.has(id)
    if (action === 'stop')
      return runs ? null : { code: 'MP_FEATURE_UNKNOWN', why: `feature ${id} is not running` }
    if (runs) return { code: 'MP_FEATURE_EXISTS', why: `feature ${id} is running: stop it first` }
    return this.#started().length < FEATURES_MAX
      ? null
      : { code: 'MP_FEATURE_LIMIT', why: `${FEATURES_MAX} features are running: stop one` }
  }

  override apply(record: LogRecord, live: boolean, nowMs: number): PartEffect[] {
    if (record.ch === SESSION_LOG && isOwn(record) && record.origin === undefined) {
      this.#intervals.logged(record.body as SessionLogBody)
      if (live) this.#underWay--
    }
    if (record.ch === SHOW.polls) {
      const action = parsePollAction(record.body)
      if ('ok' in action) {
        const { do: does, id } = action.ok
        const feature = { id: `${POLL_FEATURE}${id}`, ch: SHOW.polls }
        if (does === 'close') this.#stop(feature.id, live, nowMs)
        else this.#start({ ...feature, ...sponsorOf(action.ok) }, live, nowMs)
      }
    }
    return super.apply(record, live, nowMs)
  }

  protected act(action: FeatureAction, _record: LogRecord, live: boolean, nowMs: number): PartEffect[] {
    if (action.do === 'stop') this.#stop(action.id, live, nowMs)
    else this.#start({ id: action.id, ch: action.ch, ...sponsorOf(action) }, live, nowMs)
    return []
  }

  override joined(client: string, ch: string, nowMs: number, tMs: number): PartEffect[] {
    const subscribed = this.#subscribed.get(ch) ?? new Set()
    this.#subscribed.set(ch, subscribed.add(client))
    const atMs = this.#timeMs(nowMs, tMs)
    for (const feature of this.#on(ch)) this.#intervals.start(feature, client, atMs)
    return super.joined(client, ch, nowMs, tMs)
  }

  override left(client: string, ch: string, nowMs: number, tMs: number): PartEffect[] {
    const subscribed = this.#subscribed.get(ch)
    subscribed?.delete(client)
    if (subscribed?.size === 0) this.#subscribed.delete(ch)
    const atMs = this.#timeMs(nowMs, tMs)
    for (const feature of this.#on(ch)) this.#intervals.stop(feature, client, atMs)
    return []
  }

  override wake(nowMs: number, tMs: number): PartEffect[] {
    if (!this.#anchor) {
      this.#anchor = { nowMs, tMs: Math.max(tMs, this.#intervals.latestMs) }
      this.#outbox = this.#intervals.closeLogged()
      return this.#publish(nowMs)
    }
    const atMs = this.#timeMs(nowMs, tMs)
    if (nowMs < this.wakeAtMs) return []
    if (this.#outbox.length === 0) this.#outbox = this.#intervals.flush(atMs)
    return this.#publish(nowMs)
  }

  protected state(): ShowState | null {
    const features = this.#started()
    return features.length > 0 ? { features: features.map((feature) => ({ do: 'start', ...feature })) } : null
  }

  snapshot(): Snapshot {
    return { features: [...this.#features.values()], intervals: this.#intervals.snapshot() }
  }

  restore({ features, intervals }: Snapshot): void {
    this.#features = new Map(features.map((feature) => [feature.id, feature]))
    this.#intervals.restore(intervals)
  }

  #publish(nowMs: number): PartEffect[] {
    const bodies = this.#outbox.splice(0, RECORDS_MAX)
    this.#underWay = bodies.length
    this.#publishedAtMs = nowMs
    return bodies.map((body) => ({ do: 'publish', lane: 'state', ch: SESSION_LOG, body }))
  }

  #start(feature: Feature, live: boolean, nowMs: number): void {
    if (this.#features.has(feature.id)) return
    this.#features.set(feature.id, feature)
    if (!live) return
    const atMs = this.#timeMs(nowMs)
    for (const client of this.#subscribed.get(feature.ch) ?? []) this.#intervals.start(feature, client, atMs)
  }

  #stop(id: string, live: boolean, nowMs: number): void {
    const feature = this.#features.get(id)
    if (!feature) return
    this.#features.delete(id)
    if (live) this.#intervals.stopAll(feature, this.#timeMs(nowMs))
  }

  #on(ch: string): Feature[] {
    return [...this.#features.values()].filter((feature) => feature.ch === ch)
  }

  #started(): Feature[] {
    return [...this.#features.values()].filter(({ id }) => !id.startsWith(POLL_FEATURE))
  }

  /** The time that is logged, whole ms since the Unix epoch: never falls, also not across restarts. */
  #timeMs(nowMs: number, tMs = Number.NEGATIVE_INFINITY): number {
    if (!this.#anchor) throw new Error('the session log was not woken at the start')
    const runMs = Math.round(this.#anchor.tMs + nowMs - this.#anchor.nowMs)
    if (tMs - runMs <= STEP_MS) return runMs
    const setMs = Math.round(tMs)
    this.#anchor = { nowMs, tMs: setMs }
    this.#intervals.cut(runMs, setMs)
    return setMs
  }
}

function sponsorOf({ sponsor }: { sponsor?: string }): { sponsor?: string } {
  return sponsor === undefined ? {} : { sponsor }
}
