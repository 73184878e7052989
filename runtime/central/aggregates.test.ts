// Standing aggregates of two PoPs add up at central, on both stores, over pages, whatever came twice.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { UplinkRecord } from '../protocol/uplink.ts'
import { createAggregator } from '../queries/aggregates.ts'
import { standingValues } from './aggregates.ts'
import { applyBatches } from './ingest.ts'
import { openSource } from './source.ts'
import type { Store } from './store.ts'
import { ENGINES, type TestEngine } from './testing/stores.ts'

const EVENT = 'summit'
const AGG = { is: 'count', by: 'body.choice', per: 'client' } as const

/** The votes of one PoP as it would tell of them, a delta after each. */
function deltas(pop: string, votes: readonly [client: string, choice: string][]): UplinkRecord[] {
  const counts = createAggregator(AGG)
  return votes.map(([client, choice], i) => {
    counts.take({ client, at: 0, t: 0, off: i + 1, body: { choice } })
    const body = { ch: 'collect.poll.q1', agg: AGG, begins: 1, from: i, to: i + 1, delta: counts.delta(i) }
    return { client: `@log-${pop}`, seq: i + 1, ch: 'agg.votes', body, at: 0 }
  })
}

for (const { name, skip, start } of ENGINES) {
  describe.skipIf(skip)(name, () => {
    let engine: TestEngine
    let store: Store

    beforeAll(async () => {
      engine = await start()
      store = await engine.open()
    }, 60_000)

    afterAll(async () => {
      await store?.close()
      await engine?.stop()
    })

    test('two PoPs, a changed vote, a batch sent again, and something that is no delta', async () => {
      const votes: Record<string, [string, string][]> = {
        hall: [
          ['ann', 'a'],
          ['bob', 'b'],
          ['ann', 'b'],
        ],
        annex: [['cho', 'a']],
      }
      for (const [pop, cast] of Object.entries(votes)) {
        const source = { event: EVENT, pop, log: `log-${pop}` }
        await openSource(store, source)
        const records = deltas(pop, cast)
        const batch = { t: 'batch', lane: 'state', first: 1, records } as const
        await applyBatches(store, source, [batch])
        await applyBatches(store, source, [batch])
        const other = { client: 'eve', seq: 1, ch: 'agg.votes', body: 'forged', at: 0 }
        await applyBatches(store, source, [{ ...batch, lane: 'bulk', records: [other] }])
      }
      const { aggregates, refused } = await standingValues(store, EVENT, { pageRows: 2 })
      expect(aggregates).toMatchObject([{ name: 'votes', ch: 'collect.poll.q1', sources: 2, complete: true }])
      expect(aggregates[0]?.value).toMatchObject({ n: 3, by: { a: 1, b: 2 } })
      expect(refused).toBe(1)
      expect(await standingValues(store, 'other-event')).toEqual({ aggregates: [], refused: 0 })
    })
  })
}
