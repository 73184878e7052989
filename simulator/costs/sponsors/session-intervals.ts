// Records of session logs into intervals: whole logs only, open sessions to the last heartbeat, duplicates once.
import { VoidRun } from '../../../runtime/errors.ts'
import type { SessionLogBody } from '../../../runtime/protocol/show.ts'
import type { IntervalStore, LoggedInterval } from './interval-store.ts'
import type { OpenSessions } from './metering-result.ts'

/** One record on the session log's channel. */
export interface SessionLogRecord {
  /** Place in the log: 1, 2, 3… without holes. */
  off: number
  /** Another PoP published it, whose own log is asked; null: it is this PoP's. */
  body: SessionLogBody | null
  /** For people: file and line. */
  place: string
}

/** Records that came early, at most: a log in this much disorder is no log. */
const EARLY_MAX = 1_000_000

/** Takes the records of one log, in any order and any of them twice. */
export class SessionIntervals {
  readonly venue: string
  readonly #store: IntervalStore
  readonly #source: string
  readonly #open = new Map<string, Omit<LoggedInterval, 'stopMs'>>()
  readonly #early = new Map<number, string>()
  #through = 0
  #heartbeatMs = 0

  constructor(store: IntervalStore, { venue, source }: { venue: string; source: string }) {
    this.#store = store
    this.venue = venue
    this.#source = source
  }

  /** Errors: MP_SESSION_LOG_BROKEN. */
  add({ off, body, place }: SessionLogRecord): void {
    this.#arrived(off, place)
    if (!body) return
    this.#heartbeatMs = Math.max(this.#heartbeatMs, body.at ?? 0)
    const { feature } = body
    if (!feature) return
    const of = { sponsor: feature.sponsor ?? null, venue: this.venue, feature: feature.id }
    for (const [client, startMs, stopMs] of body.stop ?? []) {
      this.#store.add({ ...of, client, startMs, stopMs })
      this.#open.delete(keyOf({ ...of, client, startMs }))
    }
    for (const [client, startMs] of body.start ?? []) {
      this.#open.set(keyOf({ ...of, client, startMs }), { ...of, client, startMs })
    }
  }

  /** All of the log is there: what is still open ends at the last heartbeat. Errors: MP_SESSION_LOG_BROKEN. */
  end(): OpenSessions | null {
    if (this.#early.size > 0) throw this.#broken()
    if (this.#through === 0) {
      throw new VoidRun(
        'MP_SESSION_LOG_EMPTY',
        `${this.#source} has no session log`,
        'Give the data folder of a PoP that ran the event, or the lines that `micropop queue export --channel log.features` prints.',
      )
    }
    let sessions = 0
    for (const open of this.#open.values()) {
      if (this.#store.hasEnd(open)) continue
      sessions++
      this.#store.add({ ...open, stopMs: Math.max(open.startMs, this.#heartbeatMs) })
    }
    return sessions === 0 ? null : { venue: this.venue, sessions, atMs: this.#heartbeatMs }
  }

  #arrived(off: number, place: string): void {
    if (off > this.#through + 1) {
      if (!this.#early.has(off)) this.#early.set(off, place)
      if (this.#early.size > EARLY_MAX) throw this.#broken()
      return
    }
    if (off <= this.#through) return
    this.#through = off
    while (this.#early.delete(this.#through + 1)) this.#through++
  }

  #broken(): VoidRun {
    const next = this.#early.keys().reduce((least, off) => Math.min(least, off))
    const missing =
      next - this.#through === 2
        ? `record ${next - 1} of the session log is`
        : `records ${this.#through + 1} to ${next - 1} of the session log are`
    return new VoidRun(
      'MP_SESSION_LOG_BROKEN',
      `${this.#source}: ${missing} missing before ${this.#early.get(next)}`,
      'Nothing is invoiced from a log with a gap. Give the whole log: a copy of the data folder from before it was cut, or what central has.',
    )
  }
}

function keyOf({ client, feature, sponsor, startMs }: Omit<LoggedInterval, 'stopMs'>): string {
  return JSON.stringify([client, feature, sponsor, startMs])
}
