// The whole way, on both stores: a segment log, the comparison's adapter, a socket, central, and rows that are gone.
import { once } from 'node:events'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { systemClock } from '../pop/clock.ts'
import { type Batch, type PopUplinkFrame, UPLINK_SUBPROTOCOL } from '../protocol/uplink.ts'
import { parseCentralFrame } from '../queue/parse-central-frame.ts'
import { Reconcile } from '../queue/reconcile.ts'
import { ReconcileDriver } from '../queue/reconcile-driver.ts'
import type { ReconcileAnswer } from '../queue/reconcile-effects.ts'
import { ModelledDisk } from '../queue/testing/modelled-disk.ts'
import { openLog } from '../queue/testing/open-log.ts'
import { uplinkRecord } from '../queue/uplink-record.ts'
import { exportMessages } from './export.ts'
import { CENTRAL_LIMITS } from './limits.ts'
import { centralMetrics } from './metrics.ts'
import { UplinkServer } from './server.ts'
import type { Store } from './store.ts'
import { ENGINES, type TestEngine } from './testing/stores.ts'

const RECORDS = 2_500
const SILENT = pino({ level: 'silent' })

for (const { name, skip, start } of ENGINES) {
  describe.skipIf(skip)(name, () => {
    let engine: TestEngine
    let store: Store
    let uplinks: UplinkServer
    let url: string

    beforeAll(async () => {
      engine = await start()
      store = await engine.open()
      const context = { store, metrics: centralMetrics(), limits: CENTRAL_LIMITS, clock: systemClock }
      uplinks = new UplinkServer({ ...context, logger: SILENT }, null)
      url = `ws://127.0.0.1:${await uplinks.listen(0, '127.0.0.1')}/uplink`
    }, 60_000)

    afterAll(async () => {
      await uplinks?.close()
      await store?.close()
      await engine?.stop()
    })

    test('rows deleted while the PoP is connected come back from its log, also from segments long applied', async () => {
      const { log, append, last } = await openLog(new ModelledDisk(), { segmentBytes: 20_000 })
      const bodies = Array.from({ length: RECORDS }, (_, i) => ({ n: i, text: '✓'.repeat(i % 9) }))
      for (let i = 0; i < RECORDS; i += 50) {
        await append(
          ...bodies.slice(i, i + 50).map((body): ['interactive', unknown] => ['interactive', body]),
        )
      }

      const socket = new WebSocket(url, UPLINK_SUBPROTOCOL)
      await once(socket, 'open')
      const send = (frame: PopUplinkFrame) => socket.send(JSON.stringify(frame))
      const applied = new Promise<void>((resolve) => {
        socket.on('message', (data) => {
          const parsed = parseCentralFrame(data.toString())
          if ('wrong' in parsed) throw new Error(parsed.wrong)
          const frame = parsed.ok
          if (frame.t === 'applied' && frame.through === RECORDS) resolve()
          if (frame.t !== 'ready' && frame.t !== 'applied') {
            driver.input({ is: 'answer', frame: frame as ReconcileAnswer })
          }
        })
      })
      const spans = () => ({
        interactive: { from: log.firstKept.interactive, through: last.interactive ?? 0 },
      })
      const driver = new ReconcileDriver({
        reconcile: new Reconcile({ everyMs: 50, random: () => 0.5, spans, versions: () => ({}) }),
        read: (lane, first, count) => log.read(lane, first, count),
        spans,
        send,
        nowMs: systemClock.monotonicMs,
        logger: SILENT,
      })

      send({ t: 'uplink', event: 'repaired', pop: 'hall', log: 'log-1' })
      for (let first = 1; first <= RECORDS; first += 500) {
        const records = (await log.read('interactive', first, 500)).map(
          (record) => record && uplinkRecord(record),
        )
        send({ t: 'batch', lane: 'interactive', first, records } satisfies Batch)
      }
      await applied
      driver.start()
      driver.link(true, false)
      await expect.poll(() => driver.last?.blocks).toBe(3)
      await store.query(`delete from micropop.messages where event = 'repaired' and seq % 100 = 7`)
      await expect.poll(() => driver.repaired, { timeout: 10_000 }).toBe(RECORDS / 100)
      await expect.poll(() => driver.last?.differing).toBe(0)
      await driver.stop()
      socket.terminate()

      const stored: unknown[] = []
      for await (const page of exportMessages(store, 'repaired', { bodies: true })) {
        stored.push(...page.map((line) => JSON.parse(line).body))
      }
      expect(stored).toEqual(bodies)
      await log.close()
    })
  })
}
