// Where records come from: one PoP's log, who may write for it, and how far each of its lanes is applied.
import { LANES, type Lane } from '../protocol/lanes.ts'
import { type Queries, type Store, transactionWithRetry } from './store.ts'

/** One PoP's log: what its lanes' numbers count in. */
export interface Source {
  event: string
  pop: string
  log: string
  /** Who writes it: see `UplinkHello`. Default 1. */
  term?: number
}

export type Watermarks = Partial<Record<Lane, number>>

/** One lane of a source. */
export interface LaneState {
  lane: Lane
  /** Names source and lane in the tables of messages. */
  path: number
  through: number
  /** Up to here, what is missing may have been let go for its age. */
  expiredThrough: number
}

/** A later writer has taken the log over: this one must not add to it any more. */
export class Fenced extends Error {
  constructor(term: number, newest: number) {
    super(`term ${term} of this log is over: term ${newest} has taken it over`)
  }
}

const OF_SOURCE = 'event = $1 and pop = $2 and log = $3'
const COLUMNS = `lane, path, through::float8 as through, expired_through::float8 as "expiredThrough",
  term::float8 as term`

/**
 * Makes the source known and says what central already has of it, lane by lane. `began`: see `UplinkHello`.
 * Errors: Fenced.
 */
export async function openSource(store: Store, source: Source, began?: Watermarks): Promise<Watermarks> {
  const { event, pop, log, term = 1 } = source
  await store.query(
    `insert into micropop.watermarks (event, pop, log, lane, term)
     select $1, $2, $3, lane, $5 from json_array_elements_text($4::text::json) as lane
     on conflict do nothing`,
    [event, pop, log, JSON.stringify(LANES), term],
  )
  const known = await read(store, source)
  // Taken over: from the commit of this on, nothing that the one before sends is applied.
  const lanes = known.some((lane) => lane.term < term)
    ? await transactionWithRetry(store, async (queries) => {
        const locked = await lockLanes(queries, source)
        if (began && locked.some(({ lane, through }) => through > (began[lane] ?? 0))) {
          return branchOff(queries, source, term, began)
        }
        await queries.query(`update micropop.watermarks set term = $4 where ${OF_SOURCE}`, [
          event,
          pop,
          log,
          term,
        ])
        return locked
      })
    : refuseFenced(known, term)
  return Object.fromEntries(
    lanes.filter(({ through }) => through > 0).map(({ lane, through }) => [lane, through]),
  )
}

/**
 * The log goes on from `began`, and central has more of it from the PoP before: that keeps its paths, under the log's name
 * with the term that took over. What comes now gets paths of its own, on which all up to there was brought before.
 */
async function branchOff(
  queries: Queries,
  { event, pop, log }: Source,
  term: number,
  began: Watermarks,
): Promise<LaneState[]> {
  await queries.query(
    `update micropop.watermarks set term = $4::bigint, log = log || '@' || $4::bigint where ${OF_SOURCE}`,
    [...[event, pop, log, term]],
  )
  await queries.query(
    `insert into micropop.watermarks (event, pop, log, lane, term, through, duplicates, expired_through)
     select event, pop, $3, lane, term, least(through, n), least(through, n), least(through, n)
     from micropop.watermarks
     cross join lateral (select coalesce(($5::text::json ->> lane)::bigint, 0) as n) b
     where event = $1 and pop = $2 and log = $3 || '@' || $4::bigint`,
    [event, pop, log, term, JSON.stringify(began)],
  )
  return read(queries, { event, pop, log })
}

/**
 * All lanes of the source, locked until the transaction ends, in one order for every transaction, so that no two wait
 * for each other. Errors: Fenced.
 */
export async function lockLanes(queries: Queries, source: Source): Promise<LaneState[]> {
  return refuseFenced(await read(queries, source, 'for update'), source.term)
}

/** As `lockLanes`, without locking. */
export async function readLanes(queries: Queries, source: Source): Promise<LaneState[]> {
  return refuseFenced(await read(queries, source), source.term)
}

async function read(queries: Queries, { event, pop, log }: Source, lock = '') {
  const rows = await queries.query<LaneState & { term: number }>(
    `select ${COLUMNS} from micropop.watermarks where ${OF_SOURCE} order by lane ${lock}`,
    [event, pop, log],
  )
  if (rows.length !== LANES.length) throw new Error(`${event}/${pop}/${log} was not opened`)
  return rows
}

function refuseFenced<Row extends { term: number }>(rows: Row[], term = 1): Row[] {
  const newest = Math.max(...rows.map((row) => row.term))
  if (newest > term) throw new Fenced(term, newest)
  return rows
}
