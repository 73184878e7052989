// What a record takes in a PoP's log: the log's own encoding, of the record as a real attendee would have sent it.
import { BlockEncoder } from '../../runtime/queue/block.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import { bodyOf } from '../workload/frames.ts'
import { CHANNELS } from '../workload/run-plan.ts'

/** The twin's times start at 0; a client's are as long as this one. */
const SOME_DAY_MS = 1_796_290_000_000

const BODIES: ReadonlyMap<string, unknown> = new Map(
  (['chat', 'vote'] as const).map((kind) => [CHANNELS[kind], bodyOf(kind)]),
)

const encoder = new BlockEncoder(null)

/** Bytes of a commit of this record alone, with the frame's header. The twin keeps no bodies in memory: the record's channel says which it had. */
export function logBytes(record: LogRecord): number {
  const body = BODIES.get(record.ch) ?? record.body
  return encoder.encode([{ ...record, at: SOME_DAY_MS, t: SOME_DAY_MS, body }], 1, 0).bytes.length
}
