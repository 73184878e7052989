// Latencies by row of time: one small histogram a second or a block of seconds. Memory grows with rows and the bins
// that they use, never with samples.
import { BINS, type Binned } from './latency-bins.ts'

/** Rows held open, by their number modulo this: what comes nearly in order of time fills each row once. */
const OPEN = 32
const ENTRIES_AT_FIRST = 4_096
const CHUNKS_AT_FIRST = 256

/** A row being filled: weights by bin, of which those between `least` and `greatest` may be above zero. */
interface OpenRow {
  row: number
  weights: Uint32Array
  least: number
  greatest: number
}

export class LatencyRows {
  readonly #rows: number
  readonly #open: OpenRow[]
  /** What is no longer open: entries of bin and weight, in chunks of one row each. */
  #bin = new Uint16Array(ENTRIES_AT_FIRST)
  #weight = new Uint32Array(ENTRIES_AT_FIRST)
  #entries = 0
  #chunkRow = new Int32Array(CHUNKS_AT_FIRST)
  #chunkStart = new Int32Array(CHUNKS_AT_FIRST)
  #chunks = 0

  constructor(rows: number) {
    this.#rows = rows
    this.#open = Array.from({ length: Math.min(OPEN, rows) }, (_, row) => emptyRow(row))
  }

  /** `weight`: a whole number; those of a row and bin below 2³² together. */
  add(row: number, bin: number, weight: number): void {
    const open = this.#open[row % this.#open.length] as OpenRow
    if (open.row !== row) {
      this.#close(open)
      open.row = row
    }
    open.weights[bin] = (open.weights[bin] as number) + weight
    if (bin < open.least) open.least = bin
    if (bin > open.greatest) open.greatest = bin
  }

  /** Calls `take` with each row that holds something, ascending; what it is given is valid during the call. */
  forEach(take: (row: number, binned: Binned) => void): void {
    for (const open of this.#open) this.#close(open)
    this.#merge()
    for (let chunk = 0; chunk < this.#chunks; chunk++) {
      const [from, to] = [this.#chunkStart[chunk] as number, this.#chunkEnd(chunk)]
      const binned = { bins: this.#bin.subarray(from, to), weights: this.#weight.subarray(from, to) }
      take(this.#chunkRow[chunk] as number, binned)
    }
  }

  #chunkEnd(chunk: number): number {
    return chunk + 1 < this.#chunks ? (this.#chunkStart[chunk + 1] as number) : this.#entries
  }

  #close(open: OpenRow): void {
    if (open.greatest < 0) return
    this.#reserve(open.greatest - open.least + 1)
    this.#append(open.row, open.weights, open.least, open.greatest)
    open.least = BINS
    open.greatest = -1
  }

  /** Moves `weights` into a chunk, and leaves zeros. */
  #append(row: number, weights: Uint32Array, least: number, greatest: number): void {
    this.#chunkRow[this.#chunks] = row
    this.#chunkStart[this.#chunks] = this.#entries
    this.#chunks++
    for (let bin = least; bin <= greatest; bin++) {
      const weight = weights[bin] as number
      if (weight === 0) continue
      weights[bin] = 0
      this.#bin[this.#entries] = bin
      this.#weight[this.#entries] = weight
      this.#entries++
    }
  }

  /** Room for a chunk more, of `entries`: from chunks of the same row where that gives enough, else by growing. */
  #reserve(entries: number): void {
    if (this.#fits(entries, 1)) return
    this.#merge()
    if (this.#fits(2 * entries, 1.25)) return
    const room = Math.ceil(1.5 * (this.#entries + entries))
    this.#bin = copied(this.#bin, new Uint16Array(Math.max(room, this.#bin.length)))
    this.#weight = copied(this.#weight, new Uint32Array(Math.max(room, this.#weight.length)))
    const chunks = Math.max(Math.ceil(1.5 * (this.#chunks + 1)), this.#chunkRow.length)
    this.#chunkRow = copied(this.#chunkRow, new Int32Array(chunks))
    this.#chunkStart = copied(this.#chunkStart, new Int32Array(chunks))
  }

  #fits(entries: number, slack: number): boolean {
    const hasEntries = this.#entries * slack + entries <= this.#bin.length
    return hasEntries && this.#chunks * slack + 1 <= this.#chunkRow.length
  }

  /** One chunk a row, rows ascending. */
  #merge(): void {
    const order = chunksByRow(this.#chunkRow.subarray(0, this.#chunks), this.#rows)
    if (order === null) return
    const from = { bin: this.#bin, weight: this.#weight, start: this.#chunkStart, row: this.#chunkRow }
    const ends = Int32Array.from({ length: this.#chunks }, (_, chunk) => this.#chunkEnd(chunk))
    this.#bin = new Uint16Array(from.bin.length)
    this.#weight = new Uint32Array(from.weight.length)
    this.#chunkRow = new Int32Array(from.row.length)
    this.#chunkStart = new Int32Array(from.start.length)
    this.#entries = 0
    this.#chunks = 0
    const { weights } = emptyRow(0)
    for (let i = 0; i < order.length; ) {
      const row = from.row[order[i] as number] as number
      let [least, greatest] = [BINS, -1]
      for (; i < order.length && from.row[order[i] as number] === row; i++) {
        const chunk = order[i] as number
        for (let entry = from.start[chunk] as number; entry < (ends[chunk] as number); entry++) {
          const bin = from.bin[entry] as number
          weights[bin] = (weights[bin] as number) + (from.weight[entry] as number)
          if (bin < least) least = bin
          if (bin > greatest) greatest = bin
        }
      }
      this.#append(row, weights, least, greatest)
    }
  }
}

function emptyRow(row: number): OpenRow {
  return { row, weights: new Uint32Array(BINS), least: BINS, greatest: -1 }
}

/** Indices of chunks in order of their rows, by counting; null where they are, with no row twice. */
function chunksByRow(rowOf: Int32Array, rows: number): Int32Array | null {
  if (rowOf.every((row, i) => i === 0 || row > (rowOf[i - 1] as number))) return null
  const next = new Int32Array(rows + 1)
  for (const row of rowOf) next[row + 1] = (next[row + 1] as number) + 1
  for (let row = 0; row < rows; row++) next[row + 1] = (next[row + 1] as number) + (next[row] as number)
  const order = new Int32Array(rowOf.length)
  for (const [chunk, row] of rowOf.entries()) {
    const at = next[row] as number
    order[at] = chunk
    next[row] = at + 1
  }
  return order
}

function copied<T extends Uint16Array | Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
