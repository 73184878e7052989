// A real PoP with real sockets and a real disk: what attendees and operators see of it.
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { startCentral } from '../runtime/central.ts'
import { freePort } from '../runtime/free-ports.ts'
import { PATHS } from '../runtime/ports.ts'
import type { Message } from '../runtime/protocol/session.ts'
import { SessionClient } from '../runtime/testing/session-client.ts'
import { dataFolder, metric, open, queueState, session, sessionUrl, start } from './running-pop.ts'

function bodies(messages: readonly Message[]): unknown[] {
  return messages.map(({ body }) => body)
}

describe('a publish', () => {
  test('is on disk by the time it is acknowledged', async () => {
    const dataDir = await dataFolder()
    const pop = await start({ dataDir })
    const ann = await session(pop, 'ann')
    ann.publish({ seq: 1, ch: 'room', body: 'a vote that must not be lost' })
    expect(await ann.acked(1)).toEqual({ t: 'ack', lane: 'interactive', seq: 1, durable: 'disk' })
    const [segment] = (await readdir(join(dataDir, 'queue'))).filter((name) => name.endsWith('.log'))
    const log = await readFile(join(dataDir, 'queue', segment as string), 'latin1')
    expect(log).toContain('a vote that must not be lost')
    expect(await metric(pop, 'micropop_commits_total')).toBe(1)
  })

  test('acknowledged in memory is answered at once and delivered after its commit', async () => {
    const pop = await start()
    const ann = await session(pop, 'ann')
    await ann.subscribe('room')
    ann.publish({ seq: 1, ch: 'room', body: 1, ack: 'memory' })
    expect(await ann.acked(1)).toMatchObject({ durable: 'memory' })
    expect(await ann.next('msg')).toMatchObject({ ch: 'room', off: 1, client: 'ann', body: 1 })
  })

  test('sent again is acknowledged again and delivered once', async () => {
    const pop = await start()
    const ann = await session(pop, 'ann')
    await ann.subscribe('room')
    for (let i = 0; i < 3; i++) ann.publish({ seq: 1, ch: 'room', body: 'once' })
    ann.publish({ seq: 2, ch: 'room', body: 'after' })
    await ann.acked(2)
    await ann.until(() => ann.messages('room').length >= 2)
    expect(bodies(ann.messages('room'))).toEqual(['once', 'after'])
  })

  test('reaches every subscriber of its channel in one order, and nobody else', async () => {
    const pop = await start()
    const publishers = await Promise.all(['ann', 'bob', 'eve'].map((client) => session(pop, client)))
    const listeners = await Promise.all(['x', 'y', 'z'].map((client) => session(pop, client)))
    for (const listener of listeners) await listener.subscribe('room')
    await (listeners[2] as SessionClient).subscribe('stage')
    for (let seq = 1; seq <= 30; seq++) {
      for (const publisher of publishers)
        publisher.publish({ seq, ch: seq % 3 === 0 ? 'stage' : 'room', body: seq })
    }
    for (const listener of listeners) await listener.until(() => listener.messages('room').length === 60)
    const [first, ...others] = listeners.map((listener) => listener.messages('room'))
    expect(first?.map(({ off }) => off)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
    for (const other of others) expect(other).toEqual(first)
    for (const client of ['ann', 'bob', 'eve']) {
      const own = first?.filter((message) => message.client === client) ?? []
      expect(bodies(own)).toEqual(own.map(({ body }) => body).sort((a, b) => Number(a) - Number(b)))
    }
    await listeners[2]?.until(() => listeners[2]?.messages('stage').length === 30)
    expect(listeners[0]?.messages('stage')).toEqual([])
  })
})

describe('a client that comes back', () => {
  test('after its link dropped gets exactly what it missed', async () => {
    const pop = await start()
    const [ann, bob] = [await session(pop, 'ann'), await session(pop, 'bob')]
    const { epoch } = await bob.subscribe('room')
    ann.publish({ seq: 1, ch: 'room', body: 1 })
    const { off } = await bob.next('msg')
    bob.drop()
    for (let seq = 2; seq <= 20; seq++) ann.publish({ seq, ch: 'room', body: seq })
    await ann.acked(20)
    const again = await session(pop, 'bob')
    expect(await again.subscribe('room', { epoch, off })).toMatchObject({ off: 20, recovered: true })
    ann.publish({ seq: 21, ch: 'room', body: 21 })
    await again.until(() => again.messages('room').length >= 20)
    expect(again.messages('room').map((message) => message.off)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 2),
    )
  })

  test('after the PoP restarted resumes from its offset, in the same epoch', async () => {
    const dataDir = await dataFolder()
    const before = await start({ dataDir })
    const ann = await session(before, 'ann')
    const { epoch } = await ann.subscribe('room')
    for (let seq = 1; seq <= 10; seq++) ann.publish({ seq, ch: 'room', body: seq })
    await ann.acked(10)
    await before.close()
    const after = await start({ dataDir })
    const again = await SessionClient.open(sessionUrl(after))
    expect(await again.hello('ann')).toMatchObject({ acked: { interactive: 10 } })
    const answer = await again.subscribe('room', { epoch, off: 4 })
    expect(answer).toEqual({ t: 'subd', ch: 'room', epoch, off: 10, recovered: true })
    again.publish({ seq: 10, ch: 'room', body: 'sent again' })
    again.publish({ seq: 11, ch: 'room', body: 11 })
    await again.until(() => again.messages('room').length >= 7)
    expect(bodies(again.messages('room'))).toEqual([5, 6, 7, 8, 9, 10, 11])
    expect(await queueState(after)).toMatchObject({
      log: epoch,
      backlog: 11,
      connected: false,
      writable: true,
    })
  })

  test('far behind gets everything, though it is more than a session may have waiting', async () => {
    const pop = await start({ limits: { sessionBufferBytes: 128 * 1024, historyBytes: 8_000_000 } })
    const ann = await session(pop, 'ann')
    const { epoch } = await ann.subscribe('elsewhere')
    const big = 'x'.repeat(50_000)
    for (let seq = 1; seq <= 100; seq++) ann.publish({ seq, ch: 'room', body: `${seq} ${big}` })
    await ann.acked(100)
    const bob = await session(pop, 'bob')
    expect(await bob.subscribe('room', { epoch, off: 0 })).toMatchObject({ off: 100, recovered: true })
    ann.publish({ seq: 101, ch: 'room', body: '101 live' })
    await bob.until(() => bob.messages('room').length >= 101)
    expect(bob.messages('room').map(({ off }) => off)).toEqual(Array.from({ length: 101 }, (_, i) => i + 1))
    expect(await metric(pop, 'micropop_too_slow_total')).toBe(0)
  })

  test('with the epoch of another log is told that it missed something', async () => {
    const pop = await start()
    const ann = await session(pop, 'ann')
    ann.publish({ seq: 1, ch: 'room', body: 1 })
    await ann.acked(1)
    const answer = await ann.subscribe('room', { epoch: 'another-log', off: 1 })
    expect(answer).toMatchObject({ off: 1, recovered: false })
  })

  test('with an offset older than the history, or newer than the channel, is told so', async () => {
    const pop = await start({ limits: { historyMessages: 5 } })
    const ann = await session(pop, 'ann')
    const { epoch } = await ann.subscribe('elsewhere')
    for (let seq = 1; seq <= 10; seq++) ann.publish({ seq, ch: 'room', body: seq })
    await ann.acked(10)
    expect(await ann.subscribe('room', { epoch, off: 4 })).toMatchObject({ recovered: false })
    expect(await ann.subscribe('room', { epoch, off: 11 })).toMatchObject({ recovered: false })
    expect(ann.messages('room')).toEqual([])
    expect(await ann.subscribe('room', { epoch, off: 5 })).toMatchObject({ recovered: true })
    await ann.until(() => ann.messages('room').length === 5)
  })

  test('from another PoP goes on with its numbers, above what this one ever saw', async () => {
    const pop = await start()
    const ann = await session(pop)
    expect(await ann.hello('ann', { interactive: 70_000 })).toMatchObject({ acked: {} })
    ann.publish({ seq: 70_000, ch: 'room', body: 1 })
    await ann.acked(70_000)
    ann.drop()
    const again = await session(pop)
    expect(await again.hello('ann', { interactive: 70_000 })).toMatchObject({
      acked: { interactive: 70_000 },
    })
  })

  test('while its former session still stands replaces it', async () => {
    const pop = await start()
    const former = await session(pop, 'ann')
    await former.subscribe('room')
    const latter = await session(pop, 'ann')
    expect(await former.closed).toMatchObject({ code: 4001 })
    await latter.subscribe('room')
    latter.publish({ seq: 1, ch: 'room', body: 'hello' })
    await latter.acked(1)
    await latter.next('msg')
    expect(former.messages('room')).toEqual([])
    expect(await queueState(pop)).toMatchObject({ sessions: 1 })
  })
})

