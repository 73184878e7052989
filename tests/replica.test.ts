// A PoP's machine is gone with its disk in mid-show, for real: with a second PoP that followed it, and without one.
import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { CentralProcess } from '../runtime/central/testing/central-process.ts'
import { freePort } from '../runtime/free-ports.ts'
import { DEFAULT_LIMITS, popConfigSchema } from '../runtime/pop-config.ts'
import { PATHS } from '../runtime/ports.ts'
import type { Durability } from '../runtime/protocol/lanes.ts'
import { pick, seededRandom } from '../runtime/testing/seeded-random.ts'
import { SessionClient } from '../runtime/testing/session-client.ts'
import {
  Attendee,
  cleanUp,
  EVENT,
  exported,
  folder,
  PopProcess,
  queueState,
  watermarks,
} from './loaded-pop.ts'

/** Another seed draws another load and another moment: MICROPOP_TEST_SEED=7 npx vitest run tests/replica.test.ts */
const SEED = Number(process.env.MICROPOP_TEST_SEED ?? 20_261_124)
const ATTENDEES = 16
const FRAMES = 180
/** Messages of one attendee that are on their way at once, so that the load goes on while a follower is late. */
const OUTBOX_MAX = 12
/** Messages that the second PoP acknowledged before the first one dies. */
const REPLICATED_MIN = 60
const WITHIN = { timeout: 30_000, interval: 50 }

async function startCentral(dir: string, port = 0) {
  const args = [
    '--port',
    String(port),
    '--admin-port',
    '0',
    '--data',
    join(dir, 'central'),
    '--log-level',
    'error',
  ]
  const central = new CentralProcess(args)
  cleanUp.push(() => central.kill())
  const ready = await central.ready()
  return { ...ready, kill: () => central.kill(), adminUrl: `http://127.0.0.1:${ready.adminPort}` }
}

/** Writes the pop.json of a PoP that keeps its data in `dir/name`; returns the file. */
async function config(dir: string, name: string, centralPort: number, replicaPort = 0): Promise<string> {
  const file = join(dir, `${name}.json`)
  const parsed = popConfigSchema.parse({
    version: 1,
    event: EVENT,
    pop: 'hall',
    listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0 },
    dataDir: join(dir, name),
    uplinks: [{ name: 'uplink', url: `ws://127.0.0.1:${centralPort}${PATHS.uplink}` }],
    queue: { maxBytes: 1_000_000_000, segmentBytes: 100_000 },
    limits: {
      ...DEFAULT_LIMITS,
      ...{ historyMessages: 20_000, historyBytes: 64_000_000, framesPerS: 10_000, framesBurst: 10_000 },
    },
    replica: replicaPort > 0 ? { host: '127.0.0.1', port: replicaPort } : null,
    sessionThreads: 0,
    imagesDir: null,
  })
  await writeFile(file, JSON.stringify(parsed))
  return file
}

/** Half of them wait for the replica. Resolves `enough` after `count` acknowledgements, `replicated` of them by it. */
function crowd(count: number, replicated: number) {
  let [acks, byReplica] = [0, 0]
  const enough = Promise.withResolvers<void>()
  const acknowledged = (durable: Durability) => {
    acks++
    if (durable === 'replica') byReplica++
    if (acks >= count && byReplica >= replicated) enough.resolve()
  }
  const attendees = Array.from(
    { length: ATTENDEES },
    (_, i) => new Attendee(`a${i}`, seededRandom(SEED + i), acknowledged, i % 2 === 0 ? 'replica' : 'disk'),
  )
  return { attendees, enough: enough.promise }
}

/** What was promised and is not at central; checks that everything there took effect once, as it was sent. */
async function missing(adminUrl: string, attendees: readonly Attendee[]) {
  const messages = (await exported(adminUrl)).filter(({ client }) => !client.startsWith('@'))
  const there = new Map(messages.map((m) => [`${m.client}/${m.lane}/${m.seq}`, JSON.stringify(m.body)]))
  expect(there.size).toBe(messages.length)
  const applied = (await watermarks(adminUrl)).reduce((sum, mark) => sum + mark.applied, 0)
  expect(applied).toBe((await exported(adminUrl)).length)
  return attendees.flatMap(({ client, promised }) =>
    [...promised].flatMap(([id, { body, durable }]) => {
      const stored = there.get(`${client}/${id}`)
      if (stored !== undefined) expect(stored).toBe(JSON.stringify(body))
      return stored === undefined ? [{ id: `${client}/${id}`, durable }] : []
    }),
  )
}

