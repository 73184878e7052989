// Where the records of one lane lie in the log: one position per record not yet applied, by lane sequence.

export interface Position {
  segment: number
  offset: number
  /** Bytes of the whole frame. */
  length: number
}

const OFFSET_RANGE = 2 ** 32

export class PositionIndex {
  /** Lane sequence of the first entry kept. */
  #base = 1
  #at: number[] = []
  #length: number[] = []
  #head = 0

  /** Positions come in lane order; the first one pushed sets where the index starts. */
  push(laneSeq: number, position: Position): void {
    if (this.#at.length === this.#head) {
      this.#at = []
      this.#length = []
      this.#head = 0
      this.#base = laneSeq
    }
    this.#at.push(position.segment * OFFSET_RANGE + position.offset)
    this.#length.push(position.length)
  }

  get(laneSeq: number): Position | undefined {
    const i = this.#head + (laneSeq - this.#base)
    const at = i >= this.#head ? this.#at[i] : undefined
    if (at === undefined) return undefined
    return {
      segment: Math.floor(at / OFFSET_RANGE),
      offset: at % OFFSET_RANGE,
      length: this.#length[i] as number,
    }
  }

  dropThrough(laneSeq: number): void {
    const gone = Math.min(laneSeq - this.#base + 1, this.#at.length - this.#head)
    if (gone <= 0) return
    this.#head += gone
    this.#base += gone
    if (this.#head > 4096 && this.#head * 2 > this.#at.length) {
      this.#at = this.#at.slice(this.#head)
      this.#length = this.#length.slice(this.#head)
      this.#head = 0
    }
  }
}
