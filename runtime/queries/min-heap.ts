// A binary heap of small whole numbers that finds its members again, so that one whose order has changed can move.

/** Members are 0, 1, 2…, each at most once; `compare` reads an order that the owner keeps. */
export class MinHeap {
  readonly #compare: (a: number, b: number) => number
  readonly #heap: number[] = []
  /** Where in the heap each member is. */
  readonly #at: number[] = []

  constructor(compare: (a: number, b: number) => number) {
    this.#compare = compare
  }

  /** RangeError where the heap is empty. */
  get first(): number {
    const [first] = this.#heap
    if (first === undefined) throw new RangeError('the heap is empty')
    return first
  }

  clear(): void {
    this.#heap.length = 0
    this.#at.length = 0
  }

  push(member: number): void {
    let i = this.#heap.length
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = this.#heap[parent] as number
      if (this.#compare(above, member) <= 0) break
      this.#put(above, i)
      i = parent
    }
    this.#put(member, i)
  }

  /** A member comes later in the order than it did. */
  rose(member: number): void {
    let i = this.#at[member] as number
    for (;;) {
      const left = 2 * i + 1
      if (left >= this.#heap.length) break
      const right = left + 1
      const smaller =
        right < this.#heap.length &&
        this.#compare(this.#heap[right] as number, this.#heap[left] as number) < 0
          ? right
          : left
      const below = this.#heap[smaller] as number
      if (this.#compare(below, member) >= 0) break
      this.#put(below, i)
      i = smaller
    }
    this.#put(member, i)
  }

  #put(member: number, i: number): void {
    this.#heap[i] = member
    this.#at[member] = i
  }
}
