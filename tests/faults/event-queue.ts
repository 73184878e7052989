// Virtual time: what happens when, in one order that a seed repeats.

interface Event {
  atMs: number
  order: number
  happen: () => void
}

/** Events that may wait at once: a world that plans more grows without bound. */
const EVENTS_MAX = 20_000

export class EventQueue {
  nowMs = 0
  /** Events so far. */
  happened = 0
  /** A heap: none is later than those below it. */
  readonly #heap: Event[] = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  after(delayMs: number, happen: () => void): void {
    this.at(this.nowMs + delayMs, happen)
  }

  at(atMs: number, happen: () => void): void {
    const event = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, happen }
    if (this.#heap.length >= EVENTS_MAX) throw new Error(`more than ${EVENTS_MAX} events wait`)
    let i = this.#heap.push(event) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!isBefore(event, this.#heap[parent] as Event)) break
      this.#heap[i] = this.#heap[parent] as Event
      i = parent
    }
    this.#heap[i] = event
  }

  /**
   * Lets time pass until `untilMs`, or until `done`. After each event everything that is asynchronous and waits for
   * no other event comes to its end, so that the order of events is the only order there is.
   */
  async run(untilMs: number, done: () => boolean = () => false): Promise<void> {
    while (!done()) {
      const next = this.#heap[0]
      if (next === undefined || next.atMs > untilMs) {
        this.nowMs = untilMs
        return
      }
      this.#take()
      this.nowMs = next.atMs
      this.happened++
      next.happen()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #take(): void {
    const last = this.#heap.pop() as Event
    const { length } = this.#heap
    if (length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= length) break
      if (child + 1 < length && isBefore(this.#heap[child + 1] as Event, this.#heap[child] as Event)) child++
      if (isBefore(last, this.#heap[child] as Event)) break
      this.#heap[i] = this.#heap[child] as Event
      i = child
    }
    this.#heap[i] = last
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
