// Exactly-once on both stores: resends, overlaps, gaps, races, rollbacks, and any body.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lane } from '../protocol/lanes.ts'
import type { Batch, UplinkRecord } from '../protocol/uplink.ts'
import { pick, seededRandom } from '../testing/seeded-random.ts'
import { exportMessages, exportWatermarks } from './export.ts'
import { applyBatches, type Counts, LogRewound } from './ingest.ts'
import { migrate } from './schema.ts'
import { Fenced, openSource, type Source } from './source.ts'
import type { Queries, Store } from './store.ts'
import { ENGINES, type TestEngine } from './testing/stores.ts'

const AT_MS = 1_795_000_000_123
const DEEP = JSON.parse(`${'['.repeat(2_000)}${']'.repeat(2_000)}`)

function record(seq: number, client = 'ada'): UplinkRecord {
  return { client, seq, ch: 'room.main', body: { text: `${client} ${seq}` }, at: AT_MS - 0.5 }
}

function batch(first: number, count: number, lane: Lane = 'interactive'): Batch {
  return { t: 'batch', lane, first, records: Array.from({ length: count }, (_, i) => record(first + i)) }
}

function counts(of: Partial<Counts>): Counts {
  return { applied: 0, duplicates: 0, shed: 0, resent: 0, repaired: 0, ...of }
}

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

    async function source(pop = 'hall', event = `event-${++events}`): Promise<Source> {
      const opened = { event, pop, log: `log-of-${pop}` }
      await openSource(store, opened)
      return opened
    }

    async function messages(event: string, bodies = false) {
      const lines: string[] = []
      for await (const page of exportMessages(store, event, { bodies, pageRows: 7 })) lines.push(...page)
      return lines.map((line) => JSON.parse(line))
    }

    /** `through` = `applied` + `duplicates` + `shed` on every path, and all paths' `applied` make the messages there are. */
    async function expectConserved(event: string): Promise<void> {
      const watermarks = await exportWatermarks(store, event)
      for (const { through, applied, duplicates, shed } of watermarks) {
        expect(applied + duplicates + shed).toBe(through)
      }
      const applied = watermarks.reduce((sum, watermark) => sum + watermark.applied, 0)
      expect(await messages(event)).toHaveLength(applied)
    }

    test('a batch becomes messages and its watermark advances', async () => {
      const hall = await source()
      const outcome = await applyBatches(store, hall, [batch(1, 20)])
      expect(outcome).toEqual({
        through: { interactive: 20 },
        gaps: {},
        counts: { interactive: counts({ applied: 20, duplicates: 0, resent: 0 }) },
      })
      expect(await openSource(store, hall)).toEqual({ interactive: 20 })
      const stored = await messages(hall.event, true)
      expect(stored).toHaveLength(20)
      expect(stored[1]).toEqual({
        ...record(2),
        lane: 'interactive',
        pop: 'hall',
        log: 'log-of-hall',
        applied_at: expect.any(Number),
      })
    })

    test('a batch sent again changes nothing', async () => {
      const hall = await source()
      await applyBatches(store, hall, [batch(1, 5)])
      const before = await messages(hall.event)
      const again = await applyBatches(store, hall, [batch(2, 3)])
      expect(again.through).toEqual({ interactive: 5 })
      expect(again.counts).toEqual({ interactive: counts({ applied: 0, duplicates: 0, resent: 3 }) })
      expect(await messages(hall.event)).toEqual(before)
      await expectConserved(hall.event)
    })

    test('a message is stamped when it is written, and not when it began to wait for its turn', async () => {
      const hall = await source()
      const clockMs = async (queries: Queries) => {
        const [row] = await queries.query<{ ms: number }>(
          'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms',
        )
        return (row as { ms: number }).ms
      }
      // Connections for both: the one that waits begins at once.
      await Promise.all([clockMs(store), clockMs(store)])
      const { applying, heldUntilMs } = await store.transaction(async (queries) => {
        await queries.query('select from micropop.watermarks where event = $1 for update', [hall.event])
        const applying = applyBatches(store, hall, [batch(1, 5)])
        const sinceMs = await clockMs(queries)
        await expect.poll(() => clockMs(queries)).toBeGreaterThan(sinceMs + 20)
        return { applying, heldUntilMs: await clockMs(queries) }
      })
      await applying
      const appliedMs = (await messages(hall.event)).map((m) => m.applied_at)
      expect(appliedMs).toHaveLength(5)
      for (const ms of appliedMs) {
        expect(ms).toBeGreaterThanOrEqual(heldUntilMs)
        expect(ms).toBeLessThanOrEqual(await clockMs(store))
      }
    })

    test('a PoP that takes over with less of the log than came here goes on beside what came', async () => {
      const former = await source()
      await applyBatches(store, former, [batch(1, 5), batch(1, 2, 'critical')])
      const taken = { ...former, term: 2 }
      const began = { interactive: 3, critical: 9 }
      expect(await openSource(store, taken, began)).toEqual({ interactive: 3, critical: 2 })
      // Again after its restart, when it has more than central of both.
      expect(await openSource(store, taken, began)).toEqual({ interactive: 3, critical: 2 })

      const others = [record(4, 'bob'), record(5, 'bob')]
      const { through } = await applyBatches(store, taken, [
        { t: 'batch', lane: 'interactive', first: 4, records: others },
      ])
      expect(through).toEqual({ interactive: 5 })
      const of = (await messages(former.event)).filter(({ lane }) => lane === 'interactive')
      expect(of.map(({ client, seq }) => `${client} ${seq}`).sort()).toEqual(
        ['ada 1', 'ada 2', 'ada 3', 'ada 4', 'ada 5', 'bob 4', 'bob 5'].sort(),
      )
      await expectConserved(former.event)
      await expect(applyBatches(store, former, [batch(6, 1)])).rejects.toThrow(Fenced)
      await expect(openSource(store, former)).rejects.toThrow(Fenced)
    })

    test('of a batch that overlaps the watermark only the rest is applied', async () => {
      const hall = await source()
      await applyBatches(store, hall, [batch(1, 5)])
      const overlap = await applyBatches(store, hall, [batch(4, 4)])
      expect(overlap.counts).toEqual({ interactive: counts({ applied: 2, duplicates: 0, resent: 2 }) })
      expect((await messages(hall.event)).map((m) => m.seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
    })

    test('a batch past the watermark is a gap and leaves no trace', async () => {
      const hall = await source()
      await applyBatches(store, hall, [batch(1, 5)])
      const gap = await applyBatches(store, hall, [batch(7, 2)])
      expect(gap).toEqual({ through: {}, gaps: { interactive: 6 }, counts: {} })
      expect(await messages(hall.event)).toHaveLength(5)
    })

    test('batches of one group continue each other, lane by lane', async () => {
      const hall = await source()
      const group = [batch(1, 2), batch(1, 3, 'critical'), batch(3, 2), batch(9, 1), batch(4, 3)]
      const outcome = await applyBatches(store, hall, group)
      expect(outcome.through).toEqual({ interactive: 6, critical: 3 })
      expect(outcome.gaps).toEqual({ interactive: 7 })
      await expectConserved(hall.event)
    })

    test('a message that comes by two paths is applied once and counted', async () => {
      const hall = await source('hall')
      const backup = await source('backup', hall.event)
      await applyBatches(store, hall, [batch(1, 5)])
      const second = await applyBatches(store, backup, [batch(1, 8)])
      expect(second.through).toEqual({ interactive: 8 })
      expect(second.counts).toEqual({ interactive: counts({ applied: 3, duplicates: 5, resent: 0 }) })
      expect((await messages(hall.event)).map((m) => m.pop)).toEqual([
        ...Array(5).fill('hall'),
        ...Array(3).fill('backup'),
      ])
      await expectConserved(hall.event)
    })

    test('an identity twice in one batch is applied once', async () => {
      const hall = await source()
      const twice: Batch = { t: 'batch', lane: 'bulk', first: 1, records: [record(1), record(1)] }
      const outcome = await applyBatches(store, hall, [twice])
      expect(outcome.counts).toEqual({ bulk: counts({ applied: 1, duplicates: 1, resent: 0 }) })
      await expectConserved(hall.event)
    })

    test('what the database refuses rolls messages and watermark back together', async () => {
      const hall = await source()
      const impossible: Batch = { t: 'batch', lane: 'critical', first: 1, records: [record(1), record(0)] }
      await expect(applyBatches(store, hall, [batch(1, 3), impossible])).rejects.toThrow(/seq/)
      expect(await messages(hall.event)).toEqual([])
      expect(await openSource(store, hall)).toEqual({})
    })

    test('a log that went on differently under old numbers is refused, not skipped', async () => {
      const hall = await source()
      await applyBatches(store, hall, [batch(1, 5)])
      const rewound: Batch = { ...batch(4, 3), records: [record(4), record(91), record(92)] }
      await expect(applyBatches(store, hall, [rewound])).rejects.toThrow(LogRewound)
      expect(await messages(hall.event)).toHaveLength(5)
    })

    test('a record that the PoP shed takes its number and leaves no message', async () => {
      const hall = await source()
      const shed: Batch = { ...batch(1, 4), records: [record(1), null, null, record(4)] }
      const outcome = await applyBatches(store, hall, [shed, { ...batch(5, 1), records: [null] }])
      expect(outcome.through).toEqual({ interactive: 5 })
      expect(outcome.counts).toEqual({ interactive: counts({ applied: 2, shed: 3 }) })
      const again = await applyBatches(store, hall, [shed])
      expect(again.counts).toEqual({ interactive: counts({ resent: 4 }) })
      expect((await messages(hall.event)).map((m) => m.seq)).toEqual([1, 4])
      await expectConserved(hall.event)
    })

    test('what a PoP says of place and arrival is kept', async () => {
      const hall = await source()
      const told = { ...record(1), off: 7, part: 3, t: AT_MS + 0.25 }
      await applyBatches(store, hall, [{ ...batch(1, 2), records: [told, record(2)] }])
      const [first, second] = await messages(hall.event)
      expect(first).toMatchObject({ off: 7, part: 3, t: AT_MS + 0.25 })
      for (const field of ['off', 'part', 't']) expect(second).not.toHaveProperty(field)
    })

    test('rows that are gone are stored again where their records come again', async () => {
      const hall = await source()
      await applyBatches(store, hall, [batch(1, 5)])
      await store.query('delete from micropop.messages where event = $1 and seq in (2, 4)', [hall.event])
      const again = await applyBatches(store, hall, [batch(1, 5)])
      expect(again.counts).toEqual({ interactive: counts({ resent: 5, repaired: 2 }) })
      expect((await messages(hall.event)).map((m) => m.seq)).toEqual([1, 2, 3, 4, 5])
      await expectConserved(hall.event)
    })

    test('a log that was taken over is fenced off from its next batch on', async () => {
      const old = await source()
      await applyBatches(store, old, [batch(1, 2)])
      const promoted = { ...old, term: 2 }
      expect(await openSource(store, promoted)).toEqual({ interactive: 2 })
      await expect(applyBatches(store, old, [batch(3, 1)])).rejects.toThrow(Fenced)
      await expect(openSource(store, old)).rejects.toThrow(Fenced)
      await applyBatches(store, promoted, [batch(3, 2)])
      expect(await openSource(store, promoted)).toEqual({ interactive: 4 })
    })

    test('a source that was not opened is refused', async () => {
      const unopened = { event: 'unopened', pop: 'hall', log: 'x' }
      await expect(applyBatches(store, unopened, [batch(1, 1)])).rejects.toThrow(/not opened/)
    })

    test('any body comes back as it was sent', async () => {
      const hall = await source()
      const samples = fc.sample(fc.jsonValue({ depthSize: 'large' }), { numRuns: 200, seed: 3 })
      const fromWire = samples.map((value) => JSON.parse(JSON.stringify(value)))
      const hostile = ['a\u0000b', '\ud800', 'a\\u0000b', { '\u0000': 1 }, DEEP, null, 1e308, 5e-324, '']
      const bodies = [...hostile, JSON.parse('{"__proto__":{"x":1}}'), ...fromWire]
      const records = bodies.map((body, i) => ({ ...record(i + 1), body }))
      await applyBatches(store, hall, [{ t: 'batch', lane: 'state', first: 1, records }])
      expect((await messages(hall.event, true)).map((m) => m.body)).toEqual(bodies)
    })

    test('two connections of one source race through the same records: each is applied once', async () => {
      for (let seed = 1; seed <= 8; seed++) {
        const hall = await source()
        const random = seededRandom(seed)
        const total = 120
        const send = async () => {
          let next = ((await openSource(store, hall)).interactive ?? 0) + 1
          while (next <= total) {
            const from = Math.max(1, next - pick(random, 4))
            const count = Math.min(1 + pick(random, 15), total + 1 - from)
            const { through, gaps } = await applyBatches(store, hall, [batch(from, count)])
            next = gaps.interactive ?? (through.interactive ?? 0) + 1
          }
        }
        await Promise.all([send(), send(), send()])
        expect((await messages(hall.event)).map((m) => m.seq)).toEqual(
          Array.from({ length: total }, (_, i) => i + 1),
        )
        await expectConserved(hall.event)
      }
    })

    test('two PoPs race with the same messages in opposite order: each is applied once', async () => {
      const hall = await source('hall')
      const backup = await source('backup', hall.event)
      const records = Array.from({ length: 400 }, (_, i) => record(1 + (i >> 2), `client-${i % 4}`))
      const send = async (path: Source, order: UplinkRecord[]) => {
        for (let first = 1; first <= order.length; first += 40) {
          const part = order.slice(first - 1, first + 39)
          await applyBatches(store, path, [{ t: 'batch', lane: 'interactive', first, records: part }])
        }
      }
      await Promise.all([send(hall, records), send(backup, records.toReversed())])
      expect(await messages(hall.event)).toHaveLength(400)
      await expectConserved(hall.event)
    })

    test('migrating again, also at once, changes nothing', async () => {
      const hall = await source()
      await applyBatches(store, hall, [batch(1, 2)])
      await Promise.all([migrate(store), migrate(store), migrate(store)])
      expect(await messages(hall.event)).toHaveLength(2)
    })

    test('a database of a newer version is refused', async () => {
      await store.query('insert into micropop.migrations (version) values (999)')
      await expect(migrate(store)).rejects.toMatchObject({ code: 'MP_SCHEMA_NEWER', exitCode: 3 })
      await store.query('delete from micropop.migrations where version = 999')
    })
  })
}
