// One venue with its central as real processes, loaded by attendees, and held to what they were promised.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type CentralEnvironment, CentralProcess } from '../runtime/central/testing/central-process.ts'
import { freePort } from '../runtime/free-ports.ts'
import { DEFAULT_LIMITS, popConfigSchema } from '../runtime/pop-config.ts'
import { PATHS } from '../runtime/ports.ts'
import { seededRandom } from '../runtime/testing/seeded-random.ts'
import {
  Attendee,
  COMMAND,
  cleanUp,
  EVENT,
  exported,
  folder,
  PopProcess,
  queueState,
  watermarks,
} from './loaded-pop.ts'

const ATTENDEES = 4
/** Of one attendee in one load. */
const FRAMES = 20
/** Of a session client's patience. */
const WAITS_MAX = 6

export interface Site {
  dir: string
  centralPort: number
  configFile: string
  attendees: Attendee[]
}

export async function site(): Promise<Site> {
  const dir = await folder('skew')
  const centralPort = await freePort()
  mkdirSync(join(dir, 'pop'))
  const configFile = join(dir, 'pop.json')
  const config = popConfigSchema.parse({
    version: 1,
    event: EVENT,
    pop: 'hall',
    listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0 },
    dataDir: join(dir, 'pop'),
    uplinks: [{ name: 'uplink', url: `ws://127.0.0.1:${centralPort}${PATHS.uplink}` }],
    queue: { maxBytes: 100_000_000, segmentBytes: 100_000, reconcileS: 1 },
    limits: DEFAULT_LIMITS,
    sessionThreads: 0,
    imagesDir: null,
  })
  writeFileSync(configFile, JSON.stringify(config))
  const attendees = Array.from(
    { length: ATTENDEES },
    (_, i) => new Attendee(`a-${i}`, seededRandom(i + 1), () => {}, 'central'),
  )
  return { dir, centralPort, configFile, attendees }
}

export async function central(
  { dir, centralPort }: Site,
  command = COMMAND,
  environment: CentralEnvironment = {},
) {
  const args = ['--port', String(centralPort), '--admin-port', '0', '--data', join(dir, 'central')]
  const process = new CentralProcess([...args, '--log-level', 'error'], environment, command)
  cleanUp.push(() => process.kill())
  const { adminPort } = await process.ready()
  return {
    kill: (signal?: NodeJS.Signals) => process.kill(signal),
    adminUrl: `http://127.0.0.1:${adminPort}`,
  }
}

export async function pop({ configFile }: Site, command = COMMAND) {
  const process = new PopProcess(configFile, [], 'pop', command)
  return { kill: () => process.kill(), ...(await process.ready()) }
}

/** Load until all of it is acknowledged, most of it by central, which may be away for longer than one wait. */
export async function load({ attendees }: Site, session: string): Promise<void> {
  await Promise.all(
    attendees.map(async (attendee) => {
      for (let wait = 0; wait < WAITS_MAX; wait++) {
        try {
          await attendee.live(session, wait === 0 ? FRAMES : 0)
          return
        } catch (error) {
          if (!/no condition within/.test(String(error))) throw error
        }
      }
    }),
  )
}

/** All that was promised, of at least so many whole loads, is at central, once and as it was sent. */
export async function expectAll(
  { attendees }: Site,
  admin: string,
  adminUrl: string,
  loads: number,
): Promise<void> {
  const wanted = attendees.reduce((sum, { promised: of }) => sum + of.size, 0)
  // A backlog of 0 may be from before the PoP heard that central lost something.
  const patience = { timeout: 60_000, interval: 250 }
  await expect.poll(async () => (await exported(adminUrl)).length, patience).toBeGreaterThanOrEqual(wanted)
  await expect.poll(async () => (await queueState(admin)).backlog, patience).toBe(0)
  const messages = await exported(adminUrl)
  const bodies = new Map(messages.map((m) => [`${m.client}/${m.lane}/${m.seq}`, JSON.stringify(m.body)]))
  expect(bodies.size).toBe(messages.length)
  const promised = attendees.flatMap(({ client, promised: of }) =>
    [...of].map(([id, { body }]) => [`${client}/${id}`, JSON.stringify(body)] as const),
  )
  expect(attendees.map(({ outbox, refused }) => outbox.size + refused.size)).toEqual(attendees.map(() => 0))
  expect(promised.length).toBeGreaterThanOrEqual(loads * ATTENDEES * FRAMES)
  expect(promised.filter(([id, body]) => bodies.get(id) !== body)).toEqual([])
  expect((await watermarks(adminUrl)).map(({ duplicates }) => duplicates)).toEqual(
    (await watermarks(adminUrl)).map(() => 0),
  )
}
