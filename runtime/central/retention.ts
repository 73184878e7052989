// Lets messages go for their age, a bounded batch at a time; what was applied stays counted, and stays applied.
import type { Logger } from 'pino'
import { type Store, transactionWithRetry } from './store.ts'

/** Messages of one transaction. */
const BATCH_ROWS = 1_000
/** After a run that let messages go or looked in vain, ms. */
const EVERY_MS = 10 * 60_000
const DAY_MS = 24 * 3_600_000

interface ExpireOptions {
  batchRows?: number
  /** Asked before each batch. */
  cancelled?: () => boolean
}

/**
 * Deletes messages that were applied more than `keepMs` ago, by the store's clock, and returns how many. Each path is
 * gone through from its beginning to its first younger message. From then on a comparison takes no notice of the
 * numbers that went, also of other paths that brought the same messages: they are not repaired back.
 */
export async function expireMessages(
  store: Store,
  keepMs: number,
  { batchRows = BATCH_ROWS, cancelled = () => false }: ExpireOptions = {},
): Promise<number> {
  const paths = await store.query<{ path: number }>('select path from micropop.watermarks where through > 0')
  let expired = 0
  for (const { path } of paths) {
    let after = 0
    while (!cancelled()) {
      const { count, last } = await expireBatch(store, path, after, keepMs, batchRows)
      expired += count
      after = last
      if (count < batchRows) break
    }
  }
  return expired
}

/** `last`: the last record of the path that went. */
async function expireBatch(store: Store, path: number, after: number, keepMs: number, rows: number) {
  return transactionWithRetry(store, async (queries) => {
    // The lock that ingest and repair take: neither is in the middle of this lane.
    await queries.query('select from micropop.watermarks where path = $1 for update', [path])
    const [batch] = await queries.query<{ count: number; last: number }>(
      `with oldest as (
         select lane_seq, applied_at < clock_timestamp() - $3::float8 * interval '1 millisecond' as old
         from micropop.messages where path = $1 and lane_seq > $2 order by lane_seq limit $4
       ), gone as (
         delete from micropop.messages m using oldest o
         where m.path = $1 and m.lane_seq = o.lane_seq
           and o.lane_seq < (select coalesce(min(lane_seq), 9223372036854775807) from oldest where not old)
         returning m.event, m.client, m.lane, m.seq, m.lane_seq
       ), elsewhere as (
         delete from micropop.also_brought a using gone g
         where (a.event, a.client, a.lane, a.seq) = (g.event, g.client, g.lane, g.seq)
         returning a.path, a.lane_seq
       ), through as (
         select path, max(lane_seq) as last, 0 as count from elsewhere where path <> $1 group by path
         union all
         select $1, max(lane_seq), count(*) from gone having count(*) > 0
       ), noted as (
         update micropop.watermarks w
         set expired_through = greatest(w.expired_through, t.last), expired = w.expired + t.count
         from through t where w.path = t.path
       )
       select count(*)::int as count, coalesce(max(lane_seq), $2)::float8 as last from gone`,
      [path, after, keepMs, rows],
    )
    return batch as { count: number; last: number }
  })
}

/** Runs `expireMessages` now and then, until `stop` is called, which waits for the batch in progress. */
export function startRetention(
  store: Store,
  keepDays: number,
  logger: Logger,
): { stop: () => Promise<void> } {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const run = async () => {
    try {
      const expired = await expireMessages(store, keepDays * DAY_MS, { cancelled: () => stopped })
      if (expired > 0) logger.info({ expired, keepDays }, 'messages were let go for their age')
    } catch (error) {
      const { code, message } = error as Error & { code?: string }
      logger.error({ code, reason: message }, 'cannot let old messages go; it is tried again')
    }
    if (!stopped) timer = setTimeout(start, EVERY_MS)
  }
  let running = run()
  const start = () => {
    running = run()
  }
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
