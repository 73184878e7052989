// Reads back what central has of an event: every message once, page by page, and every path's watermarks.
import type { Lane } from '../protocol/lanes.ts'
import type { Queries } from './store.ts'

/** One message. An identity (client, lane, seq) comes in one line, as it was applied once. */
export interface ExportedMessage {
  client: string
  lane: Lane
  seq: number
  ch: string
  /** Intended send time, ms since 1970 by the client's clock. */
  at: number
  /** The PoP, and its log, that brought it first. */
  pop: string
  log: string
  /** When it was written, ms since 1970 by the store's clock: after all waiting, only the commit follows. */
  applied_at: number
  /** Offset and partition at that PoP, and when it came there, ms since 1970 by its clock; missing where not told. */
  off?: number
  part?: number
  t?: number
}

/**
 * One lane of one log. `through` = `applied` + `duplicates` + `shed`, and over all paths of an event the sum of
 * `applied` - `expired` is the number of its messages: they are counted where they happen and prove that nothing was
 * applied twice. `repaired` counts apart: a message that was lost here and sent again.
 */
export interface ExportedWatermark {
  pop: string
  log: string
  lane: Lane
  through: number
  applied: number
  duplicates: number
  shed: number
  repaired: number
  expired: number
}

const PAGE_ROWS = 1_000

type ExportedRow = Omit<ExportedMessage, 'off' | 'part' | 't'> & {
  off: number | null
  part: number | null
  t: number | null
  body?: string
}

export interface ExportOptions {
  bodies?: boolean
  ch?: string
  pageRows?: number
}

/**
 * JSON texts of the event's messages, ordered by client, lane and seq (all bytewise), a page at a time, so that
 * neither memory nor a transaction grows with the event. Messages applied meanwhile may or may not be in it.
 * With `bodies`, each also has `body`, as it was sent; with `ch`, only those of that channel.
 */
export async function* exportMessages(
  queries: Queries,
  event: string,
  { bodies = false, ch = '', pageRows = PAGE_ROWS }: ExportOptions = {},
): AsyncGenerator<string[]> {
  let after: [string, string, number] = ['', '', 0]
  for (;;) {
    const rows = await queries.query<ExportedRow>(
      `select m.client, m.lane, m.seq::float8 as seq, m.ch, m.at, w.pop, w.log,
         (extract(epoch from m.applied_at) * 1000)::float8 as applied_at,
         m.off::float8 as off, m.part::int as part, m.t
         ${bodies ? ', coalesce(m.body::text, m.body_text) as body' : ''}
       from micropop.messages m join micropop.watermarks w using (path)
       where m.event = $1 and (m.client, m.lane, m.seq) > ($2, $3, $4) and ($6 in ('', m.ch))
       order by m.client, m.lane, m.seq limit $5`,
      [event, ...after, pageRows, ch],
    )
    if (rows.length > 0) yield rows.map(jsonLine)
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageRows) return
    after = [last.client, last.lane, last.seq]
  }
}

/** The body is JSON text already: reading it to write it again could change its numbers. */
function jsonLine({ body, off, part, t, ...message }: ExportedRow): string {
  const told = { ...(off !== null && { off }), ...(part !== null && { part }), ...(t !== null && { t }) }
  const line = JSON.stringify({ ...message, ...told })
  return body === undefined ? line : `${line.slice(0, -1)},"body":${body}}`
}

export function exportWatermarks(queries: Queries, event: string): Promise<ExportedWatermark[]> {
  return queries.query<ExportedWatermark>(
    `select pop, log, lane, through::float8 as through, applied::float8 as applied,
       duplicates::float8 as duplicates, shed::float8 as shed, repaired::float8 as repaired,
       expired::float8 as expired
     from micropop.watermarks where event = $1 and through > 0 order by pop, log, lane`,
    [event],
  )
}
