// Two venues as one broker, with real servers: attendees of both, a leaf link that is cut, central over NATS.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CentralProcess } from '../runtime/central/testing/central-process.ts'
import { natsFromEnvironment } from '../runtime/nats/connection.ts'
import {
  EVENT,
  findNatsServer,
  type NatsCluster,
  type PopName,
  startCluster,
} from '../runtime/nats/testing/nats-servers.ts'
import { startPop } from '../runtime/pop.ts'
import { DEFAULT_LIMITS, popConfigSchema } from '../runtime/pop-config.ts'
import { open, queueState, session } from './running-pop.ts'

const found = findNatsServer()
const POLL = { timeout: 30_000, interval: 50 }
let cluster: NatsCluster

beforeEach(async (context) => {
  context.skip('missing' in found, 'missing' in found ? found.missing : '')
  if ('missing' in found) return
  cluster = await startCluster(found.file)
})
afterEach(async () => {
  await cluster?.stop()
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'micropop-venues-'))
  open.push({ close: () => rmSync(made, { recursive: true, force: true }) })
  return made
}

async function venue(name: PopName) {
  const pop = await startPop({
    config: popConfigSchema.parse({
      version: 1,
      event: EVENT,
      pop: name,
      listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0 },
      dataDir: folder(),
      uplinks: [{ name: 'main', url: 'ws://127.0.0.1:9/uplink' }],
      queue: { maxBytes: 100_000_000, segmentBytes: 1_000_000 },
      limits: DEFAULT_LIMITS,
      sessionThreads: 0,
      imagesDir: null,
    }),
    uplinkToken: null,
    nats: natsFromEnvironment({ NATS_URL: cluster.leafs[name].url }),
    logger: pino({ level: 'silent' }),
  })
  open.push(pop)
  await expect.poll(async () => (await queueState(pop)).connected, POLL).toBe(true)
  return pop
}

test('attendees of both venues are in one room, also of what was said while the link was cut', async () => {
  const central = new CentralProcess(['--port', '0', '--admin-port', '0', '--data', folder()], {
    NATS_URL: cluster.hubUrl,
  })
  open.push({ close: () => central.kill() })
  const { adminPort } = await central.ready()
  const [hall, annex] = await Promise.all([venue('hall'), venue('annex')])
  const [ann, bob] = await Promise.all([session(hall, 'ann'), session(annex, 'bob')])
  await Promise.all([ann.subscribe('room'), bob.subscribe('room')])
  const bodies = (of: typeof ann) => of.messages('room').map(({ body }) => body)

  ann.publish({ seq: 1, ch: 'room', body: 'hello from the hall' })
  await expect.poll(() => bodies(bob), POLL).toEqual(['hello from the hall'])
  bob.publish({ seq: 1, ch: 'room', body: 'hello back' })
  await expect.poll(() => bodies(ann), POLL).toEqual(['hello from the hall', 'hello back'])

  cluster.leafs.annex.link.cut()
  await expect.poll(async () => (await queueState(annex)).connected, POLL).toBe(false)
  ann.publish({ seq: 2, ch: 'room', body: 'is anybody there' })
  bob.publish({ seq: 2, ch: 'room', body: 'we go on' })
  await Promise.all([ann.acked(2), bob.acked(2)])
  await bob.until(() => bodies(bob).includes('we go on'), 'a message of its own venue')
  expect(bodies(bob)).not.toContain('is anybody there')

  cluster.leafs.annex.link.heal()
  await expect.poll(() => bodies(ann), POLL).toContain('we go on')
  await expect.poll(() => bodies(bob), POLL).toContain('is anybody there')
  for (const of of [ann, bob]) expect(new Set(bodies(of)).size).toBe(bodies(of).length)

  const atCentral = async () => {
    const url = `http://127.0.0.1:${adminPort}/v1/messages?event=${EVENT}`
    return (await (await fetch(url)).text()).trim().split('\n').filter(Boolean).length
  }
  await expect.poll(atCentral, POLL).toBe(4)
}, 120_000)
