// How many bytes may be on their way to central by one path: the bandwidth-delay product and a little more.
//
// An answer says that a batch is committed, so the delay holds the link's queue and central's alike: whichever is the
// bottleneck, what a critical message can be stuck behind stays at a few milliseconds of it.
// Method: the window of FAST TCP (Wei, Jin, Low, Hegde: "FAST TCP", IEEE/ACM Transactions on Networking 14(6), 2006),
// w ← w · (base + target) / delay once a round trip, which settles at rate · (base + target). The end of the start
// phase is that of HyStart++ (RFC 9406); the base delay is measured again as in BBR's ProbeRTT.

/** RFC 6928: ten segments. */
export const WINDOW_FIRST_BYTES = 14_600
export const WINDOW_LEAST_BYTES = 4 * 1024
export const WINDOW_MOST_BYTES = 4 * 1024 * 1024
export const BATCH_LEAST_BYTES = 2 * 1024
export const BATCH_MOST_BYTES = 16 * 1024
/** A window is this many batches, so that one is not most of the delay. */
const BATCHES_A_WINDOW = 8

/** Delay that may stand in queues: this, or the share of the base delay, whichever is more. */
const TARGET_MS = 15
const TARGET_SHARE = 1 / 4
/** Of the window, in a round of the start phase: half of slow start's, for it overshoots by as much. */
const START_GAIN = 1.5
/** FAST's γ: how much of the way to the new window is gone in a round. */
const STEP = 0.5
const GROWTH_MOST = 1.25
/** A base delay that was not met again for so long is measured anew, with a window that leaves queues empty. */
const BASE_STALE_MS = 20_000
const PROBE_BYTES = 1024
/** Above the window, for messages that cannot wait for an answer to make room. */
const URGENT_SHARE = 5 / 4

export class PathWindow {
  #bytes = WINDOW_FIRST_BYTES
  #starting = true
  #baseMs: number | null = null
  #baseSeenMs = 0
  /** Least delay of the round so far: what stands in queues, without the jitter of single commits. */
  #standingMs = Number.POSITIVE_INFINITY
  #batches = 0
  /** The round ends with the answer to a batch of this number or above. */
  #roundEnds = 0
  #limited = false
  /** The batch that finds queues empty, while the base delay is measured anew; infinite until it leaves. */
  #probe: number | null = null

  get bytes(): number {
    return this.#probe === null ? this.#bytes : PROBE_BYTES
  }

  get urgentBytes(): number {
    return this.#bytes * URGENT_SHARE
  }

  get batchBytes(): number {
    return Math.min(BATCH_MOST_BYTES, Math.max(BATCH_LEAST_BYTES, this.#bytes / BATCHES_A_WINDOW))
  }

  /** Delay of an answer when nothing is in any queue; null until the first. */
  get baseMs(): number | null {
    return this.#baseMs
  }

  /** A batch leaves. Returns its number, for `answered`. */
  sent(onTheirWayBytes: number): number {
    const number = this.#batches++
    if (this.#probe === Number.POSITIVE_INFINITY && onTheirWayBytes <= PROBE_BYTES) this.#probe = number
    return number
  }

  /** Something waited for room in the window: only then do answers say whether it is too small. */
  limited(): void {
    this.#limited = true
  }

  /** Central has answered batch `number` after `delayMs`. */
  answered(number: number, delayMs: number, nowMs: number): void {
    this.#standingMs = Math.min(this.#standingMs, delayMs)
    this.#measureBase(number, delayMs, nowMs)
    if (number < this.#roundEnds) return
    if (this.#limited && this.#probe === null) this.#adapt()
    this.#standingMs = Number.POSITIVE_INFINITY
    this.#limited = false
    this.#roundEnds = this.#batches
  }

  #measureBase(number: number, delayMs: number, nowMs: number): void {
    const probed = this.#probe !== null && number >= this.#probe
    if (this.#baseMs === null || delayMs <= this.#baseMs || probed) {
      this.#baseMs = delayMs
      this.#baseSeenMs = nowMs
      this.#probe = null
    } else if (this.#probe === null && nowMs - this.#baseSeenMs >= BASE_STALE_MS) {
      this.#probe = Number.POSITIVE_INFINITY
    }
  }

  #adapt(): void {
    const baseMs = this.#baseMs as number
    const targetMs = Math.max(TARGET_MS, TARGET_SHARE * baseMs)
    if (this.#starting) {
      this.#starting = this.#standingMs - baseMs <= targetMs / 2
      this.#resize(this.#starting ? START_GAIN : 1 / START_GAIN)
      return
    }
    const wanted = (baseMs + targetMs) / Math.max(this.#standingMs, Number.EPSILON)
    this.#resize(Math.min(GROWTH_MOST, 1 + STEP * (wanted - 1)))
  }

  #resize(factor: number): void {
    this.#bytes = Math.min(WINDOW_MOST_BYTES, Math.max(WINDOW_LEAST_BYTES, this.#bytes * factor))
  }
}
