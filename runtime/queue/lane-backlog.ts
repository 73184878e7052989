// The records of one lane that central does not have yet, by size only: the records themselves stay in the log. Sizes
// of what central has are kept too, as long as the log keeps the records, for a central that went back in time.

/** Of records that central has, at most: a central restored from a backup is refilled from here. */
const APPLIED_SIZES_MAX = 2 ** 20
/** What a record counts once its content was shed: `null,` on the wire. */
export const SHED_BYTES = 5

export class LaneBacklog {
  /** Central has everything up to here. */
  applied = 0
  /** Sent on the current connection up to here; at least `applied`. */
  sent = 0
  /** Newest record of the lane. */
  last = 0
  bytes = 0
  /** Of the records from `#first` on, behind `#head` that were dropped. */
  #sizes: number[] = []
  #head = 0
  #first = 1

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
    let count = 0
    let bytes = 0
    while (count < recordsMax && this.sent + count < this.last) {
      const next = this.#size(this.sent + count + 1)
      if (count > 0 && bytes + next > bytesMax) break
      bytes += next
      count++
    }
    return { count, bytes }
  }

  /** Moves the watermark; returns whether it moved. Never back: that is `rewind`. */
  advance(through: number): boolean {
    if (through <= this.applied) return false
    const to = Math.min(through, this.last)
    const moved = to > this.applied
    for (let laneSeq = this.applied + 1; laneSeq <= to; laneSeq++) this.bytes -= this.#size(laneSeq)
    this.applied = to
    if (this.sent < to) this.sent = to
    this.keepFrom(to - APPLIED_SIZES_MAX + 1)
    return moved
  }

  /**
   * Central has no more than up to `to`, though it had more: what follows waits for it again. False, and nothing is
   * changed, where that is no longer kept.
   */
  rewind(to: number): boolean {
    if (to >= this.applied) return true
    if (to + 1 < this.#first) return false
    for (let laneSeq = to + 1; laneSeq <= this.applied; laneSeq++) this.bytes += this.#size(laneSeq)
    this.applied = to
    this.sent = to
    return true
  }

  /** The log has let go of what is before `laneSeq`. */
  keepFrom(laneSeq: number): void {
    const gone = Math.min(laneSeq, this.applied + 1) - this.#first
    if (gone <= 0) return
    this.#first += gone
    this.#head += gone
    if (this.#head > 4096 && this.#head * 2 > this.#sizes.length) {
      this.#sizes = this.#sizes.slice(this.#head)
      this.#head = 0
    }
  }

  /** The content of this record is gone. */
  shed(laneSeq: number): void {
    if (laneSeq < this.#first || laneSeq > this.last) return
    if (laneSeq > this.applied) this.bytes += SHED_BYTES - this.#size(laneSeq)
    this.#sizes[this.#at(laneSeq)] = SHED_BYTES
  }

  /** Starts a lane whose first `last` records are known to be applied. */
  reset(last: number): void {
    this.applied = last
    this.sent = last
    this.last = last
    this.bytes = 0
    this.#sizes = []
    this.#head = 0
    this.#first = last + 1
  }

  #at(laneSeq: number): number {
    return this.#head + laneSeq - this.#first
  }

  #size(laneSeq: number): number {
    return this.#sizes[this.#at(laneSeq)] as number
  }
}
