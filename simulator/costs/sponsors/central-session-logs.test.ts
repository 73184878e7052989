// What central answers when an invoice asks it for the logs, over real HTTP.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminServer } from '../../../runtime/central/admin.ts'
import { centralMetrics } from '../../../runtime/central/metrics.ts'
import type { Store } from '../../../runtime/central/store.ts'
import { ENGINES, type TestEngine } from '../../../runtime/central/testing/stores.ts'
import { centralRecords } from './central-session-logs.ts'

const EVENT = { name: 'conference', venues: [] }
const TOKEN = 'the-shared-secret'

let engine: TestEngine
let store: Store

beforeAll(async () => {
  const embedded = ENGINES.find(({ skip }) => !skip)
  if (!embedded) throw new Error('No database can be started here.')
  engine = await embedded.start()
  store = await engine.open()
}, 60_000)

afterAll(async () => {
  await store?.close()
  await engine?.stop()
})

test('without the secret that central asks for, the reader is told how to give it', async () => {
  const { registry } = centralMetrics()
  const app = adminServer({ store, registry, token: TOKEN, documentsChanged: () => {} })
  const origin = await app.listen({ port: 0 })
  const read = (token: string | null) =>
    Array.fromAsync(centralRecords({ origin, token }, EVENT, AbortSignal.timeout(10_000)))
  try {
    for (const token of [null, 'another']) {
      await expect(read(token)).rejects.toMatchObject({
        code: 'MP_CENTRAL_EXPORT',
        message: expect.stringContaining('HTTP 401'),
        remedy: expect.stringContaining('--token-file FILE'),
      })
    }
    expect(await read(TOKEN)).toEqual([])
  } finally {
    await app.close()
  }
})
