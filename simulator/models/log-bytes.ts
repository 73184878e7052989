// What a record takes in a PoP's log: the log's own encoding, of the record as a real attendee would have sent it.
import { BlockEncoder } from '../../runtime/queue/block.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'

/** The twin's times start at 0; a client's are as long as this one. */
export const SOME_DAY_MS = 1_796_290_000_000

const encoder = new BlockEncoder(null)

/** What records have in common that differ in their numbers and their client only. */
type Alike = Pick<LogRecord, 'lane' | 'ch' | 'ack' | 'bytes'>

/** Encoded once, with numbers of one digit and no client: by body, which the messages of a workload share. */
const encoded = new WeakMap<object, Alike & { logBytes: number }>()

/** Bytes of a commit of this record alone, with the frame's header. */
export function logBytes(record: LogRecord): number {
  const { lane, laneSeq, ch, off, client, seq, ack, bytes, body, part, origin } = record
  if (typeof body !== 'object' || body === null || part !== undefined || origin !== undefined) {
    return encode(record)
  }
  let known = encoded.get(body)
  if (known?.lane !== lane || known.ch !== ch || known.ack !== ack || known.bytes !== bytes) {
    const logBytes = encode({ ...record, laneSeq: 1, off: 1, client: '', seq: 1 })
    known = { lane, ch, ack, bytes, logBytes }
    encoded.set(body, known)
  }
  // A client's id is plain ASCII: as many bytes as characters.
  return known.logBytes + moreDigits(laneSeq) + moreDigits(off) + moreDigits(seq) + client.length
}

function encode(record: LogRecord): number {
  return encoder.encode([{ ...record, at: SOME_DAY_MS, t: SOME_DAY_MS }], 1, 0).bytes.length
}

/** Digits of a whole number beyond the first. */
function moreDigits(number: number): number {
  let more = 0
  for (let rest = number; rest >= 10; rest /= 10) more++
  return more
}
