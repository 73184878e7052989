// Stores again what was applied and is not there any more, without ever storing anything twice.
import type { Lane } from '../protocol/lanes.ts'
import type { UplinkRecord } from '../protocol/uplink.ts'
import { type MessageRow, messageRow, ROW_COLUMNS, ROW_TYPE } from './message-row.ts'
import { type LaneState, lockLanes, type Source } from './source.ts'
import { type Queries, type Store, transactionWithRetry } from './store.ts'

export interface StoredAgain {
  /** Rows that are messages again. */
  stored: number
  /** Lane sequences whose place has a record of another identity: left as they are. */
  other: number[]
}

/** Applies what a PoP found missing, in one transaction. `source` was opened before. Errors: Fenced. */
export async function repair(
  store: Store,
  source: Source,
  lane: Lane,
  records: readonly (readonly [laneSeq: number, record: UplinkRecord])[],
): Promise<StoredAgain> {
  const rows = records.map(([laneSeq, record]) => messageRow(lane, laneSeq, record))
  return transactionWithRetry(store, async (queries) => {
    const state = (await lockLanes(queries, source)).find((of) => of.lane === lane)
    return storeAgain(queries, source, state as LaneState, rows)
  })
}

/**
 * `rows` are of one lane, which is locked. Beyond its watermark, and where messages were let go for their age, nothing
 * is stored. A row whose message is there by another path is noted as brought by this one too, so that the next
 * comparison finds it.
 */
export async function storeAgain(
  queries: Queries,
  { event }: Source,
  { path, through, expiredThrough }: LaneState,
  rows: readonly MessageRow[],
): Promise<StoredAgain> {
  const known = rows.filter(({ lane_seq }) => lane_seq > expiredThrough && lane_seq <= through)
  if (known.length === 0) return { stored: 0, other: [] }
  const given = JSON.stringify(known)
  const taken = await queries.query<{ laneSeq: number; other: boolean }>(
    `select r.lane_seq::float8 as "laneSeq", (p.client, p.seq) <> (r.client, r.seq) as other
     from json_to_recordset($2::text::json) as r (${ROW_TYPE})
     join lateral (
       select client, seq, digest from micropop.messages where path = $1 and lane_seq = r.lane_seq
       union all
       select a.client, a.seq, a.digest from micropop.also_brought a
       join micropop.messages using (event, client, lane, seq)
       where a.path = $1 and a.lane_seq = r.lane_seq
     ) p on p.digest is not null or (p.client, p.seq) <> (r.client, r.seq)`,
    [path, given],
  )
  const there = new Set(taken.map(({ laneSeq }) => laneSeq))
  const other = taken.filter((row) => row.other).map(({ laneSeq }) => laneSeq)
  const missing = known.filter(({ lane_seq }) => !there.has(lane_seq))
  if (missing.length === 0) return { stored: 0, other }
  const [counted] = await queries.query<{ stored: number }>(
    `with missing as (
       select * from json_to_recordset($3::text::json) as r (${ROW_TYPE})
     ), digested as (
       update micropop.messages m set digest = r.digest from missing r
       where m.path = $2 and m.lane_seq = r.lane_seq
       returning m.lane_seq
     ), stored as (
       insert into micropop.messages (event, path, body, applied_at, ${ROW_COLUMNS})
       select $1, $2, body::jsonb, clock_timestamp(), ${ROW_COLUMNS} from missing
       where lane_seq not in (select lane_seq from digested)
       order by client, lane, seq, lane_seq
       on conflict (event, client, lane, seq) do nothing
       returning lane_seq
     ), here as (
       delete from micropop.also_brought a using stored s where a.path = $2 and a.lane_seq = s.lane_seq
     ), elsewhere as (
       insert into micropop.also_brought (path, lane_seq, event, client, lane, seq, digest)
       select $2, lane_seq, $1, client, lane, seq, digest from missing
       where lane_seq not in (select lane_seq from stored union all select lane_seq from digested)
       on conflict (path, lane_seq) do nothing
     )
     update micropop.watermarks set repaired = repaired + (select count(*) from stored) where path = $2
     returning (select count(*) from stored)::float8 as stored`,
    [event, path, JSON.stringify(missing.toSorted((a, b) => a.lane_seq - b.lane_seq))],
  )
  return { stored: counted?.stored ?? 0, other }
}
