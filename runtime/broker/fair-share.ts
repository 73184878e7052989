// How much of the door one address may take, when one attacker has an address and a whole hall may have one too.
//
// Sessions: dynamic thresholds (Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998). An address may
// hold at most α times the sessions that are still free, α = share / (1 − share). Alone it reaches `share` of them
// all; k such reach α / (1 + kα) each, and some always stay free for who comes next. Nobody is counted while there is
// room. Rate: a bucket for all, which keeps the sessions there are from starving, and one of `share` of it for each.

export interface FairShareOptions {
  sessionsMax: number
  ratePerS: number
  burst: number
  /** From 0 to 1, both excluded. */
  share: number
}

/** Buckets kept of addresses without a session. Beyond, the longest silent is forgotten, and is then as a new one. */
const IDLE_MAX = 16_384

interface Account {
  sessions: number
  bucket: Bucket
}

/** `taken`: it has a session more. `rate`: not now. `share`: the address has more than its share. `full`: nobody. */
export type Taking = { verdict: 'taken' | 'share' | 'full' } | { verdict: 'rate'; waitMs: number }

export class FairShare {
  readonly #options: FairShareOptions
  readonly #all: Bucket
  /** Bounded by the sessions. */
  readonly #holding = new Map<string, Account>()
  /** The longest silent first. */
  readonly #idle = new Map<string, Account>()
  #sessions = 0

  constructor(options: FairShareOptions, nowMs: number) {
    this.#options = options
    this.#all = new Bucket(options.burst, nowMs)
  }

  get sessions(): number {
    return this.#sessions
  }

  /** Addresses that something is known of. */
  get addresses(): number {
    return this.#holding.size + this.#idle.size
  }

  take(address: string, nowMs: number): Taking {
    const { sessionsMax, ratePerS, burst, share } = this.#options
    if (this.#sessions >= sessionsMax) return { verdict: 'full' }
    const account = this.#accountOf(address, nowMs)
    const most = (share / (1 - share)) * (sessionsMax - this.#sessions)
    if (account.sessions >= most) return { verdict: 'share' }

    const waitMs = Math.max(
      account.bucket.waitMs(ratePerS * share, Math.max(1, burst * share), nowMs),
      this.#all.waitMs(ratePerS, burst, nowMs),
    )
    if (waitMs > 0) return { verdict: 'rate', waitMs }
    account.bucket.take()
    this.#all.take()
    account.sessions++
    this.#sessions++
    this.#idle.delete(address)
    this.#holding.set(address, account)
    return { verdict: 'taken' }
  }

  /** Gives one session back. */
  release(address: string): void {
    const account = this.#holding.get(address)
    if (!account) return
    this.#sessions--
    account.sessions--
    if (account.sessions > 0) return
    this.#holding.delete(address)
    this.#keepIdle(address, account)
  }

  #accountOf(address: string, nowMs: number): Account {
    const held = this.#holding.get(address)
    if (held) return held
    const { burst, share } = this.#options
    const account = this.#idle.get(address) ?? {
      sessions: 0,
      bucket: new Bucket(Math.max(1, burst * share), nowMs),
    }
    this.#keepIdle(address, account)
    return account
  }

  #keepIdle(address: string, account: Account): void {
    this.#idle.delete(address)
    this.#idle.set(address, account)
    if (this.#idle.size <= IDLE_MAX) return
    const [longest] = this.#idle.keys()
    if (longest !== undefined) this.#idle.delete(longest)
  }
}

/** A token bucket that gives nothing on credit: who is refused owes nothing. */
class Bucket {
  #tokens: number
  #atMs: number

  constructor(tokens: number, nowMs: number) {
    this.#tokens = tokens
    this.#atMs = nowMs
  }

  /** Until there is a token, ms; 0 is now. */
  waitMs(ratePerS: number, burst: number, nowMs: number): number {
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#atMs) / 1000) * ratePerS)
    this.#atMs = nowMs
    return this.#tokens >= 1 ? 0 : ((1 - this.#tokens) / ratePerS) * 1000
  }

  take(): void {
    this.#tokens--
  }
}