test('a queue that ran full, of a single segment at that, takes messages again once central has them', async () => {
  const dir = await dataFolder()
  const port = await freePort()
  const queue = { maxBytes: 4_000_000, segmentBytes: 4_000_000 }
  const pop = await start({ centralUrl: `ws://127.0.0.1:${port}${PATHS.uplink}`, queue })
  const body = 'x'.repeat(40_000)
  const full = () => metric(pop, 'micropop_refused_total')
  for (let i = 0; (await full()) === 0; i++) {
    const ann = await session(pop, `ann-${i}`)
    for (let seq = 1; seq <= 50; seq++) ann.publish({ seq, ch: 'room', body })
    await ann.until(() => ann.ackedCount + ann.frames.filter(({ t }) => t === 'err').length === 50)
    expect(i, 'the queue never filled').toBeLessThan(10)
  }
  const central = await startCentral({
    port,
    adminPort: 0,
    databaseUrl: null,
    dataDir: join(dir, 'central'),
    uplinkToken: null,
    logger: pino({ level: 'silent' }),
  })
  open.push(central)
  await expect.poll(async () => (await queueState(pop)).backlog, { timeout: 15_000 }).toBe(0)
  const bob = await session(pop, 'bob')
  bob.publish({ seq: 1, ch: 'room', body, ack: 'central' })
  expect(await bob.acked(1)).toMatchObject({ durable: 'central' })
  bob.publish({ seq: 1, lane: 'bulk', ch: 'room', body, ack: 'memory' })
  await bob.acked(1, 'bulk')
})

