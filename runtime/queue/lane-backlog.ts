// The records of one lane that central does not have yet, by size only: the records themselves stay in the log.

export class LaneBacklog {
  /** Central has everything up to here. */
  applied = 0
  /** Sent on the current connection up to here; at least `applied`. */
  sent = 0
  /** Newest record of the lane. */
  last = 0
  #sizes: number[] = []
  #head = 0
  bytes = 0

  get count(): number {
    return this.last - this.applied
  }

  get unsent(): boolean {
    return this.sent < this.last
  }

  push(bytes: number): void {
    this.#sizes.push(bytes)
    this.bytes += bytes
    this.last++
  }

  /** How many records from `sent + 1` on fit into a batch, at least one, and their bytes. */
  batch(recordsMax: number, bytesMax: number): { count: number; bytes: number } {
    const start = this.#head + (this.sent - this.applied)
    let count = 0
    let bytes = 0
    while (count < recordsMax && start + count < this.#sizes.length) {
      const next = this.#sizes[start + count] as number
      if (count > 0 && bytes + next > bytesMax) break
      bytes += next
      count++
    }
    return { count, bytes }
  }

  /** Moves the watermark; returns whether it moved. Never back: central forgets nothing. */
  advance(through: number): boolean {
    if (through <= this.applied) return false
    const to = Math.min(through, this.last)
    const gone = to - this.applied
    for (let i = 0; i < gone; i++) this.bytes -= this.#sizes[this.#head + i] as number
    this.#head += gone
    this.applied = to
    if (this.sent < to) this.sent = to
    if (this.#head > 4096 && this.#head * 2 > this.#sizes.length) {
      this.#sizes = this.#sizes.slice(this.#head)
      this.#head = 0
    }
    return gone > 0
  }

  /** Starts a lane whose first `last` records are known to be applied. */
  reset(last: number): void {
    this.applied = last
    this.sent = last
    this.last = last
    this.bytes = 0
    this.#sizes = []
    this.#head = 0
  }
}
