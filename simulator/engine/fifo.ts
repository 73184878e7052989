// First in, first out, without an allocation for each: what passes a station, a link or a disk in order.

/** The room before the first is taken back once it is this much, and more than half. */
const SLACK = 1024

export class Fifo<T> {
  /** From `#head` to before `#tail`; the rest is room that was used before. */
  readonly #items: T[] = []
  #head = 0
  #tail = 0

  get size(): number {
    return this.#tail - this.#head
  }

  /** The one that is `i` behind the first; undefined where there is none. */
  at(i: number): T | undefined {
    return i < this.size ? this.#items[this.#head + i] : undefined
  }

  push(item: T): void {
    if (this.#tail === this.#items.length) this.#items.push(item)
    else this.#items[this.#tail] = item
    this.#tail++
  }

  /** Takes the first out. Throws RangeError where there is none. */
  shift(): T {
    if (this.#head === this.#tail) throw new RangeError('nothing is left to take')
    const item = this.#items[this.#head++] as T
    if (this.#head === this.#tail) {
      this.#head = 0
      this.#tail = 0
    } else if (this.#head > SLACK && this.#head * 2 > this.#tail) {
      this.#items.copyWithin(0, this.#head, this.#tail)
      this.#tail -= this.#head
      this.#head = 0
    }
    return item
  }

  /** From the one that is `from` behind the first, `count` at most. */
  slice(from: number, count: number): T[] {
    const start = this.#head + from
    return this.#items.slice(start, Math.min(this.#tail, start + count))
  }
}
