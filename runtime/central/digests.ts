// Central's side of a comparison: what its tables really hold of a log, whatever path brought it.
import type { Lane } from '../protocol/lanes.ts'
import type { BlockDigest, Missing } from '../protocol/uplink.ts'
import { NO_RECORD, sumText } from '../queue/record-digest.ts'
import { type LaneState, readLanes, type Source } from './source.ts'
import type { Queries } from './store.ts'

/** Up to which record of each lane messages may have been let go for their age. Errors: Fenced. */
export async function expiredThrough(
  queries: Queries,
  source: Source,
): Promise<Partial<Record<Lane, number>>> {
  const lanes = await readLanes(queries, source)
  return Object.fromEntries(
    lanes.filter((state) => state.expiredThrough > 0).map((state) => [state.lane, state.expiredThrough]),
  )
}

/** What is stored in the place of the lane's records `r.from` to `r.to`: `$1` is the path. */
const IN_PLACE = `
  select lane_seq, digest from micropop.messages
  where path = $1 and lane_seq between r.from and r.to
  union all
  select a.lane_seq, a.digest from micropop.also_brought a
  where a.path = $1 and a.lane_seq between r.from and r.to and exists (
    select from micropop.messages m
    where (m.event, m.client, m.lane, m.seq) = (a.event, a.client, a.lane, a.seq)
  )`

/** Central's own digests of those `blocks` that differ. Errors: Fenced. */
export async function differing(
  queries: Queries,
  source: Source,
  lane: Lane,
  blocks: readonly BlockDigest[],
): Promise<BlockDigest[]> {
  const { path } = await laneOf(queries, source, lane)
  const rows = await queries.query<{ i: number; count: number; sum: string }>(
    `select r.i, count(p.digest)::int as count, coalesce(sum(p.digest), 0)::text as sum
     from json_to_recordset($2::text::json) as r (i int, "from" bigint, "to" bigint)
     left join lateral (${IN_PLACE}) p on true
     group by r.i`,
    [path, JSON.stringify(blocks.map(({ from, to }, i) => ({ i, from, to })))],
  )
  return rows
    .toSorted((a, b) => a.i - b.i)
    .map(({ i, count, sum }) => ({ ...(blocks[i] as BlockDigest), count, sum: sumText(BigInt(sum)) }))
    .filter(({ count, sum }, i) => count !== blocks[i]?.count || sum !== blocks[i]?.sum)
}

/** `digests` are those of the log, from record `from` on, `NO_RECORD` where it shed one. Errors: Fenced. */
export async function compareRecords(
  queries: Queries,
  source: Source,
  lane: Lane,
  from: number,
  digests: readonly bigint[],
): Promise<Pick<Missing, 'lacks' | 'extra' | 'other'>> {
  const { path } = await laneOf(queries, source, lane)
  const rows = await queries.query<{ laneSeq: number; digest: string | null }>(
    `select p.lane_seq::float8 as "laneSeq", p.digest::text as digest
     from (select $2::bigint as "from", $3::bigint as "to") r cross join lateral (${IN_PLACE}) p`,
    [path, from, from + digests.length - 1],
  )
  const here = new Map(rows.map(({ laneSeq, digest }) => [laneSeq, digest]))
  const lacks: number[] = []
  const extra: number[] = []
  const other: number[] = []
  for (const [i, digest] of digests.entries()) {
    const laneSeq = from + i
    const stored = here.get(laneSeq)
    if (digest === NO_RECORD) {
      if (stored !== undefined) extra.push(laneSeq)
      // A row of before digests were kept is told apart from none by the repair, which adds its digest.
    } else if (stored === undefined || stored === null) lacks.push(laneSeq)
    else if (BigInt(stored) !== digest) other.push(laneSeq)
  }
  return { lacks, extra, other }
}

async function laneOf(queries: Queries, source: Source, lane: Lane): Promise<LaneState> {
  return (await readLanes(queries, source)).find((state) => state.lane === lane) as LaneState
}
