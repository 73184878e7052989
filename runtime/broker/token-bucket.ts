// A rate limit with a burst: `ratePerS` tokens come in each second, at most `burst` are kept. What is here already is
// taken on credit, and the caller takes no more until that is paid back.

export class TokenBucket {
  readonly #ratePerS: number
  readonly #burst: number
  #tokens: number
  #atMs: number

  constructor(ratePerS: number, burst: number, nowMs: number) {
    this.#ratePerS = ratePerS
    this.#burst = burst
    this.#tokens = burst
    this.#atMs = nowMs
  }

  /** Takes one token. Returns the time, ms, until there is none owed: 0 within the limit. */
  take(nowMs: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#atMs) / 1000) * this.#ratePerS)
    this.#atMs = nowMs
    this.#tokens -= 1
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#ratePerS) * 1000
  }
}
