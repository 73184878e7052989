// Several PoPs as one broker over real nats-servers: a hub, a leaf node at each PoP, links that are cut, central killed.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { headers } from '@nats-io/transport-node'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CENTRAL_LIMITS } from '../runtime/central/limits.ts'
import { centralMetrics } from '../runtime/central/metrics.ts'
import type { Store } from '../runtime/central/store.ts'
import { CentralProcess } from '../runtime/central/testing/central-process.ts'
import { stall } from '../runtime/central/testing/stalled-store.ts'
import { ENGINES, type EngineChoice, type TestEngine } from '../runtime/central/testing/stores.ts'
import { NatsUplinks } from '../runtime/nats/central-uplinks.ts'
import { connectNats, JETSTREAM, type NatsSettings, natsFromEnvironment } from '../runtime/nats/connection.ts'
import { STREAM_LIMITS } from '../runtime/nats/event-stream.ts'
import { streamName, subjects } from '../runtime/nats/subjects.ts'
import {
  EVENT,
  findNatsServer,
  type NatsCluster,
  type PopName,
  startCluster,
} from '../runtime/nats/testing/nats-servers.ts'
import { TestPop } from '../runtime/nats/testing/test-pop.ts'
import { systemClock } from '../runtime/pop/clock.ts'

const found = findNatsServer()
/** Longer than it takes to miss an answer and to have what was lost with a link delivered again. */
const POLL = { timeout: 25_000, interval: 20 }
const silent = pino({ level: 'silent' })

let cluster: NatsCluster
/** Ended after each test, the newest first. */
const open: (() => unknown)[] = []

beforeEach(async (context) => {
  context.skip('missing' in found, 'missing' in found ? found.missing : '')
  if ('missing' in found) return
  cluster = await startCluster(found.file)
  open.push(cluster.stop)
})
afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end()
})

function hubSettings(): NatsSettings {
  return natsFromEnvironment({ NATS_URL: cluster.hubUrl }) as NatsSettings
}

async function central(store: Store): Promise<NatsUplinks> {
  const uplinks = new NatsUplinks({
    nats: hubSettings(),
    stream: STREAM_LIMITS,
    store,
    metrics: centralMetrics(),
    limits: CENTRAL_LIMITS,
    clock: systemClock,
    logger: silent,
  })
  await uplinks.start()
  open.push(() => uplinks.close())
  return uplinks
}

function pop(name: PopName, disk?: TestPop['disk']): TestPop {
  const started = new TestPop({ pop: name, natsUrl: cluster.leafs[name].url, ...(disk && { disk }) })
  open.push(() => started.kill())
  return started
}

/** PoPs of each test begin with new disks under the same names. */
async function emptyStore(engine: TestEngine): Promise<Store> {
  const store = await engine.open()
  open.push(() => store.close())
  for (const table of ['messages', 'watermarks']) {
    await store.query(`delete from micropop.${table} where event = $1`, [EVENT])
  }
  return store
}

async function messages(store: Store): Promise<string[]> {
  const rows = await store.query<{ id: string }>(
    `select client || ' ' || seq as id from micropop.messages where event = $1 order by client, seq`,
    [EVENT],
  )
  return rows.map(({ id }) => id)
}

/** Waits until subscribers of each PoP have got that many messages of each client, all of them once and in order. */
async function everywhere(pops: readonly TestPop[], counts: Record<string, number>): Promise<void> {
  for (const at of pops) {
    for (const [client, count] of Object.entries(counts)) {
      await expect.poll(() => at.seen(client), POLL).toEqual(upTo(count))
    }
  }
}

async function unacknowledged(): Promise<number> {
  return onHub(
    async (manager) => (await manager.consumers.info(streamName(EVENT), 'central')).num_ack_pending,
  )
}

/** Everything of the stream that is not acknowledged is delivered again, as after a reader that died. */
async function startOver(): Promise<void> {
  await onHub((manager) => manager.consumers.reset(streamName(EVENT), 'central'))
}

async function onHub<Result>(work: (manager: JetStreamManager) => Promise<Result>): Promise<Result> {
  const connection = await connectNats(hubSettings(), 'test', '_INBOX.test')
  try {
    return await work(await jetstreamManager(connection, JETSTREAM))
  } finally {
    await connection.close()
  }
}

const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, i) => from + i)

/** The hub's own view of the event's consumers. */
async function consumers(): Promise<string[]> {
  return onHub(async (manager) => {
    const names: string[] = []
    for await (const { name } of manager.consumers.list(streamName(EVENT))) names.push(name)
    return names.sort()
  })
}

