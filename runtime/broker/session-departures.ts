// When a PoP is drained: which session is to go when. Each is told its time at once, and is closed when it has come.
import type { DrainSchedule } from './drain.ts'
import type { Session } from './session.ts'

const WHY = 'the PoP is going away'

export class SessionDepartures {
  readonly #leaving: { session: Session; atMs: number }[]
  #next = 0

  /** `nowMs`: monotonic, as in `close`. */
  constructor(sessions: Iterable<Session>, { firstMs, stepMs }: DrainSchedule, nowMs: number) {
    this.#leaving = [...sessions].map((session, n) => ({ session, atMs: nowMs + firstMs + n * stepMs }))
    for (const { session, atMs } of this.#leaving) {
      session.tell({ t: 'goodbye', reconnectMs: Math.round(atMs - nowMs), why: WHY })
    }
  }

  /** Closes those whose time has come; false once none is left. */
  close(nowMs: number): boolean {
    for (let next = this.#leaving[this.#next]; next && next.atMs <= nowMs; next = this.#leaving[this.#next]) {
      next.session.close(1001, WHY)
      this.#next++
    }
    return this.#next < this.#leaving.length
  }
}
