// A sweep over a real NATS server: who takes part, what fails, and that nothing is left behind.
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { connectNats, type NatsSettings, natsFromEnvironment } from '../../runtime/nats/connection.ts'
import {
  findNatsServer,
  type JetStreamServer,
  startJetStream,
} from '../../runtime/nats/testing/nats-servers.ts'
import { type Job, runDay } from '../monte-carlo/run-day.ts'
import { smallJob } from '../testing/small-job.ts'
import { CONSUMERS, names, packAnswer, packShard, TRIES_MAX, unpackAnswer, unpackShard } from './shard.ts'
import { Sweep } from './sweep.ts'
import { runWorker } from './worker.ts'

const found = findNatsServer()
const VERSION = 'v24 x64 test'
const TIMEOUT = { timeout: 60_000 }

let job: Job
let server: JetStreamServer
let nats: NatsSettings
let connection: NatsConnection
const open: (() => unknown)[] = []

beforeAll(async () => {
  job = await smallJob()
}, 60_000)
beforeEach(async (context) => {
  context.skip('missing' in found, 'missing' in found ? found.missing : '')
  if ('missing' in found) return
  server = await startJetStream(found.file)
  open.push(server.stop)
  nats = natsFromEnvironment({ NATS_URL: server.url }) as NatsSettings
  connection = await connectNats(nats, 'test', '_INBOX.test')
  open.push(() => connection.close())
})
afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end()
})

const tasks = [1, 2, 3, 4, 5].map((seed) => ({ seed, levels: null }))

