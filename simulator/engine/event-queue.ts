// The twin's clock: events in order of time, and of scheduling where times are equal.
// A 4-ary heap over typed arrays; the callbacks sit in slots beside it.

const ARITY = 4
const SLOTS_AT_FIRST = 1024

export class EventQueue {
  #nowMs = 0
  #time = new Float64Array(SLOTS_AT_FIRST)
  #order = new Float64Array(SLOTS_AT_FIRST)
  #slot = new Int32Array(SLOTS_AT_FIRST)
  #size = 0
  #scheduled = 0
  readonly #callbacks: ((() => void) | undefined)[] = []
  readonly #freeSlots: number[] = []
  executed = 0

  get nowMs(): number {
    return this.#nowMs
  }

  get pending(): number {
    return this.#size
  }

  /** Runs `callback` at `atMs`, or now where that has passed. */
  at(atMs: number, callback: () => void): void {
    if (Number.isNaN(atMs)) throw new RangeError('an event needs a time')
    if (this.#size === this.#time.length) this.#grow()
    const slot = this.#freeSlots.pop() ?? this.#callbacks.length
    this.#callbacks[slot] = callback
    this.#up(this.#size++, Math.max(atMs, this.#nowMs), this.#scheduled++, slot)
  }

  after(delayMs: number, callback: () => void): void {
    this.at(this.#nowMs + delayMs, callback)
  }

  /** Executes the next event; false where none is left at or before `untilMs`. */
  step(untilMs: number): boolean {
    if (this.#size === 0 || (this.#time[0] as number) > untilMs) return false
    this.#nowMs = this.#time[0] as number
    const slot = this.#slot[0] as number
    const callback = this.#callbacks[slot] as () => void
    this.#callbacks[slot] = undefined
    this.#freeSlots.push(slot)
    this.#size--
    if (this.#size > 0) {
      const from = this.#size
      this.#down(this.#time[from] as number, this.#order[from] as number, this.#slot[from] as number)
    }
    this.executed++
    callback()
    return true
  }

  #up(from: number, time: number, order: number, slot: number): void {
    let i = from
    while (i > 0) {
      const parent = (i - 1) >> 2
      if (!this.#before(time, order, parent)) break
      this.#move(parent, i)
      i = parent
    }
    this.#put(i, time, order, slot)
  }

  #down(time: number, order: number, slot: number): void {
    let i = 0
    for (;;) {
      const first = i * ARITY + 1
      if (first >= this.#size) break
      let least = first
      const end = Math.min(first + ARITY, this.#size)
      for (let child = first + 1; child < end; child++) {
        if (this.#before(this.#time[child] as number, this.#order[child] as number, least)) least = child
      }
      if (this.#before(time, order, least)) break
      this.#move(least, i)
      i = least
    }
    this.#put(i, time, order, slot)
  }

  #before(time: number, order: number, j: number): boolean {
    const other = this.#time[j] as number
    return time < other || (time === other && order < (this.#order[j] as number))
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#time[from] as number, this.#order[from] as number, this.#slot[from] as number)
  }

  #put(i: number, time: number, order: number, slot: number): void {
    this.#time[i] = time
    this.#order[i] = order
    this.#slot[i] = slot
  }

  #grow(): void {
    const length = this.#time.length * 2
    const [time, order, slot] = [this.#time, this.#order, this.#slot]
    this.#time = new Float64Array(length)
    this.#order = new Float64Array(length)
    this.#slot = new Int32Array(length)
    this.#time.set(time)
    this.#order.set(order)
    this.#slot.set(slot)
  }
}
