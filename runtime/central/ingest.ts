// Applies batches exactly once: the messages and the watermark's advance commit in one transaction.
import { LANES, type Lane } from '../protocol/lanes.ts'
import type { Batch, UplinkRecord } from '../protocol/uplink.ts'
import { continueFrom } from './continuation.ts'
import { type Queries, type Store, transactionWithRetry } from './store.ts'
import { storedBody } from './stored-body.ts'

/** One PoP's log: what its lanes' numbers count in. */
export interface Source {
  event: string
  pop: string
  log: string
}

export type Watermarks = Partial<Record<Lane, number>>

export interface Applied {
  /** The lanes of the batches, with how far each is applied now. */
  through: Watermarks
  /** Lanes with a batch that did not continue them, with the record to send again from. */
  gaps: Watermarks
  /** Records per lane that became messages, whose message another path had brought, and sent again after being applied. */
  counts: Partial<Record<Lane, Counts>>
}

export interface Counts {
  applied: number
  duplicates: number
  resent: number
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

const WATERMARK = 'event = $1 and pop = $2 and log = $3'

/** Makes the source known and says what central already has of it, lane by lane. */
export async function openSource(store: Store, source: Source): Promise<Watermarks> {
  const { event, pop, log } = source
  await store.query(
    `insert into micropop.watermarks (event, pop, log, lane)
     select $1, $2, $3, lane from json_array_elements_text($4::text::json) as lane
     on conflict do nothing`,
    [event, pop, log, JSON.stringify(LANES)],
  )
  const rows = await store.query<{ lane: Lane; through: number }>(
    `select lane, through::float8 as through from micropop.watermarks where ${WATERMARK} and through > 0`,
    [event, pop, log],
  )
  return Object.fromEntries(rows.map(({ lane, through }) => [lane, through]))
}

/**
 * Applies `batches`, in their order, in one transaction. `source` was opened before. Two connections of one
 * source take turns by the lock on its watermarks; an identity that came by another path is skipped by the
 * primary key. Errors: LogRewound; the store's own.
 */
export async function applyBatches(
  store: Store,
  source: Source,
  batches: readonly Batch[],
): Promise<Applied> {
  const bodies = new Map(batches.flatMap((b) => b.records).map((record) => [record, storedBody(record.body)]))
  return transactionWithRetry(store, async (queries) => {
    const watermarks = await lockWatermarks(queries, source)
    const { fresh, resent, through, gaps } = sortOut(batches, watermarks)
    const rows = fresh.map(({ record, lane, laneSeq }) => {
      const { client, seq, ch, at } = record
      const { body, bodyText } = bodies.get(record) ?? storedBody(record.body)
      return { lane, lane_seq: laneSeq, client, seq, ch, at, body, body_text: bodyText }
    })
    const inserted = rows.length === 0 ? {} : await insertAndAdvance(queries, source, rows)
    // After the insert: a group may hold a record and, in a later batch, the same record again.
    await refuseRewound(queries, source, resent)
    return { through, gaps, counts: countByLane(fresh, resent, inserted) }
  })
}

interface Placed {
  record: UplinkRecord
  lane: Lane
  laneSeq: number
}

/** All lanes of the source, in one order for every transaction, so that no two wait for each other. */
async function lockWatermarks(queries: Queries, { event, pop, log }: Source): Promise<Watermarks> {
  const rows = await queries.query<{ lane: Lane; through: number }>(
    `select lane, through::float8 as through from micropop.watermarks
     where ${WATERMARK} order by lane for update`,
    [event, pop, log],
  )
  if (rows.length !== LANES.length) throw new Error(`${event}/${pop}/${log} was not opened`)
  return Object.fromEntries(rows.map(({ lane, through }) => [lane, through]))
}

function sortOut(batches: readonly Batch[], watermarks: Watermarks) {
  const fresh: Placed[] = []
  const resent: Placed[] = []
  const through: Watermarks = {}
  const gapped = new Set<Lane>()
  for (const { lane, first, records } of batches) {
    const watermark = through[lane] ?? watermarks[lane] ?? 0
    const next = continueFrom(watermark, first, records.length)
    if (next.is === 'gap') {
      gapped.add(lane)
      continue
    }
    const placed = records.map((record, i) => ({ record, lane, laneSeq: first + i }))
    resent.push(...placed.slice(0, next.skip))
    fresh.push(...placed.slice(next.skip))
    through[lane] = watermark + next.apply
  }
  const expected = (lane: Lane) => (through[lane] ?? watermarks[lane] ?? 0) + 1
  const gaps: Watermarks = Object.fromEntries([...gapped].map((lane) => [lane, expected(lane)]))
  return { fresh, resent, through, gaps }
}

/** Resent records are expected to be messages already; where one is not, the log is not what it was. */
async function refuseRewound(queries: Queries, { event }: Source, resent: readonly Placed[]): Promise<void> {
  if (resent.length === 0) return
  const identities = resent.map(({ record: { client, seq }, lane, laneSeq }) => ({
    lane,
    client,
    seq,
    lane_seq: laneSeq,
  }))
  const [unknown] = await queries.query<{ lane: Lane; first: number }>(
    `select lane, lane_seq::float8 as first
     from json_to_recordset($2::text::json) as r (lane text, client text, seq bigint, lane_seq bigint)
     where not exists (
       select from micropop.messages m
       where m.event = $1 and m.client = r.client and m.lane = r.lane and m.seq = r.seq
     )
     order by lane_seq limit 1`,
    [event, JSON.stringify(identities)],
  )
  if (unknown) throw new LogRewound(unknown.lane, unknown.first)
}

/**
 * Inserts in the primary key's order: two PoPs that bring the same messages cannot deadlock on them. Stamped with
 * the time of the insert and not of the transaction's start, for that may have waited long for its turn.
 */
async function insertAndAdvance(
  queries: Queries,
  { event, pop, log }: Source,
  rows: readonly object[],
): Promise<Watermarks> {
  const lanes = await queries.query<{ lane: Lane; applied: number }>(
    `with batch as (
       select * from json_to_recordset($4::text::json) as r (
         lane text, lane_seq bigint, client text, seq bigint, ch text, at float8, body text, body_text text
       )
     ), inserted as (
       insert into micropop.messages
         (event, client, lane, seq, ch, body, body_text, at, pop, log, lane_seq, applied_at)
       select $1, client, lane, seq, ch, body::jsonb, body_text, at, $2, $3, lane_seq,
         clock_timestamp()
       from batch order by client, lane, seq
       on conflict do nothing
       returning lane
     ), advance as (
       select lane, count(*) as records, (select count(*) from inserted i where i.lane = b.lane) as applied
       from batch b group by lane
     )
     update micropop.watermarks w
     set through = w.through + a.records,
       applied = w.applied + a.applied,
       duplicates = w.duplicates + a.records - a.applied
     from advance a
     where w.event = $1 and w.pop = $2 and w.log = $3 and w.lane = a.lane
     returning w.lane, a.applied::float8 as applied`,
    [event, pop, log, JSON.stringify(rows)],
  )
  return Object.fromEntries(lanes.map(({ lane, applied }) => [lane, applied]))
}

function countByLane(fresh: readonly Placed[], resent: readonly Placed[], inserted: Watermarks) {
  const counts: Applied['counts'] = {}
  for (const lane of LANES) {
    const isOf = (placed: Placed) => placed.lane === lane
    const records = fresh.filter(isOf).length
    const applied = inserted[lane] ?? 0
    const again = resent.filter(isOf).length
    if (records + again > 0) counts[lane] = { applied, duplicates: records - applied, resent: again }
  }
  return counts
}
