// A real PoP whose sessions are in two threads: order, replacement, recovery and counters are those of one.
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { PATHS } from '../runtime/ports.ts'
import type { SessionClient } from '../runtime/testing/session-client.ts'
import { dataFolder, metric, queueState, session, start } from './running-pop.ts'

const sessionThreads = 2
const PUBLISHERS = 6
const LISTENERS = 8
const EACH = 150

test('under load, every session sees one order, each publisher’s own, and all acknowledgements come', async () => {
  const pop = await start({ sessionThreads })
  const publishers: SessionClient[] = []
  const listeners: SessionClient[] = []
  for (let i = 0; i < PUBLISHERS; i++) publishers.push(await session(pop, `pub-${i}`))
  for (let i = 0; i < LISTENERS; i++) listeners.push(await session(pop, `sub-${i}`))
  for (const listener of listeners) await listener.subscribe('room')
  for (let seq = 1; seq <= EACH; seq++) {
    for (const publisher of publishers) publisher.publish({ seq, ch: 'room', body: seq })
  }
  for (const publisher of publishers) await publisher.until(() => publisher.ackedCount === EACH)
  const all = PUBLISHERS * EACH
  for (const listener of listeners) await listener.until(() => listener.messages('room').length === all)
  const [first, ...others] = listeners.map((listener) => listener.messages('room'))
  expect(first?.map(({ off }) => off)).toEqual(Array.from({ length: all }, (_, i) => i + 1))
  for (const other of others) expect(other).toEqual(first)
  for (let i = 0; i < PUBLISHERS; i++) {
    const own = first?.filter(({ client }) => client === `pub-${i}`).map(({ body }) => body)
    expect(own).toEqual(Array.from({ length: EACH }, (_, n) => n + 1))
  }
  expect(await metric(pop, 'micropop_delivered_total')).toBe(all * LISTENERS)
  expect(await metric(pop, 'micropop_sessions')).toBe(PUBLISHERS + LISTENERS)
}, 30_000)

test('a client that comes back to another thread takes over its session, and resumes without a gap', async () => {
  const pop = await start({ sessionThreads })
  const ann = await session(pop, 'ann')
  const { epoch } = await ann.subscribe('room')
  let former = ann
  // The kernel chooses the thread: of so many connections, some change it.
  for (let seq = 1; seq <= 12; seq++) {
    const next = await session(pop)
    expect(await next.hello('ann')).toMatchObject({ acked: seq > 1 ? { interactive: seq - 1 } : {} })
    expect(await former.closed).toMatchObject({ code: 4001 })
    next.publish({ seq, ch: 'room', body: seq })
    await next.acked(seq)
    expect(await next.subscribe('room', { epoch, off: 0 })).toMatchObject({ off: seq, recovered: true })
    await next.until(() => next.messages('room').length === seq)
    former = next
  }
  expect(await queueState(pop)).toMatchObject({ sessions: 1 })
}, 30_000)

test('history is there in each thread after a restart', async () => {
  const dataDir = await dataFolder()
  const before = await start({ dataDir, sessionThreads })
  const ann = await session(before, 'ann')
  for (let seq = 1; seq <= 20; seq++) ann.publish({ seq, ch: 'room', body: seq })
  await ann.until(() => ann.ackedCount === 20)
  const { log: epoch } = await queueState(before)
  await before.close()
  const after = await start({ dataDir, sessionThreads })
  for (let i = 0; i < 6; i++) {
    const bob = await session(after, `bob-${i}`)
    expect(await bob.subscribe('room', { epoch, off: 5 })).toMatchObject({ off: 20, recovered: true })
    await bob.until(() => bob.messages('room').length === 15)
  }
}, 30_000)

test('a port that another process listens on is refused, though listeners can share one', async () => {
  const pop = await start({ sessionThreads })
  await expect(start({ sessionThreads, listen: { port: pop.port } })).rejects.toMatchObject({
    code: 'MP_PORT_TAKEN',
  })
  const page = await fetch(`http://127.0.0.1:${pop.port}/`)
  expect(page.status).toBe(200)
  expect((await fetch(`http://127.0.0.1:${pop.adminPort}${PATHS.health}`)).status).toBe(200)
}, 30_000)

test('a session thread that ends by itself takes the PoP down, and says so', async () => {
  const threads = new Set<Worker>()
  const { postMessage } = Worker.prototype
  Worker.prototype.postMessage = function (this: Worker, ...message: Parameters<typeof postMessage>) {
    threads.add(this)
    postMessage.apply(this, message)
  }
  const pop = await start({ sessionThreads })
  Worker.prototype.postMessage = postMessage
  expect(threads.size).toBe(2)
  const [thread] = threads
  await thread?.terminate()
  await expect(pop.ended).rejects.toMatchObject({ code: 'MP_THREAD_DIED', exitCode: 5 })
  await pop.close()
}, 30_000)
