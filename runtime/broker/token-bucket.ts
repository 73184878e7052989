// A rate limit with a burst: `ratePerS` tokens come in each second, at most `burst` are kept.

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

  /** Takes one token if there is one. */
  take(nowMs: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#atMs) / 1000) * this.#ratePerS)
    this.#atMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
