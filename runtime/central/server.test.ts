// The uplink over real sockets, on both stores: order, backpressure, refusals, and the end of a connection.
import { once } from 'node:events'
import { request } from 'node:http'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../pop/clock.ts'
import type { Batch, UplinkRecord } from '../protocol/uplink.ts'
import { UPLINK_FRAME_BYTES_MAX } from '../protocol/uplink.ts'
import { exportMessages, exportWatermarks } from './export.ts'
import { CENTRAL_LIMITS, type CentralLimits } from './limits.ts'
import { centralMetrics } from './metrics.ts'
import { UplinkServer } from './server.ts'
import type { Store } from './store.ts'
import { stall } from './testing/stalled-store.ts'
import { ENGINES, type TestEngine } from './testing/stores.ts'
import { TestUplink } from './testing/test-uplink.ts'

const TOKEN = 'the-shared-secret'
const BODY = 'nobody may read this in a log'

function record(seq: number, body: unknown = BODY): UplinkRecord {
  return { client: 'ada', seq, ch: 'room.main', body, at: 1_795_000_000_000 }
}

function batch(first: number, count = 1, body?: unknown): Batch {
  const records = Array.from({ length: count }, (_, i) => record(first + i, body))
  return { t: 'batch', lane: 'interactive', first, records }
}

