// What a record takes in a batch towards central.
import { isOwn } from '../../runtime/broker/own-publishes.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import { uplinkRecord } from '../../runtime/queue/uplink-record.ts'
import { SOME_DAY_MS } from './log-bytes.ts'

/** As long as what a PoP calls itself: `@` and the identity of its log. */
const SOME_OWN_CLIENT = `@${'0'.repeat(36)}`

/** Its comma included; `bytesPerRecord` is calibrated. What the PoP itself publishes is as long as what it tells. */
export function uplinkBytes(record: LogRecord, bytesPerRecord: number): number {
  const { part } = record
  const partBytes = part === undefined ? 0 : `,"part":${part}`.length
  if (!isOwn(record)) return bytesPerRecord + partBytes
  const sent = { ...record, client: SOME_OWN_CLIENT, at: SOME_DAY_MS, t: SOME_DAY_MS }
  return JSON.stringify(uplinkRecord(sent)).length + 1
}
