// The processor of a PoP's machine under virtual time: the main thread, the threads of its sessions, and CPU credits.
// In standard mode a machine without credits left has its baseline, which its busy threads share; in unlimited mode it
// goes on and owes (simulator/costs/cpu-credits.ts has AWS's rules, and keeps the balance here too).
import type { CreditMode } from '../../infra/event/event.ts'
import { type BurstableSize, type CreditState, runLoad } from '../costs/cpu-credits.ts'
import { LittleLine } from '../engine/little.ts'

export interface CreditAccount {
  size: BurstableSize
  mode: CreditMode
  /** Balance at time 0. */
  state: CreditState
}

export interface ProcessorOptions {
  clock: { readonly nowMs: number }
  /** How fast one core is, as a multiple of the machine that the work's times were measured on. */
  speed: number
  /** Threads that have nothing to do but sessions; 0: the main thread does that too. */
  sessionThreads: number
  /** Processor time that goes by itself, as a share of one core of the measured machine. */
  idleShare: number
  /** null: a machine whose speed does not depend on what it did before. */
  credits: CreditAccount | null
}

/** Longest time between two entries in the account, ms. */
const SETTLE_MS = 1_000
const MS_PER_HOUR = 3_600_000
const MS_PER_CREDIT = 60_000

/** All work is given in ms of the machine that it was measured on. */
export class Processor {
  readonly speed: number
  readonly sessionThreads: number
  readonly #clock: { readonly nowMs: number }
  readonly #idleShare: number
  readonly #account: CreditAccount | null
  #state: CreditState
  /** Credits that come in while one core-ms goes by, in core-ms. */
  readonly #earn: number
  /** Up to when the account knows what was done. */
  #settledMs = 0
  /** Work that the account does not know yet, ms of one core. */
  #unsettledMs = 0
  /** When the main thread, and the threads of sessions, are next free. */
  #mainFreeMs = 0
  #sessionsFreeMs = 0
  readonly #mainLine = new LittleLine('the main thread of a PoP')
  readonly #sessionsLine = new LittleLine('the session threads of a PoP')
  /** When the work queued last starts. */
  #startedMs = 0
  /** Processor time of this machine, ms of one core, without what goes by itself. */
  busyMs = 0
  throttledMs = 0

  constructor({ clock, speed, sessionThreads, idleShare, credits }: ProcessorOptions) {
    if (!(speed > 0)) throw new RangeError(`a processor of speed ${speed} never ends its work`)
    this.speed = speed
    this.sessionThreads = sessionThreads
    this.#clock = clock
    this.#idleShare = idleShare / speed
    this.#account = credits
    this.#state = credits?.state ?? { launch: 0, earned: 0, surplus: 0, charged: 0 }
    this.#earn = credits === null ? 1 : credits.size.creditsPerHour / 60
  }

  /** Queues work for the main thread now; returns when it is done. */
  main(workMs: number): number {
    const startMs = Math.max(this.#clock.nowMs, this.#mainFreeMs)
    this.#mainFreeMs = this.#serve(
      startMs,
      workMs / this.speed,
      this.#sessionsFreeMs > startMs ? this.sessionThreads : 0,
    )
    this.#mainLine.add(this.#clock.nowMs, this.#mainFreeMs)
    return this.#mainFreeMs
  }

  /** Queues work that is spread evenly over the threads of sessions, the main thread where there are none. */
  sessions(workMs: number): number {
    if (this.sessionThreads === 0) return this.main(workMs)
    const startMs = Math.max(this.#clock.nowMs, this.#sessionsFreeMs)
    const threads = this.sessionThreads
    this.#sessionsFreeMs = this.#serve(
      startMs,
      workMs / this.speed / threads,
      this.#mainFreeMs > startMs ? 1 : 0,
      threads,
    )
    this.#sessionsLine.add(this.#clock.nowMs, this.#sessionsFreeMs)
    return this.#sessionsFreeMs
  }

