// Sums of record digests by block of a lane: what was read once is not read again, and a block grows with its lane.
import type { Lane } from '../protocol/lanes.ts'
import type { BlockDigest } from '../protocol/uplink.ts'
import { NO_RECORD, sumText } from './record-digest.ts'

/** Block k of a lane holds records k × this + 1 to (k + 1) × this. */
export const BLOCK_RECORDS = 1_024
/** Sums kept of one lane, at most, a few hundred bytes each; the oldest are read again. */
const BLOCKS_KEPT_MAX = 8_192

interface Sum {
  from: number
  /** Summed up to here; `from - 1` where nothing was read. */
  read: number
  count: number
  sum: bigint
}

/** Records `from` to `to` of a lane, within one block; all up to `read` are summed. */
export interface Wanted {
  from: number
  to: number
  read: number
}

export class BlockSums {
  readonly #lanes = new Map<Lane, Map<number, Sum>>()
  #reading: Sum | null = null

  /** What of a lane's block to compare: from record `at` to the block's end, or `through` where that comes first. */
  blockAt(lane: Lane, at: number, through: number): Wanted {
    const block = Math.floor((at - 1) / BLOCK_RECORDS)
    const to = Math.min((block + 1) * BLOCK_RECORDS, through)
    const sums = this.#sumsOf(lane)
    const known = sums.get(block)
    // Read anew where it starts elsewhere, for the log let its beginning go, or where the lane went back.
    const sum = known?.from === at && known.read <= to ? known : { from: at, read: at - 1, count: 0, sum: 0n }
    if (sum !== known) {
      sums.set(block, sum)
      for (const oldest of sums.keys()) {
        if (sums.size <= BLOCKS_KEPT_MAX) break
        sums.delete(oldest)
      }
    }
    this.#reading = sum
    return { from: at, to, read: sum.read }
  }

  /** The next digests of the block last asked for. */
  add(digests: readonly bigint[]): void {
    const sum = this.#reading
    if (!sum) throw new Error('no block was asked for')
    for (const digest of digests) {
      sum.read++
      if (digest === NO_RECORD) continue
      sum.count++
      sum.sum = BigInt.asUintN(64, sum.sum + digest)
    }
  }

  /** Of the block last asked for, which is read to its end. */
  digest({ from, to }: Wanted): BlockDigest {
    const { count = 0, sum = 0n } = this.#reading ?? {}
    return { from, to, count, sum: sumText(sum) }
  }

  /** The log has nothing of the lane before record `from` any more. */
  dropBefore(lane: Lane, from: number): void {
    const sums = this.#sumsOf(lane)
    const first = Math.floor((from - 1) / BLOCK_RECORDS)
    for (const block of sums.keys()) {
      if (block >= first) break
      sums.delete(block)
    }
  }

  #sumsOf(lane: Lane): Map<number, Sum> {
    let sums = this.#lanes.get(lane)
    if (!sums) {
      sums = new Map()
      this.#lanes.set(lane, sums)
    }
    return sums
  }
}
