// Which records of some batches continue their lanes, which came before, and which lanes lack something: shared with the twin.
import type { Lane } from '../protocol/lanes.ts'
import { continueFrom } from './continuation.ts'
import type { Watermarks } from './source.ts'

/** Records `first`, `first + 1`… of a lane. */
export interface LaneBatch<R> {
  lane: Lane
  first: number
  records: readonly R[]
}

export interface Placed<R> {
  record: R
  lane: Lane
}

export interface SortedOut<R> {
  /** Not applied yet, in their order. */
  fresh: Placed<R>[]
  /** Applied before. */
  resent: Placed<R>[]
  /** The lanes of the batches, with how far each is applied once `fresh` is. */
  through: Watermarks
  /** Lanes with a batch that does not continue them, with the record to send again from. */
  gaps: Watermarks
}

/** `batches` in the order in which they came. `watermarks`: how far each lane is applied. */
export function sortOut<R>(batches: readonly LaneBatch<R>[], watermarks: Watermarks): SortedOut<R> {
  const fresh: Placed<R>[] = []
  const resent: Placed<R>[] = []
  const through: Watermarks = {}
  const gapped = new Set<Lane>()
  for (const { lane, first, records } of batches) {
    const watermark = through[lane] ?? watermarks[lane] ?? 0
    const next = continueFrom(watermark, first, records.length)
    if (next.is === 'gap') {
      gapped.add(lane)
      continue
    }
    for (const [i, record] of records.entries()) (i < next.skip ? resent : fresh).push({ record, lane })
    through[lane] = watermark + next.apply
  }
  const expected = (lane: Lane) => (through[lane] ?? watermarks[lane] ?? 0) + 1
  const gaps: Watermarks = Object.fromEntries([...gapped].map((lane) => [lane, expected(lane)]))
  return { fresh, resent, through, gaps }
}
