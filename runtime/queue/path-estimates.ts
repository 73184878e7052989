// What is measured of one path to central: round trip, its spread, a high quantile, delivery rate and loss.

/** RFC 6298, section 2. */
const SRTT_GAIN = 1 / 8
const RTTVAR_GAIN = 1 / 4
const RTO_FIRST_MS = 1_000

/** Smoothed round trip and its variation, as TCP has them: RFC 6298. */
export class RoundTrip {
  /** Null until the first sample. */
  srttMs: number | null = null
  rttvarMs = 0

  sample(rttMs: number): void {
    if (this.srttMs === null) {
      this.srttMs = rttMs
      this.rttvarMs = rttMs / 2
      return
    }
    this.rttvarMs += RTTVAR_GAIN * (Math.abs(this.srttMs - rttMs) - this.rttvarMs)
    this.srttMs += SRTT_GAIN * (rttMs - this.srttMs)
  }

  /** Time after which an answer is overdue, without the lower bound that packet timers have. */
  get rtoMs(): number {
    return this.srttMs === null ? RTO_FIRST_MS : this.srttMs + 4 * this.rttvarMs
  }
}

/** A quantile of the newest samples by nearest rank: exact over a bounded memory, and it forgets. */
export class RecentQuantile {
  readonly #q: number
  readonly #kept: number
  readonly #leastSamples: number
  #samples: number[] = []
  #next = 0
  #known: number | null = null

  /** `q` in (0, 1]; `kept` samples at most; null is returned below `leastSamples`. */
  constructor(q: number, kept = 128, leastSamples = 8) {
    this.#q = q
    this.#kept = kept
    this.#leastSamples = leastSamples
  }

  add(sample: number): void {
    this.#samples[this.#next] = sample
    this.#next = (this.#next + 1) % this.#kept
    this.#known = null
  }

  get value(): number | null {
    if (this.#samples.length < this.#leastSamples) return null
    this.#known ??= this.#samples.toSorted((a, b) => a - b)[
      Math.ceil(this.#q * this.#samples.length) - 1
    ] as number
    return this.#known
  }
}

/** One batch's share of the delivery rate: what had been delivered when it was sent, and since when. */
export interface DeliveryMark {
  deliveredBytes: number
  deliveredAtMs: number
  sentAtMs: number
}

const RATE_WINDOW_MS = 10_000
const RATE_SLOT_MS = 1_000
/** Answers that come together say nothing about a rate above this time's. */
const SHORTEST_SAMPLE_MS = 1

/**
 * Bytes delivered per ms: the largest sample of the last ten seconds, where a sample spans one round trip.
 * Method: Cheng, Cardwell, Yeganeh, Jacobson, "Delivery Rate Estimation", draft-cheng-iccrg-delivery-rate-estimation,
 * with the windowed maximum of BBR. A path that has been quiet for longer keeps its last value.
 */
export class DeliveryRate {
  #deliveredBytes = 0
  #deliveredAtMs = 0
  #slots: { slot: number; bytesPerMs: number }[] = []
  #latest: number | null = null

  /** Call as a batch leaves; `idle` where nothing was on its way. */
  mark(nowMs: number, idle: boolean): DeliveryMark {
    if (idle) this.#deliveredAtMs = nowMs
    return { deliveredBytes: this.#deliveredBytes, deliveredAtMs: this.#deliveredAtMs, sentAtMs: nowMs }
  }

  /** `bytes` arrived in all by an answer, whose newest batch left with `mark`. */
  delivered(bytes: number, mark: DeliveryMark, nowMs: number): void {
    this.#deliveredBytes += bytes
    this.#deliveredAtMs = nowMs
    const overMs = Math.max(SHORTEST_SAMPLE_MS, nowMs - mark.deliveredAtMs, nowMs - mark.sentAtMs)
    const bytesPerMs = (this.#deliveredBytes - mark.deliveredBytes) / overMs
    const slot = Math.floor(nowMs / RATE_SLOT_MS)
    const newest = this.#slots.at(-1)
    if (newest?.slot === slot) newest.bytesPerMs = Math.max(newest.bytesPerMs, bytesPerMs)
    else this.#slots.push({ slot, bytesPerMs })
    while ((this.#slots[0]?.slot ?? slot) <= slot - RATE_WINDOW_MS / RATE_SLOT_MS) this.#slots.shift()
    let latest = 0
    for (const kept of this.#slots) latest = Math.max(latest, kept.bytesPerMs)
    this.#latest = latest
  }

  /** Null until the first answer. */
  get bytesPerMs(): number | null {
    return this.#latest
  }
}

const LOSS_GAIN = 1 / 8

/** Share of beats that found no answer in time, and of connections that broke, smoothed. */
export class LossShare {
  share = 0

  seen(lost: boolean): void {
    this.share += LOSS_GAIN * (Number(lost) - this.share)
  }
}
