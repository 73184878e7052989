// When to ask the log to let go of memory-acknowledged bulk and state: before the queue is full, and when they are old.

export interface SheddingOptions {
  /** Log bytes at which publishes are refused. */
  queueBytesMax: number
  /** Age at which such records go, s; infinite where none is told. */
  maxAgeS: number
}

/** See `SegmentLog.shed`; answered by `PopCore.shed`. */
export interface ShedEffect {
  do: 'shed'
  /** All that came before, ms since the Unix epoch. */
  before: number
  /** Then more, until the log takes no more than these. */
  bytes: number
}

/** Above this share of the queue there is shedding, and memory-acknowledged bulk and state are refused… */
export const SHED_SHARE = 0.9
/** …and it goes on down to this one, so that a full queue does not shed with each commit. */
const SHED_TO_SHARE = 0.8
/** The log grows by this share before it is asked again: there may be nothing left to shed. */
const ASK_AGAIN_SHARE = 1 / 32
const AGE_CHECK_MS = 60_000

export class Shedding {
  readonly #options: SheddingOptions
  #asked = false
  #askedAtBytes = Number.NEGATIVE_INFINITY
  #checkAtMs: number

  constructor(options: SheddingOptions) {
    this.#options = options
    this.#checkAtMs = Number.isFinite(options.maxAgeS) ? 0 : Number.POSITIVE_INFINITY
  }

  get wakeAtMs(): number {
    return this.#checkAtMs
  }

  /** After the log has grown to `usedBytes`. */
  grown(usedBytes: number): ShedEffect[] {
    const { queueBytesMax } = this.#options
    if (usedBytes < queueBytesMax * SHED_SHARE) {
      this.#askedAtBytes = Number.NEGATIVE_INFINITY
      return []
    }
    if (usedBytes < this.#askedAtBytes + queueBytesMax * ASK_AGAIN_SHARE) return []
    this.#askedAtBytes = usedBytes
    return this.#ask({ do: 'shed', before: Number.NEGATIVE_INFINITY, bytes: queueBytesMax * SHED_TO_SHARE })
  }

  /** The disk had no room, be it smaller than the queue or shared: the log gives a share of what it holds back. */
  diskFull(usedBytes: number): ShedEffect[] {
    if (usedBytes === 0) return []
    return this.#ask({ do: 'shed', before: Number.NEGATIVE_INFINITY, bytes: usedBytes * SHED_TO_SHARE })
  }

  /** `tMs`: the wall clock. */
  wake(nowMs: number, tMs: number): ShedEffect[] {
    if (nowMs < this.#checkAtMs) return []
    this.#checkAtMs = nowMs + AGE_CHECK_MS
    const { queueBytesMax, maxAgeS } = this.#options
    return this.#ask({ do: 'shed', before: tMs - maxAgeS * 1_000, bytes: queueBytesMax * SHED_SHARE })
  }

  /** The log has answered. */
  done(): void {
    this.#asked = false
  }

  #ask(effect: ShedEffect): ShedEffect[] {
    if (this.#asked) return []
    this.#asked = true
    return [effect]
  }
}
