// A real PoP with real sockets and a real disk, and no central: what attendees and operators see of it.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import { startCentral } from '../runtime/central.ts'
import type { QueueState } from '../runtime/pop/admin.ts'
import { type RunningPop, startPop } from '../runtime/pop.ts'
import { DEFAULT_LIMITS, type PopConfig } from '../runtime/pop-config.ts'
import { PATHS } from '../runtime/ports.ts'
import type { Message } from '../runtime/protocol/session.ts'
import { SessionClient } from '../runtime/testing/session-client.ts'

/** Nothing listens there: the PoP is on its own. */
const NO_CENTRAL = 'ws://127.0.0.1:9/uplink'
const QUEUE = { maxBytes: 100_000_000, segmentBytes: 1_000_000 }

const open: { close: () => unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'micropop-pop-'))
  open.push({ close: () => rm(folder, { recursive: true, force: true }) })
  return folder
}

interface Start {
  dataDir?: string
  centralUrl?: string
  queue?: PopConfig['queue']
  limits?: Partial<PopConfig['limits']>
  listen?: Partial<PopConfig['listen']>
}

async function start({
  dataDir,
  centralUrl = NO_CENTRAL,
  queue = QUEUE,
  limits,
  listen,
}: Start = {}): Promise<RunningPop> {
  const pop = await startPop({
    config: {
      version: 1,
      event: 'test-event',
      pop: 'hall',
      listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0, ...listen },
      dataDir: dataDir ?? (await dataFolder()),
      centralUrl,
      queue,
      limits: { ...DEFAULT_LIMITS, ...limits },
      imagesDir: null,
    },
    uplinkToken: null,
    logger: pino({ level: 'silent' }),
  })
  open.push(pop)
  return pop
}

function sessionUrl(pop: RunningPop): string {
  return `ws://127.0.0.1:${pop.port}${PATHS.session}`
}

async function session(pop: RunningPop, client?: string): Promise<SessionClient> {
  const opened = await SessionClient.open(sessionUrl(pop), client)
  open.push({ close: () => opened.drop() })
  return opened
}

async function queueState(pop: RunningPop): Promise<QueueState> {
  return (await (await fetch(`http://127.0.0.1:${pop.adminPort}/v1/queue`)).json()) as QueueState
}

