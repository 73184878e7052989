// Bounds what is sent twice: a share of what urgent lanes send, and a burst for the moment in which a path falls silent.
// Method: hedged requests after the 95th percentile (Dean, Barroso: "The Tail at Scale", CACM 56(2), 2013).

/** Twice what the percentile alone would hedge. */
const SHARE = 0.1
const BURST_BYTES = 64 * 1024

export interface HedgeCounters {
  batches: number
  bytes: number
  /** Batches that were not sent twice though they were late: the budget was used up. */
  withheld: number
}

export class HedgeBudget {
  readonly counters: HedgeCounters = { batches: 0, bytes: 0, withheld: 0 }
  #bytes = BURST_BYTES

  /** An urgent batch left for the first time. */
  earn(bytes: number): void {
    this.#bytes = Math.min(BURST_BYTES, this.#bytes + bytes * SHARE)
  }

  /** Whether a batch may go out a second time; counts it either way. A single large one may overdraw the budget. */
  spend(bytes: number): boolean {
    if (this.#bytes <= 0) {
      this.counters.withheld++
      return false
    }
    this.#bytes -= bytes
    this.counters.batches++
    this.counters.bytes += bytes
    return true
  }
}
