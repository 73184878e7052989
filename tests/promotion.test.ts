// The second PoP takes over with less of the log than clients and central have seen of the first one.
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { startCentral } from '../runtime/central.ts'
import { startFollower } from '../runtime/follower.ts'
import { freePort } from '../runtime/free-ports.ts'
import { startPop } from '../runtime/pop.ts'
import { DEFAULT_LIMITS, popConfigSchema } from '../runtime/pop-config.ts'
import { dataFolder, open, queueState, session } from './running-pop.ts'

const logger = pino({ level: 'silent' })
const replicaPort = await freePort()

function configOf(dataDir: string, url: string, port = replicaPort) {
  return popConfigSchema.parse({
    version: 1,
    event: 'test-event',
    pop: 'hall',
    listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0 },
    dataDir,
    uplinks: [{ name: 'uplink', url }],
    queue: { maxBytes: 100_000_000, segmentBytes: 1_000_000 },
    limits: DEFAULT_LIMITS,
    replica: { host: '127.0.0.1', port },
    sessionThreads: 0,
    imagesDir: null,
  })
}

async function startAs(dataDir: string, url: string, promote = false, port = replicaPort) {
  const pop = await startPop({ config: configOf(dataDir, url, port), uplinkToken: null, promote, logger })
  open.push(pop)
  return pop
}

async function startEmbeddedCentral() {
  const central = await startCentral({
    ...{ port: 0, adminPort: 0, databaseUrl: null, dataDir: await dataFolder(), uplinkToken: null },
    logger,
  })
  open.push(central)
  return central
}

async function follow(dataDir: string, url: string, progress: (position: number) => void = () => {}) {
  return await startFollower({
    config: configOf(dataDir, url),
    leader: `ws://127.0.0.1:${replicaPort}/replica`,
    replicaToken: null,
    logger,
    progress: ({ position }) => progress(position),
  })
}

test('clients are told that it is not the same any more, central takes both, and no log is mixed with another', async () => {
  const [first, second] = [await dataFolder(), await dataFolder()]
  const central = await startEmbeddedCentral()

  const leader = await startAs(first, central.url)
  const copied = Promise.withResolvers<void>()
  const stopFollowing = await follow(second, central.url, (position) => position >= 3 && copied.resolve())
  const ann = await session(leader, 'ann')
  const { epoch } = await ann.subscribe('room')
  for (let seq = 1; seq <= 3; seq++) ann.publish({ seq, ch: 'room', body: seq })
  await copied.promise
  await stopFollowing()
  for (let seq = 4; seq <= 6; seq++) ann.publish({ seq, ch: 'room', body: seq, ack: 'central' })
  await ann.acked(6, 'interactive', 'central')
  await leader.close()

  await expect(startAs(second, central.url)).rejects.toMatchObject({ code: 'MP_LOG_FOLLOWED' })
  const promoted = await startAs(second, central.url, true)
  const ben = await session(promoted, 'ben')
  // Numbers that the first PoP gave to other messages.
  for (let seq = 1; seq <= 4; seq++) ben.publish({ seq, ch: 'room', body: seq, ack: 'central' })
  await ben.acked(4, 'interactive', 'central')
  expect(await ben.subscribe('room', { epoch, off: 6 })).toMatchObject({ off: 7, recovered: false })
  expect((await queueState(promoted)).backlog).toBe(0)
  const stored = await (await fetch(`${central.adminUrl}/v1/messages?event=test-event`)).text()
  const of = stored
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { client: string; seq: number })
  const known = of
    .filter(({ client }) => !client.startsWith('@'))
    .map(({ client, seq }) => `${client} ${seq}`)
  expect(known.sort()).toEqual(
    [1, 2, 3, 4, 5, 6].map((n) => `ann ${n}`).concat([1, 2, 3, 4].map((n) => `ben ${n}`)),
  )

  await expect(follow(first, central.url)).rejects.toMatchObject({ code: 'MP_LOG_OF_OWN' })
})

test('a PoP that was taken over while it runs sends its sessions away and does not start again', async () => {
  const [first, second] = [await dataFolder(), await dataFolder()]
  const central = await startEmbeddedCentral()
  const leader = await startAs(first, central.url)
  const ended = leader.ended.catch((error: unknown) => error)
  const copied = Promise.withResolvers<void>()
  const stopFollowing = await follow(second, central.url, (position) => position >= 1 && copied.resolve())
  const ann = await session(leader, 'ann')
  await ann.subscribe('room')
  ann.publish({ seq: 1, ch: 'room', body: 1, ack: 'central' })
  await ann.acked(1, 'interactive', 'central')
  await copied.promise
  await stopFollowing()

  const promoted = await startAs(second, central.url, true, await freePort())
  const ben = await session(promoted, 'ben')
  ben.publish({ seq: 1, ch: 'room', body: 1, ack: 'central' })
  await ben.acked(1, 'interactive', 'central')
  // Central tells the first PoP when that sends this.
  ann.publish({ seq: 2, ch: 'room', body: 2 })
  await ann.next('goodbye')
  await ann.closed

  expect(await ended).toMatchObject({ code: 'MP_LOG_TAKEN_OVER' })
  await leader.close()
  for (const promote of [false, true])
    await expect(startAs(first, central.url, promote)).rejects.toMatchObject({ code: 'MP_LOG_TAKEN_OVER' })
})