describe.for(ENGINES)('$name', ({ start, skip, name }) => {
  let engine: TestEngine
  let store: Store
  beforeAll(async () => {
    if (!skip) engine = await start()
  })
  afterAll(() => engine?.stop())
  beforeEach(async (context) => {
    context.skip(skip, name)
    store = await emptyStore(engine)
  })

  test('what is published at one PoP comes to the other and to central, in order, once', async () => {
    await central(store)
    const [hall, annex] = [pop('hall'), pop('annex')]
    for (const seq of upTo(50)) {
      hall.publish('ann', seq)
      annex.publish('bob', seq)
    }
    await everywhere([hall, annex], { ann: 50, bob: 50 })
    await expect.poll(() => messages(store), POLL).toHaveLength(100)
    expect(await consumers()).toEqual(['central', 'relay_annex_log-of-annex', 'relay_hall_log-of-hall'])
  })

  test('a store that stalls and a stream delivered again lose nothing and apply nothing twice', async () => {
    await central(store)
    const hall = pop('hall')
    hall.publish('ann', 1)
    await expect.poll(() => messages(store), POLL).toHaveLength(1)
    const resume = await stall(store, EVENT)
    for (const seq of upTo(30, 2)) hall.publish('ann', seq)
    await expect.poll(unacknowledged, POLL).toBeGreaterThan(0)
    await startOver()
    await resume()
    await expect.poll(() => hall.core.uplink.backlog, POLL).toBe(0)
    expect(await messages(store)).toHaveLength(31)
  })

  test('of two centrals one reads, and the other goes on where it ends', async () => {
    const first = await central(store)
    const hall = pop('hall')
    hall.publish('ann', 1)
    await expect.poll(() => messages(store), POLL).toHaveLength(1)
    await central(store)
    for (const seq of upTo(20, 2)) hall.publish('ann', seq)
    await expect.poll(() => messages(store), POLL).toHaveLength(21)
    await first.close()
    for (const seq of upTo(20, 22)) hall.publish('ann', seq)
    await expect.poll(() => messages(store), POLL).toHaveLength(41)
  })
})

describe('a link to the hub that is cut', () => {
  let engine: TestEngine
  let store: Store
  beforeAll(async () => {
    engine = await (ENGINES[0] as EngineChoice).start()
  })
  afterAll(() => engine.stop())
  beforeEach(async () => {
    store = await emptyStore(engine)
  })

  test('leaves each venue to itself, and brings what was missed afterwards, in order, once', async () => {
    await central(store)
    const [hall, annex] = [pop('hall'), pop('annex')]
    hall.publish('ann', 1)
    annex.publish('bob', 1)
    await everywhere([hall, annex], { ann: 1, bob: 1 })
    cluster.leafs.hall.link.cut()
    await expect.poll(() => hall.core.uplink.connected, POLL).toBe(false)
    for (const seq of upTo(400, 2)) {
      hall.publish('ann', seq)
      annex.publish('bob', seq)
    }
    await expect.poll(() => [hall.seen('ann').length, annex.seen('bob').length], POLL).toEqual([401, 401])
    expect([hall.seen('bob'), annex.seen('ann')]).toEqual([[1], [1]])
    cluster.leafs.hall.link.heal()
    await everywhere([hall, annex], { ann: 401, bob: 401 })
    await expect.poll(() => messages(store), POLL).toHaveLength(802)
  })

  test('and comes back before anybody notices loses nothing', async () => {
    await central(store)
    const [hall, annex] = [pop('hall'), pop('annex')]
    await expect.poll(() => hall.core.uplink.connected && annex.core.uplink.connected, POLL).toBe(true)
    for (const round of upTo(5)) {
      for (const seq of upTo(30, (round - 1) * 30 + 1)) {
        hall.publish('ann', seq)
        annex.publish('bob', seq)
      }
      await expect.poll(() => hall.acked.length, POLL).toBe(round * 30)
      for (const { link } of Object.values(cluster.leafs)) {
        link.cut()
        link.heal()
      }
    }
    await everywhere([hall, annex], { ann: 150, bob: 150 })
    await expect.poll(() => hall.core.uplink.backlog + annex.core.uplink.backlog, POLL).toBe(0)
  })

  test('does not show a message twice that its sender brought to another PoP meanwhile', async () => {
    await central(store)
    const [hall, annex] = [pop('hall'), pop('annex')]
    await expect.poll(() => hall.core.uplink.connected && annex.core.uplink.connected, POLL).toBe(true)
    cluster.leafs.hall.link.cut()
    await expect.poll(() => hall.core.uplink.connected, POLL).toBe(false)
    for (const seq of [1, 2, 3]) hall.publish('ann', seq)
    await expect.poll(() => hall.acked, POLL).toHaveLength(3)
    annex.core.greet('ann', { interactive: 3 })
    for (const seq of [3, 4]) annex.publish('ann', seq)
    await expect.poll(() => annex.seen('ann'), POLL).toEqual([3, 4])
    cluster.leafs.hall.link.heal()
    await expect.poll(() => hall.seen('ann'), POLL).toEqual([1, 2, 3, 4])
    await expect.poll(() => annex.seen('ann'), POLL).toEqual([3, 4, 1, 2])
    await expect.poll(() => messages(store), POLL).toHaveLength(4)
  })

  test('and a hub and PoPs that are killed: nothing is lost, nothing comes twice', async () => {
    await central(store)
    const hall = pop('hall')
    const annex = pop('annex')
    for (const seq of upTo(40)) hall.publish('ann', seq)
    await everywhere([annex], { ann: 40 })
    const disk = await annex.kill()
    for (const seq of upTo(40, 41)) hall.publish('ann', seq)
    await cluster.hub.kill()
    for (const seq of upTo(40, 81)) hall.publish('ann', seq)
    await cluster.hub.start()
    const again = pop('annex', disk)
    await expect.poll(() => [...annex.seen('ann'), ...again.seen('ann')], POLL).toEqual(upTo(120))
    await expect.poll(() => messages(store), POLL).toHaveLength(120)
  })

  test('keeps channels that stay at their PoP there', async () => {
    await central(store)
    const [hall, annex] = [pop('hall'), pop('annex')]
    hall.publish('ann', 1, { ch: 'hall.doors' })
    hall.publish('ann', 2, { ch: 'collect.votes' })
    hall.publish('ann', 3)
    await expect.poll(() => annex.seen('ann'), POLL).toEqual([3])
    await expect.poll(() => messages(store), POLL).toHaveLength(3)
  })
})

