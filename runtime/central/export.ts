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
}

/**
 * One lane of one log. `through` = `applied` + `duplicates`, and over all paths of an event the sum of `applied`
 * is the number of its messages: both are counted where they happen and prove that nothing was applied twice.
 */
export interface ExportedWatermark {
  pop: string
  log: string
  lane: Lane
  through: number
  applied: number
  duplicates: number
}

const PAGE_ROWS = 1_000

/**
 * JSON texts of the event's messages, ordered by client, lane and seq (all bytewise), a page at a time, so that
 * neither memory nor a transaction grows with the event. Messages applied meanwhile may or may not be in it.
 * With `bodies`, each also has `body`, as it was sent.
 */
export async function* exportMessages(
  queries: Queries,
  event: string,
  { bodies = false, pageRows = PAGE_ROWS }: { bodies?: boolean; pageRows?: number } = {},
): AsyncGenerator<string[]> {
  let after: [string, string, number] = ['', '', 0]
  for (;;) {
    const rows = await queries.query<ExportedMessage & { body?: string }>(
      `select client, lane, seq::float8 as seq, ch, at, pop, log,
         (extract(epoch from applied_at) * 1000)::float8 as applied_at
         ${bodies ? ', coalesce(body::text, body_text) as body' : ''}
       from micropop.messages
       where event = $1 and (client, lane, seq) > ($2, $3, $4)
       order by client, lane, seq limit $5`,
      [event, ...after, pageRows],
    )
    if (rows.length > 0) yield rows.map(jsonLine)
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageRows) return
    after = [last.client, last.lane, last.seq]
  }
}

/** The body is JSON text already: reading it to write it again could change its numbers. */
function jsonLine({ body, ...message }: ExportedMessage & { body?: string }): string {
  const line = JSON.stringify(message)
  return body === undefined ? line : `${line.slice(0, -1)},"body":${body}}`
}

export function exportWatermarks(queries: Queries, event: string): Promise<ExportedWatermark[]> {
  return queries.query<ExportedWatermark>(
    `select pop, log, lane, through::float8 as through, applied::float8 as applied,
       duplicates::float8 as duplicates
     from micropop.watermarks where event = $1 and through > 0 order by pop, log, lane`,
    [event],
  )
}
