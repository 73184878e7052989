// A first-come, first-served station with `servers` equal servers: a processor, a disk, a link's transmitter.
import type { EventQueue } from './event-queue.ts'

export class Station {
  readonly #clock: EventQueue
  /** When each server is free next. */
  readonly #freeAtMs: number[]
  busyMs = 0

  constructor(clock: EventQueue, servers = 1) {
    if (!(servers >= 1)) throw new RangeError(`a station needs at least one server, not ${servers}`)
    this.#clock = clock
    this.#freeAtMs = new Array(servers).fill(0)
  }

  /** Queues `serviceMs` of work now; returns when it is done. */
  serve(serviceMs: number): number {
    let first = 0
    for (let i = 1; i < this.#freeAtMs.length; i++) {
      if ((this.#freeAtMs[i] as number) < (this.#freeAtMs[first] as number)) first = i
    }
    const doneMs = Math.max(this.#clock.nowMs, this.#freeAtMs[first] as number) + serviceMs
    this.#freeAtMs[first] = doneMs
    this.busyMs += serviceMs
    return doneMs
  }
}