async function metric(pop: RunningPop, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${pop.adminPort}${PATHS.metrics}`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

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
    expect(await ann.hello('ann', { interactive: 70_000 })).toMatchObject({ acked: { interactive: 69_999 } })
    ann.publish({ seq: 70_000, ch: 'room', body: 1 })
    await ann.acked(70_000)
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

describe('a client that misbehaves', () => {
  test('is told what is wrong with a frame, and cut off after eight', async () => {
    const pop = await start()
    const ann = await session(pop)
    ann.send({ t: 'ping', n: 1 })
    expect(await ann.next('err')).toMatchObject({ code: 'MP_BAD_FRAME', why: 'say hello first' })
    await ann.hello('ann')
    ann.send('{')
    expect(await ann.next('err')).toMatchObject({ code: 'MP_BAD_FRAME', why: 'not JSON' })
    ann.send(Buffer.from('binary'))
    expect(await ann.next('err')).toMatchObject({ code: 'MP_BAD_FRAME', why: 'frames are text' })
    ann.send({ t: 'hello', client: 'ann' })
    expect(await ann.next('err')).toMatchObject({ why: 'hello was said already' })
    for (let i = 0; i < 4; i++) ann.send('null')
    expect(await ann.closed).toMatchObject({ code: 4004 })
    expect(await metric(pop, 'micropop_malformed_total')).toBe(8)
  })

  test('may subscribe to no more than 64 channels', async () => {
    const pop = await start()
    const ann = await session(pop, 'ann')
    for (let i = 1; i <= 64; i++) await ann.subscribe(`room-${i}`)
    ann.send({ t: 'sub', ch: 'one-more' })
    expect(await ann.next('err')).toMatchObject({ code: 'MP_BAD_FRAME' })
    await ann.subscribe('room-64')
  })

  test('by sending too large a frame is closed as the standard says', async () => {
    const pop = await start({ limits: { messageBytes: 10_000 } })
    const ann = await session(pop, 'ann')
    ann.publish({ seq: 1, ch: 'room', body: 'x'.repeat(10_000) })
    expect(await ann.closed).toMatchObject({ code: 1009 })
    const again = await session(pop, 'ann')
    again.publish({ seq: 1, ch: 'room', body: 'x'.repeat(9_000) })
    await again.acked(1)
  })

  test('by nesting a body too deep is refused, and the PoP goes on', async () => {
    const pop = await start()
    const ann = await session(pop, 'ann')
    const body = '['.repeat(30_000) + ']'.repeat(30_000)
    ann.send(`{"t":"pub","lane":"interactive","seq":1,"ch":"room","at":0,"body":${body}}`)
    expect(await ann.next('err')).toMatchObject({ code: 'MP_BAD_FRAME' })
    ann.publish({ seq: 1, ch: 'room', body: 'flat' })
    await ann.acked(1)
  })

  test('by sending too fast is told so, and served again when it slows down', async () => {
    const pop = await start()
    const ann = await session(pop, 'ann')
    for (let n = 0; n < 300; n++) ann.send({ t: 'ping', n })
    expect(await ann.next('err')).toMatchObject({ code: 'MP_RATE_LIMITED' })
    await ann.until(() => ann.frames.length + 1 >= 300)
    await expect
      .poll(
        async () => {
          ann.send({ t: 'ping', n: 1_000 })
          return ann.frames.some((frame) => frame.t === 'pong' && frame.n === 1_000)
        },
        { timeout: 5_000 },
      )
      .toBe(true)
  })

  test('with requests that are no sessions is refused, and the PoP goes on', async () => {
    const pop = await start()
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
    const ours = 'Sec-WebSocket-Protocol: micropop.v1\r\n'
    for (const [path, headers, status] of [
      ['//', upgrade + key + ours, '404'],
      ['/elsewhere', upgrade + key + ours, '404'],
      [PATHS.session, upgrade + key, '400'],
      [PATHS.session, `${upgrade + key}Sec-WebSocket-Protocol: soap\r\n`, '400'],
      [PATHS.session, upgrade + ours, '400'],
    ] as const) {
      const answer = await raw(pop.port, `GET ${path} HTTP/1.1\r\nHost: pop\r\n${headers}\r\n`)
      expect(answer, path).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    }
    const ann = await session(pop, 'ann')
    expect(ann.isOpen).toBe(true)
  })

  test('beyond the sessions allowed is told that the PoP is full', async () => {
    const pop = await start({ limits: { sessions: 2 } })
    const [first] = [await session(pop, 'ann'), await session(pop, 'bob')]
    await expect(SessionClient.open(sessionUrl(pop))).rejects.toThrow('503')
    first?.drop()
    await expect
      .poll(
        () =>
          session(pop, 'eve').then(
            ({ isOpen }) => isOpen,
            () => false,
          ),
        { timeout: 5_000 },
      )
      .toBe(true)
  })
})

test('a client that reads too slowly is dropped, and resumes without a gap', async () => {
  const pop = await start({ limits: { sessionBufferBytes: 64 * 1024, historyBytes: 100_000_000 } })
  const slow = await session(pop, 'slow')
  const { epoch } = await slow.subscribe('room')
  slow.pause()
  const big = 'x'.repeat(60_000)
  let sent = 0
  for (let i = 0; (await metric(pop, 'micropop_too_slow_total')) === 0; i++) {
    const ann = await session(pop, `ann-${i}`)
    for (let seq = 1; seq <= 100; seq++) ann.publish({ seq, ch: 'room', body: big })
    await ann.acked(100)
    sent += 100
    expect(sent, 'no system buffers as much').toBeLessThan(1_000)
  }
  slow.read()
  await slow.closed
  const seen = slow.messages('room').map(({ off }) => off)
  expect(seen).toEqual(seen.map((_, i) => i + 1))
  expect(seen.length).toBeLessThan(sent)
  const again = await session(pop, 'slow')
  await again.subscribe('room', { epoch, off: seen.length })
  await again.until(() => again.messages('room').length >= sent - seen.length)
  expect(again.messages('room').map(({ off }) => off)).toEqual(
    Array.from({ length: sent - seen.length }, (_, i) => seen.length + i + 1),
  )
}, 30_000)

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
    await ann.until(() => ann.frames.length === 50)
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
    expect([health.status, await health.json()]).toEqual([
      200,
      { ok: true, pop: 'hall', connected: false, backlog: 2 },
    ])
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

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Sends `request` on a bare connection and returns everything that comes back. */
function raw(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}
