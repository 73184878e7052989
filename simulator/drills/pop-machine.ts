// A machine of a venue in a drill: it serves as the PoP, follows the one that does, or waits; with a disk of its own.
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compilePopConfig, popJson } from '../../infra/venue-pop/pop-json.ts'
import { uplinksOf } from '../../infra/venue-pop/venue-pop-args.ts'
import { freePort, LOOPBACK } from '../../runtime/free-ports.ts'
import type { QueueState } from '../../runtime/pop/queue-state.ts'
import { readTerm } from '../../runtime/pop/term.ts'
import { type PopConfig, popConfigSchema } from '../../runtime/pop-config.ts'
import { PATHS } from '../../runtime/ports.ts'
import { readKeyFile } from '../../runtime/queue/log-cipher.ts'
import { surveyLog } from '../../runtime/queue/log-survey.ts'
import { openQueueFolder } from '../../runtime/queue/log-walk.ts'
import { drainPop, queueState } from '../rehearsal/admin-requests.ts'
import { type RehearsalClock, until } from '../rehearsal/clock.ts'
import type { VenueTopology } from '../topology.ts'
import { DrillFailed } from './drill-failed.ts'
import type { ServerProcess } from './server-process.ts'

const POLL_MS = 25
const CAUGHT_UP_WITHIN_MS = 15_000
const UPLINK_WITHIN_MS = 15_000

/** Where sessions are opened. */
export interface MachineAddress {
  host: string
  port: number
}

interface Place {
  venue: VenueTopology
  /** Data and configuration go below it. */
  folder: string
  /** `host:port` at which each of its uplinks reaches central. */
  central: readonly string[]
  queueKeyFile: string | null
  /** Default: a free port of the loopback. */
  at?: MachineAddress
}

export class PopMachine {
  readonly config: PopConfig
  readonly process: ServerProcess
  readonly #file: string
  readonly #clock: RehearsalClock
  #role: 'serves' | 'follows' = 'serves'
  #setAside = 0

  private constructor(config: PopConfig, file: string, process: ServerProcess, clock: RehearsalClock) {
    this.config = config
    this.#file = file
    this.process = process
    this.#clock = clock
  }

  /** Writes its pop.json as the event has it, with a replica door, on ports that stay the same over restarts. */
  static async set(
    { venue, folder, central, queueKeyFile, at }: Place,
    process: ServerProcess,
    clock: RehearsalClock,
  ): Promise<PopMachine> {
    const { host, port } = at ?? { host: LOOPBACK, port: await freePort() }
    const [adminPort, replicaPort] = [await freePort(), await freePort()]
    const config = compilePopConfig(venue, {
      listen: { host, port, adminHost: LOOPBACK, adminPort },
      dataDir: join(folder, process.name),
      uplinks: uplinksOf(venue).map(({ name }, i) => ({ name, url: `ws://${central[i]}${PATHS.uplink}` })),
      imagesDir: null,
      queueKeyFile,
      tls: null,
      replicaHost: null,
      nats: null,
      auth: 'open',
    })
    const withReplica = popConfigSchema.parse({ ...config, replica: { host: LOOPBACK, port: replicaPort } })
    await mkdir(config.dataDir, { recursive: true })
    const file = join(folder, `${process.name}.json`)
    await writeFile(file, popJson(withReplica))
    return new PopMachine(withReplica, file, process, clock)
  }

  get name(): string {
    return this.process.name
  }

  get address(): string {
    return `${this.config.listen.host}:${this.config.listen.port}`
  }

  get serves(): boolean {
    return this.process.running && this.#role === 'serves'
  }

  get follows(): boolean {
    return this.process.running && this.#role === 'follows'
  }

  queue(): Promise<QueueState> {
    return queueState(this.config.listen.adminPort)
  }

  /** Starts the PoP on what its disk has, and waits until central hears it. */
  async serve(signal: AbortSignal, promote = false): Promise<void> {
    this.#role = 'serves'
    await this.process.start(['pop', '--config', this.#file, ...(promote ? ['--promote'] : [])], signal)
    await this.#until(
      async () => (await this.queue()).connected,
      UPLINK_WITHIN_MS,
      signal,
      () => 'found no way to central',
    )
  }

  /** As `serve`, where it does not serve already; what runs and does not answer is killed first. */
  async serveAgain(signal: AbortSignal): Promise<void> {
    const answers = async () => this.serves && (await this.queue()).writable
    if (await answers().catch(() => false)) return
    await this.process.kill(signal)
    await this.serve(signal)
  }

  /** Follows the log of `leader` until it has all of it. */
  async follow(leader: PopMachine, signal: AbortSignal): Promise<void> {
    this.#role = 'follows'
    const url = `ws://${LOOPBACK}:${leader.config.replica?.port}${PATHS.replica}`
    await this.process.start(['follow', '--leader', url, '--config', this.#file], signal)
    const hasAll = async () => (await leader.queue()).replica?.behind === 0
    await this.#until(hasAll, CAUGHT_UP_WITHIN_MS, signal, () => `has not all that ${leader.name} has`)
  }

  /** Sends its sessions away and waits for its end. Returns how many there were. */
  async drain(signal: AbortSignal): Promise<number> {
    const sessions = await drainPop(this.config.listen.adminPort)
    await this.process.ended(signal)
    return sessions
  }

  /** The newest record of each lane in its log, also beside its process: who has the same has all that was acknowledged. */
  async newest(): Promise<string> {
    const { dataDir, queue } = this.config
    const cipher = queue.keyFile === null ? null : await readKeyFile(queue.keyFile)
    const { lanes } = await surveyLog(await openQueueFolder(dataDir), cipher)
    const used = Object.entries(lanes).filter(([, { last }]) => last > 0)
    return used.map(([lane, { last }]) => `${lane} ${last}`).join(', ') || 'nothing'
  }

  /** Waits until central has all that is on this disk. */
  async emptied(limitMs: number, signal: AbortSignal): Promise<void> {
    const empty = async () => (await this.queue()).backlog === 0
    await this.#until(empty, limitMs, signal, () => 'still has a backlog')
  }

  /** Whether the log here was taken over with `--promote`: from then on central takes it for the venue's. */
  async wasPromoted(): Promise<boolean> {
    const { term, copy } = await readTerm(this.config.dataDir)
    return term > 1 && copy === undefined
  }

  /** Keeps its log beside, and leaves an empty disk to follow with. */
  async setAside(): Promise<string> {
    const { dataDir } = this.config
    const kept = `${dataDir}-before-${++this.#setAside}`
    await rename(dataDir, kept)
    return kept
  }

  async #until(
    holds: () => Promise<boolean>,
    limitMs: number,
    signal: AbortSignal,
    late: () => string,
  ): Promise<void> {
    await until(async () => (await holds()) || undefined, {
      ...{ clock: this.#clock, everyMs: POLL_MS, limitMs, signal },
      onLate: () => new DrillFailed(`${this.name} ${late()} within ${limitMs / 1_000} s`),
    })
  }
}