describe('starting', () => {
  test.each(['port', 'adminPort'] as const)(
    'with its %s taken says which, and leaves nothing behind',
    async (which) => {
      const other = createServer()
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      const { port } = other.address() as { port: number }
      const dataDir = await dataFolder()
      const refused = start({ dataDir, listen: { [which]: port } })
      await expect(refused).rejects.toMatchObject({
        code: 'MP_PORT_TAKEN',
        exitCode: 3,
        message: expect.stringContaining(String(port)),
      })
      await new Promise((resolve) => other.close(resolve))
      await start({ dataDir })
    },
  )

  test('on the data folder of a running PoP is refused before it touches the log', async () => {
    const dataDir = await dataFolder()
    const pop = await start({ dataDir })
    await expect(start({ dataDir })).rejects.toMatchObject({ code: 'MP_DATA_DIR', exitCode: 3 })
    const ann = await session(pop, 'ann')
    ann.publish({ seq: 1, ch: 'room', body: 1 })
    await ann.acked(1)
    await pop.close()
    const after = await start({ dataDir })
    expect((await session(after, 'bob').then((bob) => bob.subscribe('room'))).off).toBe(1)
  })
})

describe('stopping', () => {
  test('tells its clients, and does not wait for one that does not answer', async () => {
    const pop = await start()
    const [ann, stuck] = [await session(pop, 'ann'), await session(pop, 'stuck')]
    stuck.pause()
    const closing = pop.close()
    expect(await ann.closed).toMatchObject({ code: 1001 })
    await closing
    stuck.drop()
  }, 10_000)
})

describe('operations', () => {
  test('see health, queue and metrics on the admin port, and none of it on the public one', async () => {
    const pop = await start()
    const ann = await session(pop, 'ann')
    ann.publish({ seq: 1, lane: 'critical', ch: 'room', body: 1 })
    ann.publish({ seq: 1, lane: 'bulk', ch: 'collect.poll', body: 1 })
    await Promise.all([ann.acked(1, 'critical'), ann.acked(1, 'bulk')])
    const admin = `http://127.0.0.1:${pop.adminPort}`
    const health = await fetch(`${admin}${PATHS.health}`)
    expect(health.status).toBe(200)
    expect(await health.json()).toMatchObject({ ok: true, pop: 'hall', connected: false, backlog: 2 })
    expect(await queueState(pop)).toMatchObject({ pop: 'hall', backlog: 2, sessions: 1, committed: 2 })
    const text = await (await fetch(`${admin}${PATHS.metrics}`)).text()
    expect(text).toContain('micropop_backlog_records{lane="critical"} 1')
    expect(text).toContain('micropop_backlog_records{lane="bulk"} 1')
    expect(text).toMatch(/^micropop_sessions 1$/m)
    const page = `http://127.0.0.1:${pop.port}`
    expect((await fetch(`${page}/`)).status).toBe(200)
    for (const path of [PATHS.health, PATHS.metrics, '/v1/queue']) {
      expect((await fetch(page + path)).status).toBe(404)
    }
  })
})
