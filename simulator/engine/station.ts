// A first-come, first-served station with `servers` equal servers: a processor, a disk, a link's transmitter.
// Little's law is checked on each of them whenever its clock is.
import type { EventQueue } from './event-queue.ts'
import { LittleLine } from './little.ts'

interface Server {
  freeAtMs: number
  line: LittleLine
}

export class Station {
  readonly #clock: EventQueue
  readonly #servers: Server[]
  busyMs = 0

  /** `name` is for the error where Little's law does not hold. */
  constructor(clock: EventQueue, servers = 1, name = 'a station') {
    if (!(servers >= 1)) throw new RangeError(`a station needs at least one server, not ${servers}`)
    this.#clock = clock
    this.#servers = Array.from({ length: servers }, () => ({ freeAtMs: 0, line: new LittleLine(name) }))
    clock.invariant(() => {
      for (const { line } of this.#servers) line.check(clock.nowMs)
    })
  }

  /** Queues `serviceMs` of work now; returns when it is done. */
  serve(serviceMs: number): number {
    const { nowMs } = this.#clock
    const server = this.#firstFree()
    const doneMs = Math.max(nowMs, server.freeAtMs) + serviceMs
    server.freeAtMs = doneMs
    server.line.add(nowMs, doneMs)
    this.busyMs += serviceMs
    return doneMs
  }

  #firstFree(): Server {
    let first = this.#servers[0] as Server
    for (let i = 1; i < this.#servers.length; i++) {
      const server = this.#servers[i] as Server
      if (server.freeAtMs < first.freeAtMs) first = server
    }
    return first
  }
}
