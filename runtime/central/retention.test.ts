// Retention on both stores: what goes, what stays counted, and that nothing comes back.
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { UplinkRecord } from '../protocol/uplink.ts'
import { answerComparison, type ComparisonFrame } from './comparison.ts'
import { exportMessages, exportWatermarks } from './export.ts'
import { applyBatches } from './ingest.ts'
import { centralMetrics } from './metrics.ts'
import { expireMessages, startRetention } from './retention.ts'
import { openSource, type Source } from './source.ts'
import type { Store } from './store.ts'
import { ReconcilingPop } from './testing/reconciling-pop.ts'
import { ENGINES, type TestEngine } from './testing/stores.ts'

const HOUR_MS = 3_600_000
const SILENT = pino({ level: 'silent' })

const records = (count: number): UplinkRecord[] =>
  Array.from({ length: count }, (_, i) => ({ client: 'ada', seq: i + 1, ch: 'room', body: i, at: i }))

for (const { name, skip, start } of ENGINES) {
  describe.skipIf(skip)(name, () => {
    let engine: TestEngine
    let store: Store
    let events = 0

    beforeAll(async () => {
      engine = await start()
      store = await engine.open()
    }, 60_000)

    afterAll(async () => {
      await store?.close()
      await engine?.stop()
    })

    async function pop(log: UplinkRecord[], { event = `event-${++events}`, pop = 'hall' } = {}) {
      const source: Source = { event, pop, log: `log-of-${pop}` }
      await openSource(store, source)
      await applyBatches(store, source, [{ t: 'batch', lane: 'bulk', first: 1, records: log }])
      const context = { store, metrics: centralMetrics() }
      const ask = (frame: unknown) => answerComparison(context, SILENT, source, frame as ComparisonFrame)
      return Object.assign(new ReconcilingPop({ bulk: log }, ask), { event, source })
    }

    const age = (event: string, where: string) =>
      store.query(
        `update micropop.messages set applied_at = applied_at - interval '2 hours' where event = $1 and (${where})`,
        [event],
      )

    async function seqs(event: string): Promise<number[]> {
      const found: number[] = []
      for await (const page of exportMessages(store, event)) found.push(...page.map((l) => JSON.parse(l).seq))
      return found
    }

    test('what is old goes, in batches; watermarks stay, and the PoP does not bring it back', async () => {
      const hall = await pop(records(100))
      await age(hall.event, 'seq <= 60')
      expect(await expireMessages(store, HOUR_MS, { batchRows: 7 })).toBe(60)
      expect(await seqs(hall.event)).toEqual(Array.from({ length: 40 }, (_, i) => i + 61))
      expect(await exportWatermarks(store, hall.event)).toMatchObject([
        { through: 100, applied: 100, expired: 60, repaired: 0 },
      ])
      expect(await openSource(store, hall.source)).toEqual({ bulk: 100 })
      expect(await hall.round()).toMatchObject({ differing: 0, sentAgain: 0 })
      const again = await applyBatches(store, hall.source, [
        { t: 'batch', lane: 'bulk', first: 1, records: records(100) },
      ])
      expect(again.counts.bulk).toMatchObject({ resent: 100, repaired: 0 })
      expect(await seqs(hall.event)).toHaveLength(40)
      await store.query('delete from micropop.messages where event = $1 and seq = 80', [hall.event])
      expect(await hall.round()).toMatchObject({ sentAgain: 1, repaired: 1 })
    })

    test('another PoP that brought the same messages does not bring them back either', async () => {
      const hall = await pop(records(30))
      const backup = await pop(records(50), { event: hall.event, pop: 'backup' })
      await age(hall.event, 'seq <= 20')
      expect(await expireMessages(store, HOUR_MS)).toBe(20)
      for (const each of [hall, backup]) {
        expect(await each.round()).toMatchObject({ differing: 0, sentAgain: 0 })
      }
      await age(hall.event, 'true')
      expect(await expireMessages(store, HOUR_MS)).toBe(30)
      expect(await seqs(hall.event)).toEqual([])
      const watermarks = await exportWatermarks(store, hall.event)
      for (const { applied, expired } of watermarks) expect(expired).toBe(applied)
    })

    test('a message that was repaired is as old as its repair', async () => {
      const hall = await pop(records(10))
      await age(hall.event, 'true')
      await store.query('delete from micropop.messages where event = $1 and seq = 5', [hall.event])
      await hall.round()
      expect(await expireMessages(store, HOUR_MS)).toBe(4)
      expect((await seqs(hall.event))[0]).toBe(5)
    })

    test('central runs it by itself, and stops in the middle', async () => {
      const hall = await pop(records(10))
      await store.query(
        `update micropop.messages set applied_at = applied_at - interval '3 days' where event = $1`,
        [hall.event],
      )
      const retention = startRetention(store, 2, SILENT)
      await expect.poll(() => seqs(hall.event)).toEqual([])
      await retention.stop()
    })
  })
}