  /**
   * As `main`, for work whose time on the measured machine is counted elsewhere: when it may begin so that it ends in time.
   * Later calls never return earlier times.
   */
  beginMain(workMs: number): number {
    const doneMs = this.main(workMs)
    return Math.max(this.#startedMs, doneMs - workMs)
  }

  /** As `sessions`, in the same way. */
  beginSessions(workMs: number): number {
    const doneMs = this.sessions(workMs)
    return Math.max(this.#startedMs, doneMs - workMs / Math.max(1, this.sessionThreads))
  }

  /** As `sessions`, and when the work that was queued last starts. */
  startSessions(workMs: number): { startMs: number; doneMs: number } {
    const doneMs = this.sessions(workMs)
    return { startMs: this.#startedMs, doneMs }
  }

  /**
   * Work in many small pieces that nobody else waits for. Returns how much longer than on the measured machine it takes,
   * ms: never less than 0.
   */
  background(workMs: number): number {
    const ownMs = workMs / this.speed
    this.busyMs += ownMs
    this.#unsettledMs += ownMs
    const baseline = this.#account?.mode === 'standard' && this.#leftMs() <= 0 ? Math.min(1, this.#earn) : 1
    return Math.max(0, ownMs / baseline - workMs)
  }

  /** Throws InternalError where Little's law does not hold of its queues up to now. */
  verify(): void {
    this.#mainLine.check(this.#clock.nowMs)
    this.#sessionsLine.check(this.#clock.nowMs)
  }

  /** The account at `untilMs`; null where the machine has none. */
  creditsAt(untilMs: number): CreditState | null {
    if (this.#account === null) return null
    this.#settle(untilMs)
    return this.#state
  }

  /** When `threads` that start together have each done `workMs`, with `others` busy beside them. */
  #serve(startMs: number, workMs: number, others: number, threads = 1): number {
    this.#startedMs = startMs
    this.busyMs += workMs * threads
    const account = this.#account
    if (account === null) return startMs + workMs
    const busy = threads + others
    const mayThrottle = account.mode === 'standard' && busy > this.#earn
    if (startMs - this.#settledMs >= SETTLE_MS || (mayThrottle && this.#leftMs() < workMs * busy)) {
      this.#settle(startMs)
    }
    const tookMs = mayThrottle ? this.#throttled(workMs, busy) : workMs
    this.#unsettledMs += workMs * threads
    this.throttledMs += tookMs - workMs
    return startMs + tookMs
  }

  /** At full speed until the credits are gone, then at a share of what comes in. */
  #throttled(workMs: number, busy: number): number {
    const leftMs = this.#leftMs()
    const fullMs = Math.max(0, leftMs) / (busy - this.#earn)
    if (workMs <= fullMs) return workMs
    const owedMs = Math.max(0, -leftMs)
    return fullMs + ((workMs - fullMs) * busy + owedMs) / this.#earn
  }

  /** What may be spent, ms of one core; below 0 where more was done than there was. */
  #leftMs(): number {
    return (this.#state.launch + this.#state.earned) * MS_PER_CREDIT - this.#unsettledMs
  }

  #settle(untilMs: number): void {
    const account = this.#account
    const overMs = untilMs - this.#settledMs
    if (account === null || overMs <= 0) return
    this.#settledMs = untilMs
    const spentMs = this.#unsettledMs + overMs * this.#idleShare
    const load = { hours: overMs / MS_PER_HOUR, cpuPct: (spentMs / overMs / account.size.vcpus) * 100 }
    const { state, servedVcpuMinutes } = runLoad(account.size, account.mode, this.#state, load)
    this.#state = state
    // What there were no credits for stays to be paid by those to come.
    const unpaidMs = spentMs - servedVcpuMinutes * MS_PER_CREDIT
    this.#unsettledMs = unpaidMs > 1e-6 ? unpaidMs : 0
  }
}