test(`a second PoP takes over: nothing acknowledged \`replica\` is lost, and the old one is fenced (seed ${SEED})`, async () => {
  vi.stubEnv('MICROPOP_REPLICA_TOKEN', 'a-secret-of-replicas')
  cleanUp.push(() => vi.unstubAllEnvs())
  const dir = await folder('replica')
  const central = await startCentral(dir)
  const replicaPort = await freePort()
  const leader = new PopProcess(await config(dir, 'leader', central.port, replicaPort))
  const { session, admin } = await leader.ready()
  const standby = await config(dir, 'standby', central.port)
  const url = `ws://127.0.0.1:${replicaPort}${PATHS.replica}`
  const follower = new PopProcess(standby, ['--leader', url], 'follow')
  await expect.poll(async () => (await queueState(admin)).replica?.behind, WITHIN).toBe(0)

  const listener = await SessionClient.open(session, 'listener')
  cleanUp.push(() => listener.drop())
  const { epoch } = await listener.subscribe('room')
  const { attendees, enough } = crowd(200 + pick(seededRandom(SEED), 1_000), REPLICATED_MIN)
  const lives = attendees.map((attendee) => attendee.live(session, FRAMES, OUTBOX_MAX))
  await Promise.race([enough, Promise.all(lives)])
  await leader.kill()
  await Promise.all([...lives, listener.closed])
  // For the old leader's return; then its disk is gone.
  await cp(join(dir, 'leader'), join(dir, 'returned'), { recursive: true })
  await rm(join(dir, 'leader'), { recursive: true })
  await follower.kill()
  const replicated = attendees.flatMap(({ promised }) =>
    [...promised.values()].filter(({ durable }) => durable === 'replica'),
  )
  expect(replicated.length).toBeGreaterThanOrEqual(REPLICATED_MIN)
  expect(attendees.reduce((sum, { outbox }) => sum + outbox.size, 0)).toBeGreaterThan(0)

  const promoted = await new PopProcess(standby, ['--promote']).ready()
  const off = listener.messages('room').at(-1)?.off ?? 0
  const again = await SessionClient.open(promoted.session, 'listener')
  cleanUp.push(() => again.drop())
  const answer = await again.subscribe('room', { epoch, off })
  expect(answer.recovered).toBe(false)
  expect(answer.epoch).not.toBe(epoch)
  await Promise.all(attendees.map((attendee) => attendee.live(promoted.session, 0)))
  expect(attendees.flatMap(({ outbox, refused }) => [...outbox.keys(), ...refused])).toEqual([])
  await expect.poll(async () => (await queueState(promoted.admin)).backlog, WITHIN).toBe(0)
  const lost = await missing(central.adminUrl, attendees)
  expect(lost.filter(({ durable }) => durable === 'replica' || durable === 'central')).toEqual([])

  const returned = new PopProcess(await config(dir, 'returned', central.port))
  await returned.ready()
  await returned.ended
  expect(returned.child.exitCode).toBe(3)
  expect(returned.stderr).toContain('MP_LOG_TAKEN_OVER')
  expect(await missing(central.adminUrl, attendees)).toEqual(lost)
}, 120_000)

test(`without a second PoP a dead box loses no more than its backlog was (seed ${SEED})`, async () => {
  const dir = await folder('no-replica')
  let central = await startCentral(dir)
  const pop = new PopProcess(await config(dir, 'alone', central.port))
  const { session, admin } = await pop.ready()
  const { attendees, enough } = crowd(500 + pick(seededRandom(SEED), 500), 0)
  const lives = attendees.map((attendee) => attendee.live(session, FRAMES))
  await enough
  await central.kill()
  // Everything that waits for no central is answered: the load is over, and the backlog stands still.
  const waits = () =>
    attendees.flatMap(({ outbox }) => [...outbox.values()]).filter(({ ack }) => ack !== 'central')
  await expect.poll(() => waits().length, WITHIN).toBe(0)
  const { backlog } = await queueState(admin)
  expect(backlog).toBeGreaterThan(0)
  await pop.kill()
  await Promise.all(lives)
  await rm(join(dir, 'alone'), { recursive: true })

  central = await startCentral(dir, central.port)
  const replaced = await new PopProcess(await config(dir, 'replaced', central.port)).ready()
  await Promise.all(attendees.map((attendee) => attendee.live(replaced.session, 0)))
  await expect.poll(async () => (await queueState(replaced.admin)).backlog, WITHIN).toBe(0)
  const lost = await missing(central.adminUrl, attendees)
  expect(lost.filter(({ durable }) => durable === 'central')).toEqual([])
  expect(lost.length).toBeGreaterThan(0)
  expect(lost.length).toBeLessThanOrEqual(backlog)
}, 120_000)
