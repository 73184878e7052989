// A PoP goes on with its comparison as soon as it has the answer, also where central's database is slow with documents.
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { systemClock } from '../pop/clock.ts'
import { CENTRAL_LIMITS } from './limits.ts'
import { centralMetrics } from './metrics.ts'
import { UplinkServer } from './server.ts'
import type { Store } from './store.ts'
import { ENGINES } from './testing/stores.ts'
import { TestUplink } from './testing/test-uplink.ts'

test('the next frame of a comparison is taken while documents are still looked at', {
  timeout: 60_000,
}, async () => {
  const engine = await (ENGINES[0] as (typeof ENGINES)[number]).start()
  const store = await engine.open()
  const { promise: slow, resolve: go } = Promise.withResolvers<void>()
  const slowWithDocuments: Store = {
    ...store,
    query: async (text, values) => {
      if (text.includes('micropop.document')) await slow
      return store.query(text, values)
    },
  }
  const context = { metrics: centralMetrics(), limits: CENTRAL_LIMITS, clock: systemClock }
  const server = new UplinkServer(
    { ...context, store: slowWithDocuments, logger: pino({ level: 'silent' }) },
    null,
  )
  const uplink = await TestUplink.connect(`ws://127.0.0.1:${await server.listen(0, '127.0.0.1')}/uplink`)
  const versions = { config: { through: 1, digest: '0'.repeat(16) } }
  uplink.send({ t: 'uplink', event: 'slow', pop: 'hall', log: 'log-1', versions })
  expect(await uplink.next()).toMatchObject({ t: 'ready' })
  for (let n = 1; n <= 3; n++) {
    uplink.send({ t: 'reconcile', n, versions })
    expect(await uplink.next()).toEqual({ t: 'reconciling', n, expired: {} })
  }
  go()
  uplink.socket.terminate()
  await server.close()
  await store.close()
  await engine.stop()
})