for (const { name, skip, start } of ENGINES) {
  describe.skipIf(skip)(name, () => {
    let engine: TestEngine
    let store: Store
    let url: string
    let metrics: ReturnType<typeof centralMetrics>
    const servers: UplinkServer[] = []
    const log: string[] = []
    let events = 0

    beforeAll(async () => {
      engine = await start()
      store = await engine.open()
    }, 60_000)

    afterEach(async () => {
      await Promise.all(servers.splice(0).map((server) => server.close()))
    })

    afterAll(async () => {
      await store?.close()
      await engine?.stop()
    })

    async function listen(limits: Partial<CentralLimits> = {}, clock = systemClock): Promise<UplinkServer> {
      const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) })
      metrics = centralMetrics()
      const context = { store, metrics, limits: { ...CENTRAL_LIMITS, ...limits }, clock, logger }
      const server = new UplinkServer(context, TOKEN)
      servers.push(server)
      url = `ws://127.0.0.1:${await server.listen(0, '127.0.0.1')}/uplink`
      return server
    }

    const connect = () => TestUplink.connect(url, { token: TOKEN })
    const newEvent = () => `event-${++events}`

    async function storedSeqs(event: string): Promise<number[]> {
      const seqs: number[] = []
      for await (const page of exportMessages(store, event)) seqs.push(...page.map((l) => JSON.parse(l).seq))
      return seqs
    }

    test('greets, applies, and tells the next connection where to continue', async () => {
      await listen()
      const event = newEvent()
      const uplink = await connect()
      expect(await uplink.hello(event)).toEqual({ t: 'ready', watermarks: {} })
      uplink.send(batch(1, 3))
      expect(await uplink.next()).toEqual({ t: 'applied', lane: 'interactive', through: 3 })
      uplink.send(batch(5))
      expect(await uplink.next()).toEqual({ t: 'gap', lane: 'interactive', expected: 4 })
      uplink.send(batch(2, 4))
      expect(await uplink.next()).toEqual({ t: 'applied', lane: 'interactive', through: 5 })
      const successor = await connect()
      expect(await successor.hello(event)).toEqual({ t: 'ready', watermarks: { interactive: 5 } })
      const other = await connect()
      expect(await other.hello(event, 'hall', 'log-2')).toEqual({ t: 'ready', watermarks: {} })
      expect(await storedSeqs(event)).toEqual([1, 2, 3, 4, 5])
    })

    test('twenty PoPs at once: every batch of each is applied, once', async () => {
      await listen()
      const event = newEvent()
      const pops = await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const uplink = await connect()
          await uplink.hello(event, `pop-${i}`, `log-${i}`)
          return { uplink, client: `client-${i}` }
        }),
      )
      await Promise.all(
        pops.map(async ({ uplink, client }) => {
          for (let first = 1; first <= 100; first += 5) {
            const records = batch(first, 5).records.map((of) => ({ ...of, client }))
            uplink.send({ ...batch(first), records })
          }
          await uplink.until((frame) => frame.t === 'applied' && frame.through === 100)
        }),
      )
      const watermarks = await exportWatermarks(store, event)
      expect(watermarks.map(({ through, applied }) => [through, applied])).toEqual(Array(20).fill([100, 100]))
      expect(await storedSeqs(event)).toHaveLength(2_000)
    })

    test('answers beats at once while the store is slow, then the batches in order', async () => {
      await listen()
      const event = newEvent()
      const uplink = await connect()
      await uplink.hello(event)
      const go = await stall(store, event)
      for (let first = 1; first <= 20; first++) uplink.send(batch(first))
      uplink.send({ t: 'beat', n: 7 })
      expect(await uplink.next()).toEqual({ t: 'beat', n: 7 })
      await go()
      const answers = await uplink.until((frame) => frame.t === 'applied' && frame.through === 20)
      expect(answers.map((frame) => frame.t === 'applied' && frame.through)).toEqual([1, 20])
    })

    test('holds a PoP back that sends faster than the store commits, and loses nothing of it', async () => {
      await listen({ waitingBatches: 4 })
      const event = newEvent()
      const uplink = await connect()
      await uplink.hello(event)
      const go = await stall(store, event)
      const count = 60
      for (let first = 1; first <= count; first++) uplink.send(batch(first, 1, 'x'.repeat(400_000)))
      await vi.waitFor(async () => expect((await metrics.pauses.get()).values[0]?.value).toBe(1))
      // What the socket had read before it was paused may still come out of it; not the 24 MB.
      expect((await metrics.waitingBatches.get()).values[0]?.value).toBeLessThan(10)
      expect(uplink.socket.bufferedAmount).toBeGreaterThan(0)
      await go()
      await uplink.until((frame) => frame.t === 'applied' && frame.through === count)
      expect(await storedSeqs(event)).toHaveLength(count)
      expect((await metrics.waitingBatches.get()).values[0]?.value).toBe(0)
    })

    test('a stale connection and its successor send the same records: each is applied once', async () => {
      await listen()
      const event = newEvent()
      const stale = await connect()
      const successor = await connect()
      await stale.hello(event)
      const go = await stall(store, event)
      for (let first = 1; first <= 30; first += 3) stale.send(batch(first, 3))
      await vi.waitFor(async () => expect((await metrics.batches.get()).values[0]?.value).toBe(10))
      const greeted = successor.hello(event)
      for (let first = 1; first <= 40; first += 4) successor.send(batch(first, 4))
      await go()
      expect(await greeted).toMatchObject({ t: 'ready' })
      await successor.until((frame) => frame.t === 'applied' && frame.through === 40)
      expect(await storedSeqs(event)).toHaveLength(40)
      expect(await exportWatermarks(store, event)).toMatchObject([
        { through: 40, applied: 40, duplicates: 0 },
      ])
    })

    test.each([
      ['not JSON', '{"t":'],
      ['a second hello', { t: 'uplink', event: 'e', pop: 'p', log: 'l' }],
      ['a bad record behind good ones', { ...batch(1), records: [record(1), record(2), record(0)] }],
      ['a binary frame', Buffer.from('{"t":"beat","n":1}')],
    ])('%s: refused, closed, and nothing of it stored', async (_what, frame) => {
      await listen()
      const event = newEvent()
      const uplink = await connect()
      await uplink.hello(event)
      if (Buffer.isBuffer(frame)) uplink.socket.send(frame)
      else uplink.send(frame)
      expect(await uplink.next()).toMatchObject({ t: 'err', code: 'MP_UPLINK_FRAME' })
      expect(await uplink.closed).toBe(1008)
      expect(await storedSeqs(event)).toEqual([])
    })

    test.each([
      ['a batch', batch(1)],
      ['a beat', { t: 'beat', n: 1 }],
    ])('%s before the greeting is refused', async (_what, frame) => {
      await listen()
      const uplink = await connect()
      uplink.send(frame)
      expect(await uplink.next()).toMatchObject({ t: 'err', code: 'MP_UPLINK_FRAME' })
      expect(await uplink.closed).toBe(1008)
    })

    test('a huge frame closes its connection and no other', async () => {
      await listen()
      const event = newEvent()
      const [huge, other] = [await connect(), await connect()]
      await huge.hello(event)
      await other.hello(event, 'other')
      huge.send(batch(1, 1, 'x'.repeat(UPLINK_FRAME_BYTES_MAX)))
      expect(await huge.closed).toBe(1009)
      other.send(batch(1))
      expect(await other.next()).toMatchObject({ t: 'applied' })
    })

    test('only a PoP with the secret, the path and the subprotocol gets in, and no web page', async () => {
      await listen()
      const refused = (status: number) => `Unexpected server response: ${status}`
      const attempt = (options: Parameters<typeof TestUplink.connect>[1], at = url) =>
        TestUplink.connect(at, options)
      await expect(attempt({})).rejects.toThrow(refused(401))
      await expect(attempt({ token: `${TOKEN}x` })).rejects.toThrow(refused(401))
      await expect(attempt({ headers: { authorization: TOKEN } })).rejects.toThrow(refused(401))
      await expect(attempt({ token: TOKEN }, `${url}2`)).rejects.toThrow(refused(404))
      await expect(attempt({ token: TOKEN, subprotocol: 'micropop-uplink.v0' })).rejects.toThrow(refused(400))
      const headers = { origin: 'https://example.org' }
      await expect(attempt({ token: TOKEN, headers })).rejects.toThrow(refused(403))
      const plain = request(url.replace('ws:', 'http:')).end()
      const [response] = await once(plain, 'response')
      expect(response.statusCode).toBe(426)
      response.resume()
    })

    test('no more uplinks than there is room for', async () => {
      await listen({ uplinks: 2 })
      const first = await connect()
      await connect()
      await expect(connect()).rejects.toThrow('503')
      first.socket.close()
      await first.closed
      await vi.waitFor(connect)
    })

    test('a connection that never greets, or falls silent, is given up', async () => {
      let nowMs = 0
      await listen({ silenceCheckEveryMs: 5 }, { ...systemClock, monotonicMs: () => nowMs })
      const [mute, silent] = [await connect(), await connect()]
      await silent.hello(newEvent())
      nowMs = CENTRAL_LIMITS.helloWithinMs
      expect(await mute.next()).toMatchObject({ t: 'err', code: 'MP_UPLINK_SILENT' })
      await mute.closed
      silent.send({ t: 'beat', n: 1 })
      expect(await silent.next()).toEqual({ t: 'beat', n: 1 })
      nowMs += CENTRAL_LIMITS.silenceMs
      expect(await silent.next()).toMatchObject({ t: 'err', code: 'MP_UPLINK_SILENT' })
      await silent.closed
    })

    test('a peer that does not read its answers is given up', async () => {
      await listen()
      const uplink = await connect()
      await uplink.hello(newEvent())
      uplink.socket.pause()
      const refused = async () => (await metrics.refusals.get()).values.map(({ labels }) => labels.code)
      const beats = JSON.stringify({ t: 'beat', n: Number.MAX_SAFE_INTEGER })
      while (!(await refused()).includes('MP_UPLINK_NOT_READING')) {
        for (let i = 0; i < 20_000; i++) uplink.send(beats)
        await vi.waitFor(() => expect(uplink.socket.bufferedAmount).toBeLessThan(1_000_000), 20_000)
      }
      uplink.socket.resume()
      await uplink.closed
    }, 30_000)

    test('a store that fails ends the connection; what it did not take is taken afterwards', async () => {
      await listen()
      const event = newEvent()
      const uplink = await connect()
      await uplink.hello(event)
      uplink.send(batch(1, 2))
      await uplink.next()
      await store.query('alter table micropop.messages rename to away')
      uplink.send(batch(3, 2))
      expect(await uplink.next()).toMatchObject({ t: 'err', code: 'MP_STORE_FAILED' })
      expect(await uplink.closed).toBe(1011)
      await store.query('alter table micropop.away rename to messages')
      const again = await connect()
      expect(await again.hello(event)).toEqual({ t: 'ready', watermarks: { interactive: 2 } })
      again.send(batch(3, 2))
      expect(await again.next()).toMatchObject({ t: 'applied', through: 4 })
    })

    test('a log that lost its end and went on is told so, and nothing is skipped silently', async () => {
      await listen()
      const event = newEvent()
      const uplink = await connect()
      await uplink.hello(event)
      uplink.send(batch(1, 5))
      await uplink.next()
      uplink.send({ ...batch(4, 1), records: [record(77)] })
      expect(await uplink.next()).toMatchObject({ t: 'err', code: 'MP_LOG_REWOUND' })
    })

    test('a writer that was fenced off is told so, at its next batch and at its next hello', async () => {
      await listen()
      const event = newEvent()
      const old = await connect()
      await old.hello(event)
      old.send(batch(1, 2))
      await old.next()
      const promoted = await connect()
      promoted.send({ t: 'uplink', event, pop: 'hall', log: 'log-1', term: 2 })
      expect(await promoted.next()).toEqual({ t: 'ready', watermarks: { interactive: 2 } })
      old.send(batch(3, 2))
      expect(await old.next()).toMatchObject({ t: 'err', code: 'MP_UPLINK_FENCED' })
      expect(await old.closed).toBe(1008)
      const again = await connect()
      expect(await again.hello(event)).toMatchObject({ t: 'err', code: 'MP_UPLINK_FENCED' })
      promoted.send(batch(3, 1))
      expect(await promoted.next()).toEqual({ t: 'applied', lane: 'interactive', through: 3 })
      expect(await storedSeqs(event)).toEqual([1, 2, 3])
    })

    test('a comparison before the answer to the last is refused', async () => {
      await listen()
      const event = newEvent()
      const uplink = await connect()
      await uplink.hello(event)
      const go = await stall(store, event)
      uplink.send({ t: 'repair', n: 1, lane: 'interactive', records: [[1, record(1)]] })
      uplink.send({ t: 'reconcile', n: 2, versions: {} })
      expect(await uplink.next()).toMatchObject({ t: 'err', code: 'MP_UPLINK_FRAME' })
      expect(await uplink.closed).toBe(1008)
      await go()
    })

    test('closing answers the transaction in progress, then says goodbye', async () => {
      const server = await listen()
      const event = newEvent()
      const uplink = await connect()
      await uplink.hello(event)
      const go = await stall(store, event)
      uplink.send(batch(1, 2))
      uplink.send(batch(3, 2))
      uplink.send({ t: 'beat', n: 1 })
      await uplink.next()
      const closing = server.close()
      await go()
      expect(await uplink.next()).toMatchObject({ t: 'applied', through: 2 })
      expect(await uplink.closed).toBe(1012)
      await closing
      expect(await storedSeqs(event)).toEqual([1, 2])
    })

    test('neither secret nor body is in the log', () => {
      expect(log.length).toBeGreaterThan(50)
      expect(log.join('')).not.toContain(TOKEN)
      expect(log.join('')).not.toContain(BODY)
    })
  })
}
