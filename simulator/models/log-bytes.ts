// What a record takes in a PoP's log: the log's own encoding, of the record as a real attendee would have sent it.
import { BlockEncoder } from '../../runtime/queue/block.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'

/** The twin's times start at 0; a client's are as long as this one. */
export const SOME_DAY_MS = 1_796_290_000_000

const encoder = new BlockEncoder(null)

/** Bytes of a commit of this record alone, with the frame's header. */
export function logBytes(record: LogRecord): number {
  return encoder.encode([{ ...record, at: SOME_DAY_MS, t: SOME_DAY_MS }], 1, 0).bytes.length
}
