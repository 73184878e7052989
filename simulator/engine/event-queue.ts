// The twin's clock: events in order of time, and of scheduling where times are equal.
//
// A 4-ary heap of times over typed arrays. What an event does lies in slots beside it: the handler that was registered
// for it and two numbers, so that scheduling and executing allocate nothing. Callbacks are for what is rare.

/** What the events of one sort do, with the two numbers that the event was scheduled with. */
export type Handler = (a: number, b: number) => void

const SLOTS_AT_FIRST = 1024
/** Where in a slot's numbers: its place in the order of scheduling, looked at only where times are equal; its handler, a, b. */
const ORDER = 0
const HANDLER = 1
const A = 2
const B = 3
const SLOT_NUMBERS = 4
/** Of events that are callbacks; their first number is their slot. */
const CALLBACK = 0

export class EventQueue {
  #nowMs = 0
  #size = 0
  #scheduled = 0
  /** The heap: when, and the slot that says what. */
  #time = new Float64Array(SLOTS_AT_FIRST)
  #slot = new Int32Array(SLOTS_AT_FIRST)
  /** What a slot says lies together: of many pending events each is far from the processor, and found at once. */
  #what = new Float64Array(SLOTS_AT_FIRST * SLOT_NUMBERS)
  /** Slots that are free: the first `#slot.length - #size`. */
  #free = Int32Array.from({ length: SLOTS_AT_FIRST }, (_, i) => SLOTS_AT_FIRST - 1 - i)
  readonly #callbacks: ((() => void) | undefined)[] = []
  readonly #handlers: Handler[] = [(slot) => this.#call(slot)]
  readonly #invariants: (() => void)[] = []
  executed = 0

  get nowMs(): number {
    return this.#nowMs
  }

  get pending(): number {
    return this.#size
  }

  /** Registers what events may do, once and before they come; what it returns is their `handler` in `schedule`. */
  handler(run: Handler): number {
    return this.#handlers.push(run) - 1
  }

  /**
   * Runs `handler` with `a` and `b` at `atMs`, or now where that has passed. Nothing is allocated for whole numbers
   * below 2³¹; others are carried exactly too.
   */
  schedule(atMs: number, handler: number, a = 0, b = 0): void {
    this.#push(atMs, handler, a, b)
  }

  /** Runs `callback` at `atMs`, or now where that has passed. For rare events: each allocates. */
  at(atMs: number, callback: () => void): void {
    const slot = this.#push(atMs, CALLBACK, 0, 0)
    this.#what[slot * SLOT_NUMBERS + A] = slot
    this.#callbacks[slot] = callback
  }

  after(delayMs: number, callback: () => void): void {
    this.at(this.#nowMs + delayMs, callback)
  }

  /** Executes the next event; false where none is left at or before `untilMs`. */
  step(untilMs: number): boolean {
    return this.run(untilMs, 1) === 1
  }

  /** Executes the events at or before `untilMs`, `most` of them at most; returns how many. */
  run(untilMs: number, most = Number.POSITIVE_INFINITY): number {
    const handlers = this.#handlers
    let done = 0
    while (done < most && this.#size > 0) {
      const atMs = this.#time[0] as number
      if (atMs > untilMs) break
      const slot = this.#slot[0] as number
      this.#nowMs = atMs
      this.#removeFirst()
      this.#free[this.#slot.length - this.#size - 1] = slot
      done++
      this.executed++
      const at = slot * SLOT_NUMBERS
      const what = this.#what
      const run = handlers[what[at + HANDLER] as number] as Handler
      run(what[at + A] as number, what[at + B] as number)
    }
    return done
  }

  /** What must hold of a run at any moment between two events: `check` throws where it does not. */
  invariant(check: () => void): void {
    this.#invariants.push(check)
  }

  /** Checks every invariant now; throws what the first that does not hold throws. */
  verify(): void {
    for (const check of this.#invariants) check()
  }

  #call(slot: number): void {
    const callback = this.#callbacks[slot] as () => void
    this.#callbacks[slot] = undefined
    callback()
  }

  /** Puts an event into the heap and returns its slot. */
  #push(atMs: number, handler: number, a: number, b: number): number {
    if (Number.isNaN(atMs)) throw new RangeError('an event needs a time')
    if (this.#size === this.#time.length) this.#grow()
    const slot = this.#free[this.#slot.length - this.#size - 1] as number
    const at = atMs > this.#nowMs ? atMs : this.#nowMs
    const what = this.#what
    const base = slot * SLOT_NUMBERS
    what[base + ORDER] = this.#scheduled++
    what[base + HANDLER] = handler
    what[base + A] = a
    what[base + B] = b
    const [time, slots] = [this.#time, this.#slot]
    // Later than all that is scheduled at the same time: it passes only what is later still.
    let i = this.#size++
    while (i > 0) {
      const parent = (i - 1) >> 2
      const parentTime = time[parent] as number
      if (at >= parentTime) break
      time[i] = parentTime
      slots[i] = slots[parent] as number
      i = parent
    }
    time[i] = at
    slots[i] = slot
    return slot
  }

  /** The last of the heap takes the first one's place, and sinks to where it belongs. */
  #removeFirst(): void {
    const size = --this.#size
    const [times, slots, what] = [this.#time, this.#slot, this.#what]
    const time = times[size] as number
    const slot = slots[size] as number
    let i = 0
    for (;;) {
      const first = 4 * i + 1
      if (first >= size) break
      const end = first + 4 < size ? first + 4 : size
      let least = first
      let leastTime = times[first] as number
      for (let child = first + 1; child < end; child++) {
        const childTime = times[child] as number
        if (childTime > leastTime) continue
        if (childTime === leastTime && orderOf(what, slots[child]) > orderOf(what, slots[least])) continue
        least = child
        leastTime = childTime
      }
      if (time < leastTime) break
      if (time === leastTime && orderOf(what, slot) < orderOf(what, slots[least])) break
      times[i] = leastTime
      slots[i] = slots[least] as number
      i = least
    }
    times[i] = time
    slots[i] = slot
  }

  #grow(): void {
    const from = this.#time.length
    const length = from * 2
    this.#time = enlarged(this.#time, new Float64Array(length))
    this.#slot = enlarged(this.#slot, new Int32Array(length))
    this.#what = enlarged(this.#what, new Float64Array(length * SLOT_NUMBERS))
    // Every slot is taken when it grows, so the new ones are all that are free.
    this.#free = Int32Array.from({ length }, (_, i) => length - 1 - i)
  }
}

function orderOf(what: Float64Array, slot: number | undefined): number {
  return what[(slot as number) * SLOT_NUMBERS + ORDER] as number
}

function enlarged<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
