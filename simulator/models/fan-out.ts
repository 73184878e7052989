// One message to every session of a venue: what each link makes of it, and each session's place in the fan-out.
import type { LogRecord } from '../../runtime/queue/record.ts'
import type { Random } from '../engine/random.ts'
import type { Recording } from '../recording.ts'
import { frameBytes } from '../workload/frames.ts'
import { type LinkVariation, meetsStall, rttAt, stallExtraMs } from './link-variation.ts'
import type { Link } from './session-link.ts'

/** Places in a message's fan-out, on each link, that stand for all of them. */
const PARTS = 4
/** Multiples of it leave no gap and no cluster between 0 and 1 (Weyl, 1916). */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2

interface Leaving {
  /** When it was published. */
  atMs: number
  /** Of the session that is served first. */
  latencyMs: number
  /** From the first session to the last one. */
  spreadMs: number
}

export interface FanOutOptions {
  recording: Recording
  links: readonly Link[]
  /** What links add now and then. */
  random: Random
}

export class FanOut {
  readonly #of: FanOutOptions
  /** In [0, 1): where the places of the next message begin. */
  #place = 0
  deliveredBytes = 0

  constructor(options: FanOutOptions) {
    this.#of = options
  }

  /** Leaves at `leavesMs` towards the first session, and `spreadMs` later towards the last one; those of a link lie anywhere between. */
  deliver(record: LogRecord, leavesMs: number, spreadMs: number): void {
    for (const link of this.#of.links) {
      const { messageMs, sessions, variation } = link
      if (sessions === 0) continue
      const leaving = { atMs: record.at, latencyMs: leavesMs + messageMs - record.at, spreadMs }
      if (variation === null) this.#spread(leaving, sessions)
      else this.#over(link, variation, leaving)
      this.deliveredBytes += sessions * frameBytes.message
    }
  }

  /** Each session's link varies by itself: as many as are expected to stall do, and those share a draw. */
  #over({ sessions, rttMs, messageMs }: Link, variation: LinkVariation, leaving: Leaving): void {
    const { recording, random } = this.#of
    const { atMs, latencyMs, spreadMs } = leaving
    const expected = sessions * meetsStall(variation, messageMs)
    const stalled = Math.min(sessions, Math.floor(expected + random()))
    if (stalled > 0) {
      const stallMs = stallExtraMs(rttMs, random)
      recording.latency('delivery', atMs, latencyMs + spreadMs / 2 + stallMs, stalled)
    }
    if (stalled === sessions) return
    const slowerMs = (rttAt(variation, rttMs, random()) - rttMs) / 2
    this.#spread({ atMs, latencyMs: latencyMs + slowerMs, spreadMs }, sessions - stalled)
  }

  #spread({ atMs, latencyMs, spreadMs }: Leaving, sessions: number): void {
    const { recording } = this.#of
    if (spreadMs === 0) {
      recording.latency('delivery', atMs, latencyMs, sessions)
      return
    }
    const parts = Math.min(sessions, PARTS)
    this.#place = (this.#place + GOLDEN_RATIO) % 1
    for (let i = 0; i < parts; i++) {
      const place = (i + this.#place) / parts
      recording.latency('delivery', atMs, latencyMs + place * spreadMs, sessions / parts)
    }
  }
}
