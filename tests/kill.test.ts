// A real PoP, killed under load again and again, and on a disk that is really full: nothing acknowledged is lost.
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ExportedWatermark } from '../runtime/central/export.ts'
import { CentralProcess } from '../runtime/central/testing/central-process.ts'
import { freePort } from '../runtime/free-ports.ts'
import { DEFAULT_LIMITS, type PopConfig, popConfigSchema } from '../runtime/pop-config.ts'
import { PATHS } from '../runtime/ports.ts'
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

/** Another seed kills at other moments: MICROPOP_TEST_SEED=7 npx vitest run tests/kill.test.ts */
const SEED = Number(process.env.MICROPOP_TEST_SEED ?? 20_261_123)
/** PoPs of one event, killed side by side, and how often each. */
const POPS = ['hall', 'foyer']
const LIVES = 50
/** Of each PoP. */
const ATTENDEES = 12
/** After these lives of the first PoP central is killed too; it comes back while PoPs are loaded already. */
const CENTRAL_KILLED_AFTER = new Set([15, 35])
/** Frames of one attendee in one life: the PoP dies somewhere among them, of all its attendees. */
const FRAMES_A_LIFE = 60
/** Frames of one attendee on the small disk: what the PoP takes at once before it limits the rate. */
const FRAMES_TO_FILL = 180
const DRAIN_WITHIN_MS = 30_000

/** Follows a channel across every restart, from the offset it saw last. */
class Listener {
  readonly bodies: string[] = []
  #epoch: string | undefined

  async live(url: string): Promise<void> {
    const session = await SessionClient.open(url, 'listener')
    cleanUp.push(() => session.drop())
    const from = this.#epoch === undefined ? undefined : { epoch: this.#epoch, off: this.bodies.length }
    const { epoch, recovered } = await session.subscribe('room', from)
    expect(recovered).toBe(true)
    expect(epoch).toBe(this.#epoch ?? epoch)
    this.#epoch = epoch
    void session.closed.then(() => {
      for (const { off, body } of session.messages('room')) {
        expect(off).toBe(this.bodies.length + 1)
        this.bodies.push(JSON.stringify(body))
      }
    })
    this.#session = session
  }

  #session: SessionClient | undefined

  /** Everything up to `count` messages arrived, or the session ended. */
  async caughtUp(count: number): Promise<void> {
    const before = this.bodies.length
    await this.#session?.until(() => before + (this.#session?.messages('room').length ?? 0) >= count)
    this.#session?.drop()
    await this.ended()
  }

  async ended(): Promise<void> {
    await this.#session?.closed
  }
}

async function backlogOf(admin: string): Promise<number> {
  return (await queueState(admin)).backlog
}

function popConfig(
  pop: string,
  dataDir: string,
  centralPort: number,
  queue: Pick<PopConfig['queue'], 'maxBytes' | 'segmentBytes'>,
): PopConfig {
  return popConfigSchema.parse({
    version: 1,
    event: EVENT,
    pop,
    listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0 },
    dataDir,
    uplinks: [{ name: 'uplink', url: `ws://127.0.0.1:${centralPort}${PATHS.uplink}` }],
    queue,
    limits: { ...DEFAULT_LIMITS, historyMessages: 20_000, historyBytes: 64_000_000 },
    sessionThreads: 0,
    imagesDir: null,
  })
}

/** Compares message by message: all that was promised is at central, once, as it was sent. */
function expectAllAtCentral(
  attendees: readonly Attendee[],
  messages: Awaited<ReturnType<typeof exported>>,
  marks: readonly ExportedWatermark[],
): void {
  const atCentral = new Map(messages.map((m) => [`${m.client}/${m.lane}/${m.seq}`, JSON.stringify(m.body)]))
  expect(atCentral.size).toBe(messages.length)
  for (const { client, promised } of attendees) {
    for (const [id, { body, durable }] of promised) {
      if (durable !== 'memory')
        expect(atCentral.get(`${client}/${id}`), `${client}/${id}`).toBe(JSON.stringify(body))
    }
  }
  // A message that is in the log twice would be told from its copy by central, and counted.
  expect(marks.map(({ duplicates }) => duplicates)).toEqual(marks.map(() => 0))
  expect(marks.reduce((sum, { through }) => sum + through, 0)).toBe(messages.length)
}

/** A PoP with its attendees and a listener, through many lives. */
class Hall {
  readonly attendees: Attendee[]
  readonly listener = new Listener()
  acks = 0
  readonly #configFile: string
  readonly #random: () => number
  #enough = { at: Number.POSITIVE_INFINITY, reached: () => {} }

