// Where the records of one lane lie in the log: one entry per block that holds any, in order of the lane.

export interface Position {
  segment: number
  offset: number
  /** Bytes of the whole frame. */
  length: number
  /** Records of the lane in the block: these and all between them. */
  first: number
  last: number
}

/** Entries dropped from the front before the rest is moved up. */
const DROPPED_MAX = 4_096

export class PositionIndex {
  #positions: Position[] = []
  #head = 0

  /** Lane sequence of the oldest record that can be read; null where there is none. */
  get first(): number | null {
    return this.#positions[this.#head]?.first ?? null
  }

  /** Blocks come in lane order. */
  push(position: Position): void {
    this.#positions.push(position)
  }

  get(laneSeq: number): Position | undefined {
    const found = this.#positions[this.#search(({ last }) => last >= laneSeq)]
    return found && found.first <= laneSeq ? found : undefined
  }

  /** Forgets the blocks of all segments before this one. */
  dropBefore(segment: number): void {
    this.#head = this.#search((position) => position.segment >= segment)
    if (this.#head > DROPPED_MAX && this.#head * 2 > this.#positions.length) {
      this.#positions = this.#positions.slice(this.#head)
      this.#head = 0
    }
  }

  /** The segment was written anew: the same records in other blocks. */
  replace(segment: number, positions: readonly Position[]): void {
    const from = this.#search((position) => position.segment >= segment)
    const to = this.#search((position) => position.segment > segment)
    this.#positions = [...this.#positions.slice(this.#head, from), ...positions, ...this.#positions.slice(to)]
    this.#head = 0
  }

  /** The first kept entry for which `holds`, which holds for all behind it; their number where it does for none. */
  #search(holds: (position: Position) => boolean): number {
    let low = this.#head
    let high = this.#positions.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (holds(this.#positions[middle] as Position)) high = middle
      else low = middle + 1
    }
    return low
  }
}
