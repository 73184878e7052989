// Applies batches exactly once: the messages and the watermark's advance commit in one transaction.
import { LANES, type Lane } from '../protocol/lanes.ts'
import type { Batch, UplinkRecord } from '../protocol/uplink.ts'
import { type MessageRow, messageRow, ROW_COLUMNS, ROW_TYPE } from './message-row.ts'
import { storeAgain } from './repair.ts'
import { type Placed as PlacedRecord, sortOut } from './sort-out.ts'
import { type LaneState, lockLanes, type Source, type Watermarks } from './source.ts'
import { type Queries, type Store, transactionWithRetry } from './store.ts'

type Placed = PlacedRecord<UplinkRecord | null>

export interface Applied {
  /** The lanes of the batches, with how far each is applied now. */
  through: Watermarks
  /** Lanes with a batch that did not continue them, with the record to send again from. */
  gaps: Watermarks
  counts: Partial<Record<Lane, Counts>>
}

/** Records of one lane, by what became of them. */
export interface Counts {
  /** Became messages. */
  applied: number
  /** Their message another path had brought. */
  duplicates: number
  /** The PoP had shed them. */
  shed: number
  /** Sent again after they were applied. */
  resent: number
  /** Of these, stored again: the row was gone. */
  repaired: number
}

/**
 * The log holds other records than those it sent before under the same numbers: it lost its end and went on.
 * Skipping them as already applied would lose them.
 */
export class LogRewound extends Error {
  constructor(lane: Lane, first: number) {
    super(`records from ${first} of lane ${lane} differ from those applied under these numbers`)
  }
}

/**
 * Applies `batches`, in their order, in one transaction. `source` was opened before. Two connections of one
 * source take turns by the lock on its watermarks; an identity that came by another path is skipped by the
 * primary key. Errors: Fenced, LogRewound; the store's own.
 */
export async function applyBatches(
  store: Store,
  source: Source,
  batches: readonly Batch[],
): Promise<Applied> {
  const rows = new Map<UplinkRecord, MessageRow>()
  for (const { lane, first, records } of batches) {
    for (const [i, record] of records.entries()) {
      if (record !== null) rows.set(record, messageRow(lane, first + i, record))
    }
  }
  return transactionWithRetry(store, async (queries) => {
    const lanes = await lockLanes(queries, source)
    const watermarks: Watermarks = Object.fromEntries(lanes.map(({ lane, through }) => [lane, through]))
    const { fresh, resent, through, gaps } = sortOut(batches, watermarks)
    const rowsOf = (placed: readonly Placed[]) =>
      placed.flatMap(({ record }) => (record === null ? [] : [rows.get(record) as MessageRow]))
    const inserted =
      fresh.length === 0 ? {} : await insertAndAdvance(queries, source, lanes, fresh, rowsOf(fresh))
    // After the insert: a group may hold a record and, in a later batch, the same record again.
    const repaired = await resendAgain(queries, source, lanes, rowsOf(resent))
    return { through, gaps, counts: countByLane(fresh, resent, inserted, repaired) }
  })
}

/**
 * Inserts in the primary key's order: two PoPs that bring the same messages cannot deadlock on them. Stamped with
 * the time of the insert and not of the transaction's start, for that may have waited long for its turn.
 */
async function insertAndAdvance(
  queries: Queries,
  { event }: Source,
  lanes: readonly LaneState[],
  fresh: readonly Placed[],
  rows: readonly MessageRow[],
): Promise<Watermarks> {
  const advances = lanes.flatMap(({ lane, path }) => {
    const of = fresh.filter((placed) => placed.lane === lane)
    const shed = of.filter(({ record }) => record === null).length
    return of.length === 0 ? [] : [{ path, records: of.length, shed }]
  })
  const applied = await queries.query<{ lane: Lane; applied: number }>(
    `with batch as (
       select w.path, r.* from json_to_recordset($2::text::json) as r (${ROW_TYPE})
       join micropop.watermarks w on w.path = any ($4::text::int[]) and w.lane = r.lane
     ), inserted as (
       insert into micropop.messages (event, path, body, applied_at, ${ROW_COLUMNS})
       select $1, path, body::jsonb, clock_timestamp(), ${ROW_COLUMNS}
       from batch order by client, lane, seq
       on conflict (event, client, lane, seq) do nothing
       returning path, lane_seq
     ), elsewhere as (
       insert into micropop.also_brought (path, lane_seq, event, client, lane, seq, digest)
       select path, lane_seq, $1, client, lane, seq, digest from batch b
       where not exists (select from inserted i where i.path = b.path and i.lane_seq = b.lane_seq)
     )
     update micropop.watermarks w
     set through = w.through + a.records,
       applied = w.applied + n.applied,
       duplicates = w.duplicates + a.records - a.shed - n.applied,
       shed = w.shed + a.shed
     from json_to_recordset($3::text::json) as a (path int, records bigint, shed bigint)
     cross join lateral (select count(*) as applied from inserted i where i.path = a.path) n
     where w.path = a.path
     returning w.lane, n.applied::float8 as applied`,
    [event, JSON.stringify(rows), JSON.stringify(advances), `{${lanes.map(({ path }) => path).join()}}`],
  )
  return Object.fromEntries(applied.map((of) => [of.lane, of.applied]))
}

/** Resent records are expected to be here already; where the place of one has another, the log is not what it was. */
async function resendAgain(
  queries: Queries,
  source: Source,
  lanes: readonly LaneState[],
  resent: readonly MessageRow[],
): Promise<Watermarks> {
  const repaired: Watermarks = {}
  for (const state of lanes) {
    const rows = resent.filter(({ lane }) => lane === state.lane)
    if (rows.length === 0) continue
    const { stored, other } = await storeAgain(queries, source, state, rows)
    if (other.length > 0) throw new LogRewound(state.lane, Math.min(...other))
    repaired[state.lane] = stored
  }
  return repaired
}

function countByLane(
  fresh: readonly Placed[],
  resent: readonly Placed[],
  inserted: Watermarks,
  repaired: Watermarks,
) {
  const counts: Applied['counts'] = {}
  for (const lane of LANES) {
    const isOf = (placed: Placed) => placed.lane === lane
    const of = fresh.filter(isOf)
    const again = resent.filter(isOf).length
    if (of.length + again === 0) continue
    const applied = inserted[lane] ?? 0
    const shed = of.filter(({ record }) => record === null).length
    counts[lane] = {
      applied,
      duplicates: of.length - shed - applied,
      shed,
      resent: again,
      repaired: repaired[lane] ?? 0,
    }
  }
  return counts
}
