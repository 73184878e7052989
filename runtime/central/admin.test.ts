// The admin port over real HTTP, on both stores: health, metrics, export, and who may read it.
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Batch } from '../protocol/uplink.ts'
import { VERSION } from '../version.ts'
import { adminServer } from './admin.ts'
import { applyBatches } from './ingest.ts'
import { centralMetrics } from './metrics.ts'
import { openSource } from './source.ts'
import type { Store } from './store.ts'
import { ENGINES, type TestEngine } from './testing/stores.ts'

const AT_MS = 1_795_000_000_000

for (const { name, skip, start } of ENGINES) {
  describe.skipIf(skip)(name, () => {
    let engine: TestEngine
    let store: Store
    const apps: FastifyInstance[] = []

    beforeAll(async () => {
      engine = await start()
      store = await engine.open()
    }, 60_000)

    afterEach(async () => {
      await Promise.all(apps.splice(0).map((app) => app.close()))
    })

    afterAll(async () => {
      await store?.close()
      await engine?.stop()
    })

    async function listen(token: string | null = null): Promise<string> {
      const { registry } = centralMetrics()
      const app = adminServer({ store, registry, token, documentsChanged: () => {} })
      apps.push(app)
      return app.listen({ port: 0 })
    }

    test('healthy while the store answers, and not while it does not', async () => {
      const url = await listen()
      const good = await fetch(`${url}/healthz`)
      expect(good.status).toBe(200)
      expect(await good.json()).toEqual({ ok: true, version: VERSION, store: store.description })
      const bad = await store.transaction(async (queries) => {
        await queries.query('lock table micropop.migrations in access exclusive mode')
        return fetch(`${url}/healthz`)
      })
      expect(bad.status).toBe(503)
      expect(await bad.json()).toMatchObject({ ok: false, fault: expect.stringContaining('no answer') })
    })

    test('metrics are in the Prometheus format', async () => {
      const response = await fetch(`${await listen()}/metrics`)
      expect(response.headers.get('content-type')).toContain('text/plain')
      const text = await response.text()
      expect(text).toMatch(/^micropop_central_uplinks 0$/m)
      expect(text).toMatch(/^micropop_central_apply_seconds_count 0$/m)
    })

    test('exports an event of many pages, line by line, and no other event', async () => {
      const url = await listen()
      const total = 2_345
      for (const event of ['other', 'exported']) {
        const source = { event, pop: 'hall', log: 'l' }
        await openSource(store, source)
        const records = Array.from({ length: total }, (_, i) => ({
          client: `client-${i % 7}`,
          seq: i + 1,
          ch: 'room.main',
          body: { event, n: i, größer: '✓' },
          at: AT_MS + i / 8,
        }))
        const batch: Batch = { t: 'batch', lane: 'bulk', first: 1, records }
        await applyBatches(store, source, [batch])
      }
      const response = await fetch(`${url}/v1/messages?event=exported&bodies=true`)
      expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
      const messages = (await response.text())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(messages).toHaveLength(total)
      expect(new Set(messages.map((m) => m.seq)).size).toBe(total)
      const nth = messages.find((m) => m.seq === 2_000)
      expect(nth).toEqual({
        client: `client-${1_999 % 7}`,
        lane: 'bulk',
        seq: 2_000,
        ch: 'room.main',
        at: AT_MS + 1_999 / 8,
        pop: 'hall',
        log: 'l',
        applied_at: expect.any(Number),
        body: { event: 'exported', n: 1_999, größer: '✓' },
      })
      const watermarks = await fetch(`${url}/v1/watermarks?event=exported`)
      expect(await watermarks.json()).toEqual([
        {
          ...{ pop: 'hall', log: 'l', lane: 'bulk', through: total, applied: total },
          ...{ duplicates: 0, shed: 0, repaired: 0, expired: 0 },
        },
      ])
    })

    test('an event without messages exports nothing', async () => {
      const response = await fetch(`${await listen()}/v1/messages?event=nothing`)
      expect(response.status).toBe(200)
      expect(await response.text()).toBe('')
    })

    test.each(['/v1/messages', '/v1/watermarks?event=A%20B', '/v1/messages?event=e&bodies=perhaps'])(
      '%s is a bad request',
      async (path) => {
        expect((await fetch((await listen()) + path)).status).toBe(400)
      },
    )

    test('off loopback the export asks for the secret, health and metrics do not', async () => {
      const url = await listen('secret')
      const status = async (path: string, authorization?: string) =>
        (await fetch(url + path, authorization ? { headers: { authorization } } : {})).status
      for (const path of ['/v1/messages?event=e', '/v1/watermarks?event=e', '/v1/documents?event=e']) {
        expect(await status(path)).toBe(401)
        expect(await status(path, 'Bearer other')).toBe(401)
        expect(await status(path, 'Bearer secret')).toBe(200)
      }
      expect(await status('/healthz')).toBe(200)
      expect(await status('/metrics')).toBe(200)
    })

    test.each([
      '/%761/messages',
      '/v%31/watermarks',
      'http://central/v1/messages',
      'http://central/%761/watermarks',
    ])('the export asks for the secret however its path is spelled: %s', async (path) => {
      const { port } = new URL(await listen('secret'))
      // Not fetch: it would tidy the request target.
      const asking = request({ host: '127.0.0.1', port, path: `${path}?event=e` }).end()
      const [response] = (await once(asking, 'response')) as [IncomingMessage]
      response.resume()
      expect(response.statusCode).toBe(401)
    })
  })
}
