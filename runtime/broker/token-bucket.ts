// A rate limit with a burst: `ratePerS` tokens come in each second, at most `burst` are kept. What is here already is
// taken on credit, and the caller takes no more until that is paid back.

export interface Rate {
  ratePerS: number
  burst: number
}

export class TokenBucket {
  /** Shared by all buckets of a kind: there is one bucket for each session. */
  readonly #rate: Rate
  #tokens: number
  #atMs: number

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#atMs = nowMs
  }

  /** Takes one token. Returns the time, ms, until there is none owed: 0 within the limit. */
  take(nowMs: number): number {
    const { ratePerS, burst } = this.#rate
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#atMs) / 1000) * ratePerS)
    this.#atMs = nowMs
    this.#tokens -= 1
    return this.#tokens >= 0 ? 0 : (-this.#tokens / ratePerS) * 1000
  }
}
