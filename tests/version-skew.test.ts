// Upgrade and rollback with real processes: central and PoP of version 0.1.0, as the repository has them, beside those of
// now, killed under load and exchanged in both orders; nothing acknowledged is lost, nothing is applied twice.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CentralProcess } from '../runtime/central/testing/central-process.ts'
import { DEFAULT_LIMITS, popConfigSchema } from '../runtime/pop-config.ts'
import { PATHS } from '../runtime/ports.ts'
import { freePort } from '../runtime/testing/free-port.ts'
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
import { ROOT } from './source-tree.ts'

/** The last commit before the uplink told versions: what was 0.1.0 until then. */
const BEFORE = 'd2648ace8377a40835e5927e42d9fd09a99238e4'
const NEEDED = ['cli', 'runtime', 'infra', 'reports', 'simulator', 'package.json']
const ATTENDEES = 4
const FRAMES = 20
/** Of a session client's patience. */
const WAITS_MAX = 6
const TIMEOUT_MS = 240_000

/** Why the version before cannot be run here, or null. */
function notHere(): string | null {
  const { status, error } = spawnSync('git', ['-C', ROOT, 'cat-file', '-e', `${BEFORE}^{tree}`])
  if (error) return `git does not run here: ${error.message}`
  return status === 0 ? null : `commit ${BEFORE} is not in this clone: it is shallow, or its history was cut`
}

/** The command of the version before. */
async function before(): Promise<string> {
  const dir = await folder('before')
  const archive = execFileSync('git', ['-C', ROOT, 'archive', BEFORE, ...NEEDED], {
    maxBuffer: 64 * 1024 * 1024,
  })
  execFileSync('tar', ['-x', '-C', dir], { input: archive })
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'))
  return join(dir, 'cli', 'micropop.mjs')
}

interface Site {
  dir: string
  centralPort: number
  configFile: string
  attendees: Attendee[]
}

async function site(): Promise<Site> {
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

async function central({ dir, centralPort }: Site, command: string) {
  const args = ['--port', String(centralPort), '--admin-port', '0', '--data', join(dir, 'central')]
  const process = new CentralProcess([...args, '--log-level', 'error'], {}, command)
  cleanUp.push(() => process.kill())
  const { adminPort } = await process.ready()
  return { kill: () => process.kill(), adminUrl: `http://127.0.0.1:${adminPort}` }
}

async function pop({ configFile }: Site, command: string) {
  const process = new PopProcess(configFile, [], 'pop', command)
  return { kill: () => process.kill(), ...(await process.ready()) }
}

/** Load until all of it is acknowledged, most of it by central, which may be away for longer than one wait. */
async function load({ attendees }: Site, session: string): Promise<void> {
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
async function expectAll({ attendees }: Site, admin: string, adminUrl: string, loads: number): Promise<void> {
  await expect.poll(async () => (await queueState(admin)).backlog, { timeout: 30_000 }).toBe(0)
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

test('central first: upgraded under a PoP of before, then rolled back', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  const missing = notHere()
  context.skip(missing !== null, missing ?? '')
  const old = await before()
  const at = await site()
  let running = await central(at, old)
  const venue = await pop(at, old)
  await load(at, venue.session)
  for (const command of [COMMAND, old]) {
    const during = load(at, venue.session)
    await running.kill()
    running = await central(at, command)
    await during
  }
  await expectAll(at, venue.admin, running.adminUrl, 3)
})

test('PoP then: upgraded on the log of before, rolled back on its own, under a central of now, then of before', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  const missing = notHere()
  context.skip(missing !== null, missing ?? '')
  const old = await before()
  const at = await site()
  let running = await central(at, COMMAND)
  let venue = await pop(at, old)
  await load(at, venue.session)
  for (const command of [COMMAND, old]) {
    const during = load(at, venue.session)
    await venue.kill()
    venue = await pop(at, command)
    await during
    // What was not acknowledged is sent again in the next session.
    await Promise.all(at.attendees.map((attendee) => attendee.live(venue.session, 0)))
  }
  await running.kill()
  running = await central(at, old)
  await load(at, venue.session)
  await expectAll(at, venue.admin, running.adminUrl, 2)
})
