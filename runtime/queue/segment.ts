// One segment of an open log, and what is known of it without reading it again.
import type { Lane } from '../protocol/lanes.ts'
import type { LaneSpan } from './block.ts'
import type { DiskFile } from './disk.ts'
import { isSheddable, type LogRecord, type ShedRecord } from './record.ts'

export interface Segment {
  number: number
  file: DiskFile
  /** Records of the log before this segment. */
  position: number
  /** Bytes of its frames; what follows is room for more. */
  end: number
  /** Of the checkpoint it opens with, which grows with the clients known: its records alone make a segment full. */
  checkpointBytes: number
  /** Newest lane sequences once this segment is complete: it may go when central has them all. */
  last: Partial<Record<Lane, number>>
  /** When its newest record came, ms since the Unix epoch. */
  newestT: number
  /** Wire bytes of records that may be shed. */
  sheddableBytes: number
}

export function emptySegment(number: number, file: DiskFile): Segment {
  return { number, file, position: 0, end: 0, checkpointBytes: 0, last: {}, newestT: 0, sheddableBytes: 0 }
}

/** The segment has the records of this block now. */
export function noteSpans(segment: Segment, spans: readonly LaneSpan[]): void {
  for (const { lane, last } of spans) segment.last[lane] = last
}

/** The segment has this record now, of a block that was noted. */
export function noteRecord(segment: Segment, record: LogRecord | ShedRecord): void {
  if (!('ack' in record)) return
  if (record.t > segment.newestT) segment.newestT = record.t
  if (isSheddable(record)) segment.sheddableBytes += record.bytes
}
