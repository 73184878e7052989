// What the standing aggregates of an event add up to, over all its PoPs: folded from the deltas that they sent up.
import { AGGREGATE_PREFIX } from '../protocol/standing.ts'
import { DeltaFold, type StandingValue } from '../queries/fold-deltas.ts'
import type { Queries } from './store.ts'

export interface StandingAnswer {
  aggregates: StandingValue[]
  /** Messages on `agg.` channels that are no deltas, or beyond what is kept at once. */
  refused: number
}

const PAGE_ROWS = 1_000

/** Reads every delta once, a page at a time: the answer is of what is here now, and needs no state of its own. */
export async function standingValues(
  queries: Queries,
  event: string,
  { pageRows = PAGE_ROWS }: { pageRows?: number } = {},
): Promise<StandingAnswer> {
  const fold = new DeltaFold()
  let refused = 0
  let after: [string, string, number] = ['', '', 0]
  for (;;) {
    const rows = await queries.query<{ client: string; lane: string; seq: number; ch: string; body: string }>(
      // The prefix as it is in the index: a parameter would not use it.
      `select client, lane, seq::float8 as seq, ch, coalesce(body::text, body_text) as body
       from micropop.messages
       where starts_with(ch, '${AGGREGATE_PREFIX}') and event = $1 and (client, lane, seq) > ($2, $3, $4)
       order by client, lane, seq limit $5`,
      [event, ...after, pageRows],
    )
    for (const { client, ch, body } of rows) {
      if ('wrong' in fold.take({ client, ch, body: JSON.parse(body) })) refused++
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageRows) return { aggregates: fold.values(), refused }
    after = [last.client, last.lane, last.seq]
  }
}
