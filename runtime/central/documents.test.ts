// Documents on both stores: over HTTP with versions, and down real uplinks to PoPs that were there or come later.
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { versionsOf } from '../documents/versions.ts'
import { systemClock } from '../pop/clock.ts'
import { DOCUMENT_BYTES_MAX, type DocumentVersions } from '../protocol/uplink.ts'
import { adminServer } from './admin.ts'
import { putDocument } from './documents.ts'
import { CENTRAL_LIMITS } from './limits.ts'
import { centralMetrics } from './metrics.ts'
import { UplinkServer } from './server.ts'
import type { Store } from './store.ts'
import { ENGINES, type TestEngine } from './testing/stores.ts'
import { TestUplink } from './testing/test-uplink.ts'

for (const { name, skip, start } of ENGINES) {
  describe.skipIf(skip)(name, () => {
    let engine: TestEngine
    let store: Store
    let admin: FastifyInstance
    let uplinks: UplinkServer
    let adminUrl: string
    let uplinkUrl: string
    let event: string
    let events = 0

    beforeAll(async () => {
      engine = await start()
      store = await engine.open()
      const metrics = centralMetrics()
      const logger = pino({ level: 'silent' })
      uplinks = new UplinkServer({ store, metrics, limits: CENTRAL_LIMITS, clock: systemClock, logger }, null)
      uplinkUrl = `ws://127.0.0.1:${await uplinks.listen(0, '127.0.0.1')}/uplink`
      admin = adminServer({
        store,
        registry: metrics.registry,
        token: null,
        documentsChanged: (changed) => uplinks.documentsChanged(changed),
      })
      adminUrl = await admin.listen({ port: 0 })
    }, 60_000)

    beforeEach(() => {
      event = `event-${++events}`
    })

    afterAll(async () => {
      await uplinks?.close()
      await admin?.close()
      await store?.close()
      await engine?.stop()
    })

    async function call(method: string, path: string, headers: Record<string, string> = {}, body?: unknown) {
      const response = await fetch(`${adminUrl}/v1/documents${path}?event=${event}`, {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, etag: response.headers.get('etag'), json: text && JSON.parse(text) }
    }

    const NEW = { 'if-none-match': '*' }
    const at = (version: number) => ({ 'if-match': `"${version}"` })
    const put = (path: string, body: unknown, headers: Record<string, string> = NEW) =>
      call('PUT', path, headers, body)

    /** Greets as a PoP that has `versions`. */
    async function pop(id: string, versions: DocumentVersions | null = {}): Promise<TestUplink> {
      const uplink = await TestUplink.connect(uplinkUrl)
      uplink.send({ t: 'uplink', event, pop: id, log: `log-${id}`, ...(versions && { versions }) })
      expect(await uplink.next()).toEqual({ t: 'ready', watermarks: {} })
      return uplink
    }

    /** Takes the next document and acknowledges it. */
    async function take(uplink: TestUplink) {
      const frame = await uplink.next()
      if (frame.t !== 'doc') throw new Error(`expected a document, got ${frame.t}`)
      uplink.send({ t: 'doc-kept', kind: frame.kind, version: frame.version })
      return frame
    }

    test('a change is made on top of the version that was read, and on no other', async () => {
      expect(await put('/config/stage', { lights: 1 })).toEqual({
        status: 201,
        etag: '"1"',
        json: { version: 1 },
      })
      expect(await put('/config/stage', { lights: 2 }, at(1))).toMatchObject({ status: 200, etag: '"2"' })
      expect(await put('/config/stage', { lights: 3 }, at(1))).toMatchObject({
        status: 412,
        etag: '"2"',
        json: { code: 'MP_DOCUMENT_CONFLICT', version: 2, remedy: expect.any(String) },
      })
      expect(await put('/config/stage', {})).toMatchObject({ status: 412 })
      expect(await put('/config/stage', {}, {})).toMatchObject({ status: 428 })
      expect(await call('GET', '/config/stage')).toEqual({ status: 200, etag: '"2"', json: { lights: 2 } })
      expect(await put('/config/door', 'a text', NEW)).toMatchObject({ json: { version: 3 } })
      expect(await call('GET', '/config/door')).toMatchObject({ json: 'a text' })
      expect(await put('/config/door', null, { 'if-match': '*' })).toMatchObject({ json: { version: 4 } })
      expect(await call('GET', '/features/stage')).toMatchObject({ status: 404 })
    })

    test('a deleted document is gone, keeps its version, and may come back', async () => {
      expect(await call('DELETE', '/content/menu', { 'if-match': '*' })).toMatchObject({ status: 412 })
      await put('/content/menu', ['soup'])
      expect(await call('DELETE', '/content/menu', at(1))).toMatchObject({ json: { version: 2 } })
      expect(await call('GET', '/content/menu')).toMatchObject({ status: 404 })
      expect(await call('GET', '')).toMatchObject({
        json: [{ kind: 'content', name: 'menu', version: 2, deleted: true }],
      })
      expect(await put('/content/menu', ['bread'])).toMatchObject({ status: 201, json: { version: 3 } })
    })

    test('what is no document is refused', async () => {
      expect(await put('/music/stage', {})).toMatchObject({ status: 400 })
      expect(await put('/config/UPPER', {})).toMatchObject({ status: 400 })
      expect(await put('/config/stage', 'x'.repeat(DOCUMENT_BYTES_MAX))).toMatchObject({ status: 413 })
      // 5 bytes each as they come, 22 as they are kept.
      const grows = await fetch(`${adminUrl}/v1/documents/config/stage?event=${event}`, {
        method: 'PUT',
        headers: { ...NEW, 'content-type': 'application/json' },
        body: `[${Array(20_000).fill('1e20').join()}]`,
      })
      expect(grows.status).toBe(413)
      expect(await call('PUT', '/config/stage', NEW)).toMatchObject({ status: 400 })
      expect(await call('GET', '')).toMatchObject({ json: [] })
    })

    test('two writers at once: one changes the document, the other is told', async () => {
      await put('/config/stage', 0)
      const both = await Promise.all([put('/config/stage', 1, at(1)), put('/config/stage', 2, at(1))])
      expect(both.map(({ status }) => status).sort()).toEqual([200, 412])
    })

    test('PoPs that are connected get a change at once, later ones what they lack, in order', async () => {
      const halls = await Promise.all(['a', 'b', 'c'].map((id) => pop(id)))
      await put('/config/stage', { lights: 1 })
      for (const hall of halls) {
        expect(await take(hall)).toMatchObject({
          kind: 'config',
          name: 'stage',
          version: 1,
          body: { lights: 1 },
        })
      }
      await Promise.all([put('/config/door', 1), put('/config/stage', { lights: 2 }, at(1))])
      await put('/features/polls', true)
      await call('DELETE', '/config/door', { 'if-match': '*' })
      const late = await pop('late')
      const seen = [await take(late), await take(late), await take(late)]
      expect(seen.filter(({ kind }) => kind === 'config').map(({ version }) => version)).toEqual([
        expect.any(Number),
        4,
      ])
      expect(seen.find((document) => document.name === 'door')).not.toHaveProperty('body')
      const back = await pop('back', versionsOf([...seen.filter(({ kind }) => kind === 'config')]))
      expect(await take(back)).toMatchObject({ kind: 'features', name: 'polls', version: 1, body: true })
    })

    test('the next document waits until the one before is kept; beats do not', async () => {
      for (const id of ['a', 'b']) await put(`/content/${id}`, id)
      const hall = await pop('hall')
      expect(await hall.next()).toMatchObject({ t: 'doc', name: 'a' })
      hall.send({ t: 'beat', n: 1 })
      expect(await hall.next()).toEqual({ t: 'beat', n: 1 })
      hall.send({ t: 'doc-kept', kind: 'content', version: 1 })
      expect(await hall.next()).toMatchObject({ t: 'doc', name: 'b' })
    })

    test('a push that was lost is found by the next comparison', async () => {
      const hall = await pop('hall')
      await put('/config/stage', 1)
      expect(await hall.next()).toMatchObject({ t: 'doc', version: 1 })
      hall.send({ t: 'reconcile', n: 1, versions: {} })
      expect(await hall.next()).toMatchObject({ t: 'reconciling', n: 1 })
      expect(await take(hall)).toMatchObject({ version: 1 })
    })

    test('a PoP that lost one in the middle gets the kind anew, once', async () => {
      for (const id of ['a', 'b', 'c']) await put(`/config/${id}`, id)
      const has = versionsOf([
        { kind: 'config', name: 'a', version: 1 },
        { kind: 'config', name: 'c', version: 3 },
      ])
      const hall = await pop('hall', has)
      for (const version of [1, 2, 3]) expect(await take(hall)).toMatchObject({ version })
      hall.send({ t: 'reconcile', n: 1, versions: has })
      expect(await hall.next()).toMatchObject({ t: 'reconciling' })
      hall.send({ t: 'beat', n: 1 })
      expect(await hall.next()).toEqual({ t: 'beat', n: 1 })
    })

    test('after a restore of central, versions go on above what PoPs have', async () => {
      const hall = await pop('hall', versionsOf([{ kind: 'config', name: 'lost', version: 7 }]))
      hall.send({ t: 'beat', n: 1 })
      await hall.next()
      await expect
        .poll(() => store.query('select from micropop.document_versions where event = $1', [event]))
        .toHaveLength(1)
      expect(await put('/config/stage', 1)).toMatchObject({ json: { version: 8 } })
      expect(await take(hall)).toMatchObject({ version: 8 })
    })

    test('a PoP of before is sent none', async () => {
      await putDocument(store, { event, kind: 'config', name: 'stage' }, 1, 'none')
      const old = await pop('old', null)
      old.send({ t: 'beat', n: 1 })
      expect(await old.next()).toEqual({ t: 'beat', n: 1 })
    })
  })
}
