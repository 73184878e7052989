// The PoP's clock as a client knows it, for presenting at one time: offset, delay and drift from pings, when to
// present a cue, and how a player is brought to a stream's position. For browsers, k6 and Node; no clock of its own.
import type { MediaClock } from './show.ts'

/** Times of one ping, ms: sent and received by the client's clock, received and sent by the PoP's. */
export interface PingTimes {
  /** Sent, client. */
  t0: number
  /** Received, PoP. */
  t1: number
  /** Answered, PoP. */
  t2: number
  /** Answer received, client. */
  t3: number
}

export interface ClockEstimate {
  /** The PoP's clock minus the client's, ms. */
  offsetMs: number
  /** The offset is off by this at most, as long as neither clock is set and they drift by DRIFT_MAX at most. */
  errorMs: number
  /** Round trip of the ping it comes from, without the PoP's time. */
  delayMs: number
  /** By how much the PoP's clock gains on the client's, ms per ms; 0 where it cannot be told from the delays. */
  drift: number
}

/** Clocks of two machines drift apart by 100 ms in 1,000 s at most; crystals are within 20 to 50 ppm each. */
export const DRIFT_MAX = 1e-4
/** Pings remembered. */
export const WINDOW = 16
/** Of clocks that are read in whole milliseconds. */
const ROUNDING_MS = 2

interface Sample {
  offsetMs: number
  delayMs: number
  /** When it came, by the client's clock. */
  atMs: number
}

/**
 * Offset and delay as in RFC 5905, section 8: offset = ((t1 − t0) + (t2 − t3)) / 2, delay = (t3 − t0) − (t2 − t1). A
 * path that takes longer one way than the other puts the offset off by half the delay at most, so the ping of least
 * delay counts, its bound widened by the drift since.
 */
export class PopClock {
  #samples: Sample[] = []

  /** Takes the times of a ping; false where they contradict themselves and are not used. */
  ping({ t0, t1, t2, t3 }: PingTimes): boolean {
    const delayMs = t3 - t0 - (t2 - t1)
    if (!(delayMs >= 0 && t3 >= t0 && Number.isFinite(t1 + t2))) return false
    const sample = { offsetMs: (t1 - t0 + (t2 - t3)) / 2, delayMs, atMs: t3 }
    // Bounds that exclude each other: a clock was set, and what came before says nothing any more.
    if (this.#samples.some((other) => !agree(sample, other))) this.#samples = []
    this.#samples.push(sample)
    if (this.#samples.length > WINDOW) this.#samples.shift()
    return true
  }

  /** The estimate for a time of the client's clock; null before the first ping. */
  estimate(localMs: number): ClockEstimate | null {
    const best = this.#best(localMs)
    if (!best) return null
    const { drift, errorOfDrift } = this.#drift(best)
    const ageMs = localMs - best.atMs
    return {
      offsetMs: best.offsetMs + drift * ageMs,
      errorMs: best.delayMs / 2 + errorOfDrift * Math.abs(ageMs),
      delayMs: best.delayMs,
      drift,
    }
  }

  /** A time of the PoP's clock by the client's; as it is before the first ping. */
  toLocal(popMs: number, localMs: number): number {
    return popMs - (this.estimate(localMs)?.offsetMs ?? 0)
  }

  /** A time of the client's clock by the PoP's; as it is before the first ping. */
  toPop(localMs: number): number {
    return localMs + (this.estimate(localMs)?.offsetMs ?? 0)
  }

  #best(localMs: number): Sample | undefined {
    let best: Sample | undefined
    let bound = Number.POSITIVE_INFINITY
    for (const sample of this.#samples) {
      const its = sample.delayMs / 2 + DRIFT_MAX * Math.abs(localMs - sample.atMs)
      if (its < bound) [best, bound] = [sample, its]
    }
    return best
  }

  /** From the pair with the best that tells it most exactly; only used where it is tighter than knowing nothing. */
  #drift(best: Sample): { drift: number; errorOfDrift: number } {
    let found = { drift: 0, errorOfDrift: DRIFT_MAX }
    for (const { offsetMs, delayMs, atMs } of this.#samples) {
      const spanMs = best.atMs - atMs
      const errorOfDrift = (delayMs + best.delayMs) / 2 / Math.abs(spanMs)
      if (errorOfDrift < found.errorOfDrift)
        found = { drift: (best.offsetMs - offsetMs) / spanMs, errorOfDrift }
    }
    return found
  }
}

function agree(a: Sample, b: Sample): boolean {
  const bound = (a.delayMs + b.delayMs) / 2 + DRIFT_MAX * Math.abs(a.atMs - b.atMs)
  return Math.abs(a.offsetMs - b.offsetMs) <= bound + ROUNDING_MS
}

/** When to present a cue, by the client's clock: now where it has no time or that is past. */
export function presentAt(cue: { atMs?: number }, clock: PopClock, localMs: number): number {
  return cue.atMs === undefined ? localMs : Math.max(localMs, clock.toLocal(cue.atMs, localMs))
}

/** Where the stream is at a time of the PoP's clock, ms from its beginning. */
export function mediaPosition({ positionMs, wallMs, rate }: MediaClock, popMs: number): number {
  return positionMs + (popMs - wallMs) * rate
}

/** What a player is to do. `seek`: jump there. `rate`: play at this rate until told otherwise. */
export type Alignment = { errorMs: number } & (
  | { do: 'seek'; positionMs: number }
  | { do: 'rate'; rate: number }
)

/** Further off than this a player jumps… */
export const SEEK_FROM_MS = 1_000
/** …nearer than this it plays on… */
export const ALIGNED_MS = 15
/** …and between the two it plays faster or slower by at most this share, which few can hear… */
export const RATE_CORRECTION_MAX = 0.05
/** …so as to be there after this time, where that share is enough. */
const CORRECT_WITHIN_MS = 4_000

/**
 * How a player that is at `positionMs` at the client's time `localMs` comes to the stream's position. `errorMs`: how
 * far it is ahead. Call it each second or so: a rate holds until the next call.
 */
export function align(
  media: MediaClock,
  clock: PopClock,
  player: { positionMs: number; localMs: number },
): Alignment {
  const wantedMs = mediaPosition(media, clock.toPop(player.localMs))
  const errorMs = player.positionMs - wantedMs
  if (Math.abs(errorMs) > SEEK_FROM_MS || (media.rate === 0 && Math.abs(errorMs) > ALIGNED_MS))
    return { do: 'seek', errorMs, positionMs: wantedMs }
  if (Math.abs(errorMs) <= ALIGNED_MS) return { do: 'rate', errorMs, rate: media.rate }
  const share = Math.max(-RATE_CORRECTION_MAX, Math.min(RATE_CORRECTION_MAX, -errorMs / CORRECT_WITHIN_MS))
  return { do: 'rate', errorMs, rate: media.rate * (1 + share) }
}