  constructor(name: string, seed: number, configFile: string) {
    this.#configFile = configFile
    this.#random = seededRandom(seed)
    const acknowledged = () => {
      if (++this.acks >= this.#enough.at) this.#enough.reached()
    }
    this.attendees = Array.from(
      { length: ATTENDEES },
      (_, i) => new Attendee(`${name}-${i}`, seededRandom(seed + i), acknowledged),
    )
  }

  /** Starts the PoP and kills it after some of the load's acknowledgements. */
  async live(): Promise<void> {
    const pop = new PopProcess(this.#configFile)
    const { session } = await pop.ready()
    await this.listener.live(session)
    const reached = new Promise<void>((resolve) => {
      this.#enough = { at: this.acks + 1 + pick(this.#random, ATTENDEES * 25), reached: resolve }
    })
    const lives = this.attendees.map((attendee) =>
      attendee.live(session, Math.max(0, FRAMES_A_LIFE - attendee.outbox.size)),
    )
    await reached
    await pop.kill()
    await Promise.all([...lives, this.listener.ended()])
  }

  /** Starts the PoP for good; returns once everything is acknowledged and at central. */
  async settle(): Promise<void> {
    const { session, admin } = await new PopProcess(this.#configFile).ready()
    await this.listener.live(session)
    await Promise.all(this.attendees.map((attendee) => attendee.live(session, 0)))
    expect(this.attendees.map(({ outbox, refused }) => [...outbox.keys(), ...refused.keys()])).toEqual(
      this.attendees.map(() => []),
    )
    await expect.poll(() => backlogOf(admin), { timeout: DRAIN_WITHIN_MS, interval: 100 }).toBe(0)
  }
}

test(`${POPS.length * LIVES} kills under load: nothing acknowledged is lost, nothing applied twice (seed ${SEED})`, async () => {
  const dir = await folder('kill')
  const centralData = join(dir, 'central')
  const startCentral = (port: number) => {
    const args = ['--port', String(port), '--admin-port', '0', '--data', centralData, '--log-level', 'error']
    const process = new CentralProcess(args)
    cleanUp.push(() => process.kill())
    return process
  }
  let central = startCentral(0)
  let centralReady = central.ready()
  const { port: centralPort } = await centralReady
  const halls: Hall[] = []
  for (const [i, name] of POPS.entries()) {
    const configFile = join(dir, `${name}.json`)
    const queue = { maxBytes: 1_000_000_000, segmentBytes: 100_000 }
    await writeFile(configFile, JSON.stringify(popConfig(name, join(dir, name), centralPort, queue)))
    halls.push(new Hall(name, SEED + 1_000 * i, configFile))
  }
  await Promise.all(
    halls.map(async (hall, i) => {
      for (let life = 1; life <= LIVES; life++) {
        await hall.live()
        if (i > 0 || !CENTRAL_KILLED_AFTER.has(life)) continue
        await central.kill()
        central = startCentral(centralPort)
        centralReady = central.ready()
      }
    }),
  )
  const { adminPort } = await centralReady
  await Promise.all(halls.map((hall) => hall.settle()))

  const adminUrl = `http://127.0.0.1:${adminPort}`
  const messages = await exported(adminUrl)
  expectAllAtCentral(
    halls.flatMap(({ attendees }) => attendees),
    messages,
    await watermarks(adminUrl),
  )
  for (const { acks, attendees, listener } of halls) {
    expect(acks).toBeGreaterThan(LIVES * ATTENDEES)
    const here = new Set(attendees.map(({ client }) => client))
    const inRoom = messages
      .filter(({ ch, client }) => ch === 'room' && here.has(client))
      .map(({ body }) => JSON.stringify(body))
    await listener.caughtUp(inRoom.length)
    expect(listener.bodies.toSorted()).toEqual(inRoom.toSorted())
  }
}, 300_000)

test('on a disk that is really full keeps what it acknowledged, restarts, and goes on once there is room', async ({
  skip,
}) => {
  skip(process.platform !== 'linux' || process.getuid?.() !== 0, 'mounting a small disk needs root on Linux')
  const dir = await folder('full')
  const dataDir = await folder('small-disk')
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', dataDir], { stdio: 'pipe' })
  } catch (error) {
    skip(`this machine lets nobody mount: ${(error as Error).message}`)
  }
  cleanUp.push(() => execFileSync('umount', [dataDir]))
  const centralPort = await freePort()
  const configFile = join(dir, 'pop.json')
  const queue = { maxBytes: 1_000_000_000, segmentBytes: 500_000 }
  await writeFile(configFile, JSON.stringify(popConfig('hall', dataDir, centralPort, queue)))

  let pop = new PopProcess(configFile)
  let { session, admin } = await pop.ready()
  const attendees: Attendee[] = []
  const load = async () => {
    const attendee = new Attendee(
      `attendee-${attendees.length}`,
      seededRandom(SEED + attendees.length),
      () => {},
    )
    attendees.push(attendee)
    await attendee.live(session, FRAMES_TO_FILL)
    return attendee
  }
  // Central is away, so messages that wait for it keep a session open: only the rest is answered.
  const answered = (attendee: Attendee) => attendee.promised.size + attendee.refused.size
  const crowd: Promise<Attendee>[] = []
  const isFull = () => attendees.some(({ refused }) => [...refused.values()].includes('MP_QUEUE_FULL'))
  while (!isFull()) {
    crowd.push(load())
    const attendee = attendees.at(-1) as Attendee
    await expect.poll(() => answered(attendee), { interval: 5 }).toBeGreaterThan(FRAMES_TO_FILL / 2)
    expect(attendees.length, 'the disk never filled').toBeLessThan(400)
  }
  expect((await fetch(`${admin}${PATHS.health}`)).status).toBe(200)

  await pop.kill()
  await Promise.all(crowd)
  pop = new PopProcess(configFile)
  ;({ session, admin } = await pop.ready())
  const central = new CentralProcess([
    ...['--port', String(centralPort), '--admin-port', '0'],
    ...['--data', join(dir, 'central'), '--log-level', 'error'],
  ])
  cleanUp.push(() => central.kill())
  const { adminPort } = await central.ready()
  await expect.poll(() => backlogOf(admin), { timeout: DRAIN_WITHIN_MS, interval: 100 }).toBe(0)

  const late = await load()
  expect([...late.refused]).toEqual([])
  expect(late.promised.size).toBe(FRAMES_TO_FILL)
  for (const attendee of attendees) await attendee.live(session, 0)
  await expect.poll(() => backlogOf(admin), { timeout: DRAIN_WITHIN_MS, interval: 100 }).toBe(0)
  const adminUrl = `http://127.0.0.1:${adminPort}`
  expectAllAtCentral(attendees, await exported(adminUrl), await watermarks(adminUrl))
}, 120_000)
