// One record as a row of the table of messages, and how rows travel to the database: as one JSON text.
import type { Lane } from '../protocol/lanes.ts'
import type { UplinkRecord } from '../protocol/uplink.ts'
import { recordDigest } from '../queue/record-digest.ts'
import { storedBody } from './stored-body.ts'

/** What is left undefined becomes null. */
export interface MessageRow {
  lane: Lane
  lane_seq: number
  client: string
  seq: number
  ch: string
  at: number
  off: number | undefined
  part: number | undefined
  t: number | undefined
  /** Signed, decimal: JSON numbers end at 53 bits. */
  digest: string
  body: string | null
  body_text: string | null
}

/** For `json_to_recordset`. */
export const ROW_TYPE = `lane text, lane_seq bigint, client text, seq bigint, ch text, at float8, off bigint,
  part smallint, t float8, digest bigint, body text, body_text text`

/** Columns of a row that are inserted as they are; `body` is cast. */
export const ROW_COLUMNS = 'client, lane, seq, lane_seq, ch, at, off, part, t, digest, body_text'

export function messageRow(lane: Lane, laneSeq: number, record: UplinkRecord): MessageRow {
  const { client, seq, ch, at, off, part, t } = record
  const { body, bodyText } = storedBody(record.body)
  const digest = recordDigest(lane, record, body ?? (bodyText as string)).toString()
  return { lane, lane_seq: laneSeq, client, seq, ch, at, off, part, t, digest, body, body_text: bodyText }
}