describe('central', () => {
  test('that is killed and started again goes on where it was, as a process', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'micropop-central-'))
    open.push(() => rmSync(dataDir, { recursive: true, force: true }))
    const run = async () => {
      const args = ['--port', '0', '--admin-port', '0', '--data', dataDir]
      const started = new CentralProcess(args, { NATS_URL: cluster.hubUrl })
      open.push(() => started.kill())
      return { started, ...(await started.ready()) }
    }
    const first = await run()
    const hall = pop('hall')
    for (const seq of upTo(30)) hall.publish('ann', seq)
    await expect.poll(() => hall.core.uplink.backlog, POLL).toBeLessThan(30)
    await first.started.kill()
    for (const seq of upTo(30, 31)) hall.publish('ann', seq)
    const second = await run()
    await expect.poll(() => hall.core.uplink.backlog, POLL).toBe(0)
    const metrics = await (await fetch(`http://127.0.0.1:${second.adminPort}/metrics`)).text()
    expect(metrics).toContain('micropop_central_messages_applied_total')
    const { code, stderr } = await second.started.kill('SIGTERM')
    expect(code).toBe(0)
    expect(stderr).not.toContain('p4ss-word')
    const again = pop('hall', await hall.kill())
    await run()
    await expect.poll(() => again.core.uplink.connected, POLL).toBe(true)
    expect(again.core.uplink.backlog).toBe(0)
  })

  test('passes over what is no batch of a PoP, and says so to nobody', async () => {
    const engine = await (ENGINES[0] as EngineChoice).start()
    open.push(() => engine.stop())
    const store = await engine.open()
    open.push(() => store.close())
    await central(store)
    const hall = pop('hall')
    hall.publish('ann', 1)
    await expect.poll(() => messages(store), POLL).toHaveLength(1)
    const connection = await connectNats(hubSettings(), 'test', '_INBOX.test')
    open.push(() => connection.close())
    const client = jetstream(connection, JETSTREAM)
    const marks = headers()
    marks.set('Micropop-Log', 'no/log')
    for (const data of ['', '{}', '{"t":"batch"}']) {
      await client.publish(subjects.up(EVENT, 'hall'), data, { headers: marks })
    }
    connection.publish(subjects.hello(EVENT, 'hall'), '{}')
    hall.publish('ann', 2)
    await expect.poll(() => messages(store), POLL).toHaveLength(2)
  })

  test('without a hub says where it looked and how to have one', async () => {
    await cluster.hub.kill()
    const central = new CentralProcess(['--port', '0', '--admin-port', '0'], { NATS_URL: cluster.hubUrl })
    const { code, stderr } = await central.ended
    expect(code).toBe(3)
    expect(stderr).toContain('MP_NATS_UNREACHABLE')
    expect(stderr).not.toContain('p4ss-word')
  })
})

test('a PoP may not speak as another one', async () => {
  const engine = await (ENGINES[0] as EngineChoice).start()
  open.push(() => engine.stop())
  const store = await engine.open()
  open.push(() => store.close())
  await central(store)
  const nats = natsFromEnvironment({ NATS_URL: cluster.leafs.hall.url }) as NatsSettings
  const connection = await connectNats(nats, 'test', subjects.inbox(EVENT, 'hall'))
  open.push(() => connection.close())
  const ask = (name: PopName) => connection.request(subjects.hello(EVENT, name), '{}', { timeout: 2_000 })
  // The leaf hears a moment later that central listens at the hub.
  const heard = AbortSignal.timeout(20_000)
  const unheard = () => ask('hall').then(Boolean, (error: Error) => error.message.startsWith('no responders'))
  while (await unheard()) heard.throwIfAborted()
  await expect(ask('hall')).rejects.toThrow('timeout')
  await expect(ask('annex')).rejects.toThrow('no responders')
})