async function sweep(
  of = job,
  { id = 'one', version = VERSION, signal = new AbortController().signal } = {},
) {
  const notes: string[] = []
  const opened = await Sweep.open({ nats, id, job: of, version, signal, note: (text) => notes.push(text) })
  return { notes, run: opened, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}

function worker(name = 'worker', version = VERSION): string[] {
  const notes: string[] = []
  const controller = new AbortController()
  const options = { nats, threads: 1, name, version, idleMs: null, signal: controller.signal }
  const running = runWorker({ ...options, note: (text) => notes.push(text) })
  open.push(() => {
    controller.abort()
    return running
  })
  return notes
}

async function streams(): Promise<string[]> {
  const manager = await jetstreamManager(connection)
  const left: string[] = []
  for await (const name of manager.streams.names()) left.push(name)
  return left
}

test(
  'days of workers are those of this machine, bit for bit, batch after batch; the stream goes with the sweep',
  TIMEOUT,
  async () => {
    // First, for a day here leaves the connection no time.
    const here = await Promise.all(tasks.map((task) => runDay(job, task)))
    const plannedHere = await runDay(job, { seed: 9, levels: [['engagement', 0.9]] })
    {
      await using one = await sweep()
      worker('a')
      worker('b')
      let done = 0
      const days = await one.run.run(tasks, () => done++)
      expect(days).toEqual(here)
      expect(done).toBe(5)
      const [planned] = await one.run.run([{ seed: 9, levels: [['engagement', 0.9]] }])
      expect(planned).toEqual(plannedHere)
      expect(await streams()).toEqual([names.stream('one')])
    }
    expect(await streams()).toEqual([])
  },
)

test('a worker with other code takes no part, and both sides say so', TIMEOUT, async () => {
  const controller = new AbortController()
  await using one = await sweep(job, { signal: controller.signal })
  const notes = worker('old', 'v22 x64 other')
  const running = one.run.run(tasks)
  await expect
    .poll(() => one.notes, { timeout: 20_000 })
    .toEqual([`old takes no part in sweep one: it runs v22 x64 other, the sweep needs ${VERSION}`])
  expect(notes).toEqual(one.notes)
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(running).rejects.toBe(reason)
})

test(
  'a shard that always fails is tried a bounded number of times, then its seeds are named',
  TIMEOUT,
  async () => {
    const { event } = job
    const poisoned = { ...job, event: { ...event, accessTrace: { ...event.accessTrace, ratesBps: {} } } }
    await using one = await sweep(poisoned)
    const notes = worker()
    await expect(one.run.run(tasks.slice(0, 2))).rejects.toMatchObject({
      code: 'MP_SWEEP_FAILED',
      exitCode: 4,
      message: expect.stringMatching(
        /^the days of seeds 1 and 2 were given up by worker: the day of seed 1 failed/,
      ),
    })
    expect(notes.filter((text) => text.startsWith('shard 0 of sweep one failed'))).toHaveLength(TRIES_MAX - 1)
  },
)

test(
  'a shard whose workers all fell silent is given up, and what is no shard is put aside',
  TIMEOUT,
  async () => {
    await using one = await sweep()
    const stream = jetstream(connection)
    await stream.publish(names.work('one'), 'no shard')
    const running = one.run.run(tasks.slice(0, 2))
    running.catch(() => 'looked at below')
    const consumer = await stream.consumers.get(names.stream('one'), CONSUMERS.workers)
    const seen = new Map<number, number>()
    // As workers that die after they have begun it: each time it is another's at once, not after their silence.
    while ((seen.get(2) ?? 0) < TRIES_MAX) {
      const message = await consumer.next({ expires: 5_000 })
      if (message === null) continue
      seen.set(message.seq, message.info.deliveryCount)
      message.nak()
    }
    const notes = worker()
    await expect(running).rejects.toMatchObject({
      code: 'MP_SWEEP_FAILED',
      message: expect.stringContaining(`${TRIES_MAX} workers began it and fell silent`),
    })
    expect(notes[0]).toMatch(/^a message that is no shard was put aside/)
  },
)

test('two answers that differ are no result', TIMEOUT, async () => {
  await using one = await sweep()
  const running = one.run.run(tasks)
  running.catch(() => 'looked at below')
  const [day, other] = [
    await runDay(job, { seed: 1, levels: null }),
    await runDay(job, { seed: 2, levels: null }),
  ]
  const answer = (days: (typeof day)[]) => packAnswer({ number: 0, worker: 'liar', days })
  for (const days of [[day], [day], [other]])
    await jetstream(connection).publish(names.done('one'), answer(days))
  await expect(running).rejects.toThrow('two workers disagree about shard 0; the second is liar')
})

test('a server that goes, and one that is not there, are told', TIMEOUT, async () => {
  await using one = await sweep()
  const running = one.run.run(tasks)
  running.catch(() => 'looked at below')
  await server.stop()
  await expect(running).rejects.toMatchObject({ code: 'MP_NATS_LOST', exitCode: 3 })
  await expect(sweep()).rejects.toMatchObject({ code: 'MP_NATS_UNREACHABLE', exitCode: 3 })
  const never = { nats, threads: 1, name: 'w', version: VERSION, idleMs: null, note: () => undefined }
  await expect(runWorker({ ...never, signal: new AbortController().signal })).rejects.toMatchObject({
    code: 'MP_NATS_UNREACHABLE',
  })
})

test('a worker without work ends when it is told to', TIMEOUT, async () => {
  const notes: string[] = []
  const options = {
    nats,
    threads: 2,
    name: 'idle',
    version: VERSION,
    idleMs: 1,
    note: (text: string) => notes.push(text),
  }
  await runWorker({ ...options, signal: new AbortController().signal })
  expect(notes).toEqual([])
})

test('what travels comes out as it went in, and what is too large is refused with its size', () => {
  const shard = { number: 3, job: { ...job, event: { ...job.event, budget: 5_000_000_000_000n } }, tasks }
  expect(unpackShard(packShard(shard))).toEqual(shard)
  expect(() => unpackShard(packAnswer({ number: 0, worker: 'w', failed: 'x' }))).toThrow()
  expect(() => unpackAnswer(packShard(shard))).toThrow()
  const rates = Array.from({ length: 400_000 }, (_, i) => Math.sin(i) * 1e9)
  const accessTrace = { ...job.event.accessTrace, ratesBps: { '4g/weak': rates } }
  expect(() => packShard({ ...shard, job: { ...job, event: { ...job.event, accessTrace } } })).toThrow(
    /^the event with its traces takes \d{7} bytes/,
  )
})
