// Comparison and repair on both stores: the PoP's real state machine against real tables that lose rows.
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lane } from '../protocol/lanes.ts'
import type { UplinkRecord } from '../protocol/uplink.ts'
import { pick, seededRandom } from '../testing/seeded-random.ts'
import { answerComparison, type ComparisonFrame } from './comparison.ts'
import { exportMessages, exportWatermarks } from './export.ts'
import { applyBatches } from './ingest.ts'
import { centralMetrics } from './metrics.ts'
import { parseUplinkFrame } from './parse-frame.ts'
import { openSource, type Source } from './source.ts'
import type { Store } from './store.ts'
import { ReconcilingPop } from './testing/reconciling-pop.ts'
import { ENGINES, type TestEngine } from './testing/stores.ts'

const LANE: Lane = 'interactive'
const SILENT = pino({ level: 'silent' })
/** Bodies that the database cannot give back byte for byte: digests must not depend on it. */
const BODIES = [{ b: 1, a: 2 }, 1e21, 0.1, 'a\u0000b', '\ud800', [null, true], { n: 1.0 }, '']

function record(seq: number, client = 'ada'): UplinkRecord {
  return { client, seq, ch: 'room.main', body: BODIES[seq % BODIES.length], at: 1_795_000_000_000 + seq / 8 }
}

