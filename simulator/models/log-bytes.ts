// What a record takes in a PoP's log: the log's own encoding, of the record as a real attendee would have sent it.
import { encodeEntry, type LogRecord } from '../../runtime/queue/record.ts'
import { bodyOf } from '../workload/frames.ts'
import { CHANNELS } from '../workload/run-plan.ts'

/** The twin's times start at 0; a client's are as long as this one. */
const SOME_DAY_MS = 1_796_290_000_000

const BODIES: ReadonlyMap<string, unknown> = new Map(
  (['chat', 'vote'] as const).map((kind) => [CHANNELS[kind], bodyOf(kind)]),
)

/** Bytes with the frame's header. The twin keeps no bodies in memory: the record's channel says which it had. */
export function logBytes(record: LogRecord): number {
  const body = BODIES.get(record.ch) ?? record.body
  return encodeEntry({ message: { ...record, at: SOME_DAY_MS, body } }, 0).length
}
