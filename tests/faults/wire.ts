// One connection between two machines: frames arrive late, in order, or not at all; its end is told late, or lost.
import type { EventQueue } from './event-queue.ts'

export interface WireEnd<Frame> {
  frame: (frame: Frame) => void
  closed: () => void
}

/** What a frame passes through. */
export interface Way {
  /** Drawn for each frame. */
  delayMs: () => number
  /** Nothing passes before this time. */
  stalledUntilMs: () => number
}

/** `Up` is what the end that connected sends, `Down` what it gets. */
export class Wire<Up, Down> {
  readonly #queue: EventQueue
  readonly #way: Way
  #upEnd: WireEnd<Up> | null
  #downEnd: WireEnd<Down> | null
  #upClearMs = 0
  #downClearMs = 0

  constructor(queue: EventQueue, way: Way, server: WireEnd<Up>, client: WireEnd<Down>) {
    this.#queue = queue
    this.#way = way
    this.#upEnd = server
    this.#downEnd = client
  }

  up(frame: Up): void {
    this.#upClearMs = this.#pass(this.#upClearMs, () => this.#upEnd?.frame(frame))
  }

  down(frame: Down): void {
    this.#downClearMs = this.#pass(this.#downClearMs, () => this.#downEnd?.frame(frame))
  }

  /** The end that connected goes: what it sent arrives, what comes is not heard. */
  closeFromClient(): void {
    this.#downEnd = null
    this.#upClearMs = this.#pass(this.#upClearMs, () => this.#endServer())
  }

  closeFromServer(): void {
    this.#upEnd = null
    this.#downClearMs = this.#pass(this.#downClearMs, () => this.#endClient())
  }

  /** What is on its way is lost, and both ends are told. */
  reset(): void {
    this.#endServer()
    this.#endClient()
  }

  /** The server's machine is gone: what it sent is lost, and the client finds out after `afterMs`. */
  vanish(afterMs: number): void {
    this.#upEnd = null
    const client = this.#downEnd
    this.#downEnd = null
    this.#queue.after(afterMs, () => client?.closed())
  }

  #pass(clearMs: number, arrive: () => void): number {
    const arrivesMs = Math.max(clearMs, this.#way.stalledUntilMs(), this.#queue.nowMs + this.#way.delayMs())
    this.#queue.at(arrivesMs, arrive)
    return arrivesMs
  }

  #endServer(): void {
    const server = this.#upEnd
    this.#upEnd = null
    server?.closed()
  }

  #endClient(): void {
    const client = this.#downEnd
    this.#downEnd = null
    client?.closed()
  }
}