const records = (count: number, client = 'ada') =>
  Array.from({ length: count }, (_, i) => record(i + 1, client))

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

    /** A PoP whose log central has applied. */
    async function pop(log: (UplinkRecord | null)[], { event = `event-${++events}`, pop = 'hall' } = {}) {
      const source: Source = { event, pop, log: `log-of-${pop}` }
      await openSource(store, source)
      for (let first = 1; first <= log.length; first += 1_000) {
        const part = log.slice(first - 1, first + 999)
        await applyBatches(store, source, [{ t: 'batch', lane: LANE, first, records: part }])
      }
      const context = { store, metrics: centralMetrics() }
      const reconciling = new ReconcilingPop({ [LANE]: log }, async (frame) => {
        const parsed = parseUplinkFrame(JSON.stringify(frame))
        if ('wrong' in parsed) throw new Error(parsed.wrong)
        return answerComparison(context, SILENT, source, parsed.ok as ComparisonFrame)
      })
      return Object.assign(reconciling, { event, source })
    }

    async function seqs(event: string): Promise<number[]> {
      const found: number[] = []
      for await (const page of exportMessages(store, event)) found.push(...page.map((l) => JSON.parse(l).seq))
      return found
    }

    const lose = (event: string, where: string) =>
      store.query(`delete from micropop.messages where event = $1 and (${where})`, [event])

    test('where nothing is missing, a round costs one frame for dozens of blocks', async () => {
      const hall = await pop(records(5_000))
      expect(await hall.round()).toMatchObject({ blocks: 5, differing: 0, sentAgain: 0 })
      expect(hall.sent.map(({ t }) => t)).toEqual(['reconcile', 'digests'])
      expect(hall.readsOfRecords).toBe(5_000)
      await hall.round()
      expect(hall.readsOfRecords).toBe(0)
    })

    test('rows deleted by hand are found, sent again and stored: just these', async () => {
      const hall = await pop(records(3_000))
      await lose(hall.event, 'seq = 1 or seq = 3000 or seq between 1000 and 1200')
      const lost = 203
      expect(await hall.round()).toMatchObject({ differing: 3, sentAgain: lost, repaired: lost })
      expect(await seqs(hall.event)).toEqual(records(3_000).map(({ seq }) => seq))
      const [{ applied, repaired } = { applied: 0, repaired: 0 }] = await exportWatermarks(store, hall.event)
      expect([applied, repaired]).toEqual([3_000, lost])
      expect(await hall.round()).toMatchObject({ differing: 0 })
    })

    test('bodies come back from a repair as they were sent', async () => {
      const hall = await pop(records(BODIES.length))
      await lose(hall.event, 'true')
      await hall.round()
      const bodies: unknown[] = []
      for await (const page of exportMessages(store, hall.event, { bodies: true })) {
        bodies.push(...page.map((line) => JSON.parse(line).body))
      }
      expect(bodies).toEqual(records(BODIES.length).map(({ body }) => body))
    })

    test('a block that another PoP brought is equal, and stays equal', async () => {
      const hall = await pop(records(1_500))
      const backup = await pop(records(1_500), { event: hall.event, pop: 'backup' })
      for (let round = 0; round < 2; round++) {
        expect(await backup.round()).toMatchObject({ differing: 0, sentAgain: 0 })
        expect(await hall.round()).toMatchObject({ differing: 0, sentAgain: 0 })
      }
    })

    test('what one PoP brought and central lost, either repairs, and the other finds it there', async () => {
      const hall = await pop(records(1_500))
      const backup = await pop(records(1_500), { event: hall.event, pop: 'backup' })
      await lose(hall.event, 'seq between 10 and 19')
      expect(await backup.round()).toMatchObject({ sentAgain: 10, repaired: 10 })
      // Sent once, to learn that they are there by the other path; from then on the blocks are equal.
      expect(await hall.round()).toMatchObject({ sentAgain: 10, repaired: 0 })
      for (const each of [hall, backup]) expect(await each.round()).toMatchObject({ differing: 0 })
      expect(await seqs(hall.event)).toHaveLength(1_500)
    })

    test("what the log shed is nobody's loss; where central has it all the same, that is looked into once", async () => {
      const log: (UplinkRecord | null)[] = records(100)
      log[6] = null
      const hall = await pop(log)
      expect(await hall.round()).toMatchObject({ differing: 0 })
      hall.log[LANE]?.splice(10, 1, null)
      const again = Object.assign(new ReconcilingPop(hall.log, answering(hall.source)), {})
      expect(await again.round()).toMatchObject({ differing: 1, sentAgain: 0 })
      expect(again.told).toMatchObject([{ do: 'differs', lacks: 0, extra: 1, other: 0 }])
      expect(await again.round()).toMatchObject({ differing: 0 })
    })

    function answering(source: Source) {
      const context = { store, metrics: centralMetrics() }
      return (frame: unknown) => answerComparison(context, SILENT, source, frame as ComparisonFrame)
    }

    test('other contents under a number of the log are told and left alone', async () => {
      const hall = await pop(records(50))
      const other = records(50).with(9, { ...record(10), body: 'another' })
      const changed = new ReconcilingPop({ [LANE]: other }, answering(hall.source))
      expect(await changed.round()).toMatchObject({ differing: 1, sentAgain: 0 })
      expect(changed.told).toMatchObject([{ do: 'differs', lacks: 0, extra: 0, other: 1 }])
      expect(await changed.round()).toMatchObject({ differing: 0 })
    })

    test('a log that let its beginning go is compared from there on', async () => {
      const hall = await pop(records(3_000))
      hall.keptFrom = 1_500
      await lose(hall.event, 'seq in (1400, 1600)')
      expect(await hall.round()).toMatchObject({ blocks: 2, sentAgain: 1, repaired: 1 })
      hall.keptFrom = 2_100
      expect(await hall.round()).toMatchObject({ blocks: 1, differing: 0 })
    })

    test('rows from before digests were kept are sent again once, and then compared', async () => {
      const hall = await pop(records(20))
      await store.query('update micropop.messages set digest = null where event = $1', [hall.event])
      expect(await hall.round()).toMatchObject({ sentAgain: 20, repaired: 0 })
      expect(await hall.round()).toMatchObject({ differing: 0 })
      expect(await seqs(hall.event)).toHaveLength(20)
    })

    test('a writer that was fenced off repairs nothing', async () => {
      const hall = await pop(records(10))
      await openSource(store, { ...hall.source, term: 2 })
      await expect(hall.round()).rejects.toThrow(/term 1 of this log is over/)
    })

    test("whatever rows two PoPs' tables lose, rounds bring back, each message once", async () => {
      for (let seed = 1; seed <= 5; seed++) {
        const random = seededRandom(seed)
        const shared = records(300, 'shared')
        const own = (client: string) => records(200, client)
        const mix = (client: string) =>
          [...shared, ...own(client)].sort((a, b) => a.seq - b.seq || (a.client < b.client ? -1 : 1))
        const hall = await pop(mix('hall'))
        const backup = await pop(mix('backup'), { event: hall.event, pop: 'backup' })
        await lose(
          hall.event,
          `seq % ${2 + pick(random, 5)} = 0 or client = '${['hall', 'shared'][pick(random, 2)]}'`,
        )
        const both = random() < 0.5 ? [hall, backup] : [backup, hall]
        for (const each of [...both, ...both]) await each.round()
        for (const each of both) expect(await each.round(), `seed ${seed}`).toMatchObject({ differing: 0 })
        expect(await seqs(hall.event), `seed ${seed}`).toHaveLength(700)
      }
    })

    test('100,000 records are compared in small steps, and one that is missing costs one block', async () => {
      const hall = await pop(records(100_000))
      await lose(hall.event, 'seq = 77777')
      expect(await hall.round()).toMatchObject({ blocks: 98, sentAgain: 1, repaired: 1 })
      const compared = hall.sent.flatMap((frame) => (frame.t === 'digests' ? [frame.blocks.length] : []))
      expect(compared).toEqual([32, 32, 32, 2])
      expect(hall.sent.filter(({ t }) => t === 'records')).toHaveLength(1)
      for (const frame of hall.sent) expect(JSON.stringify(frame).length).toBeLessThan(16 * 1024)
      // Virtual time after the interval: 256 records every 25 ms.
      expect(hall.nowMs - 60_000).toBeGreaterThan((100_000 / 256) * 25)
      expect(hall.readsOfRecords).toBe(100_000 + 1_024)
      await hall.round()
      expect(hall.readsOfRecords).toBe(0)
    }, 60_000)
  })
}
