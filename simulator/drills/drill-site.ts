// What every drill stands on: central, links through Toxiproxy, machines of the venues and attendees, all on this machine.
import { join } from 'node:path'
import { ChannelRules } from '../../runtime/broker/channel-rules.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import { freePort } from '../../runtime/free-ports.ts'
import type { ChannelRule } from '../../runtime/pop-config.ts'
import { PATHS } from '../../runtime/ports.ts'
import { exportMessages, exportWatermarks } from '../rehearsal/admin-requests.ts'
import { type RehearsalClock, until } from '../rehearsal/clock.ts'
import type { ExportedWithBody } from '../rehearsal/conservation.ts'
import { Links } from '../rehearsal/links.ts'
import type { Child, ChildSpec, ProcessGroup } from '../rehearsal/process-group.ts'
import { readLines } from '../rehearsal/run-files.ts'
import { newQueueKey } from '../rehearsal/servers.ts'
import type { VenueTopology } from '../topology.ts'
import { CHANNELS } from '../workload/run-plan.ts'
import { CentralMachine } from './central-machine.ts'
import { accountOf, Crowd } from './crowd.ts'
import { DrillFailed } from './drill-failed.ts'
import type { Account, Attendance } from './drill-result.ts'
import { type MachineAddress, PopMachine } from './pop-machine.ts'
import { drillEnvironment, ServerProcess } from './server-process.ts'

/** Between two messages of an attendee. */
const PUBLISH_EVERY_MS = 500
/** After the steps, until attendees have their answers and central has everything. */
const QUIET_WITHIN_MS = 30_000
const EMPTY_WITHIN_MS = 30_000
const POLL_MS = 50

export interface SiteOptions {
  event: string
  /** Attendees of each venue. */
  attendees: number
  /** Seconds that resolvers keep the venue's address. */
  ttlS: number
  clock: RehearsalClock
  group: ProcessGroup
  /** Logs, data and configuration of the processes. */
  folder: string
  toxiproxy: string
  signal: AbortSignal
}

export class DrillSite {
  readonly central: CentralMachine
  readonly links: Links
  readonly clock: RehearsalClock
  readonly machines: PopMachine[] = []
  readonly crowds: Crowd[] = []
  readonly #options: SiteOptions
  readonly #env = drillEnvironment()
  readonly #keys = new Map<string, string>()

  private constructor(options: SiteOptions, links: Links) {
    const { group, clock, folder } = options
    this.#options = options
    this.clock = clock
    this.links = links
    const server = new ServerProcess(group, 'central', this.#env)
    this.central = new CentralMachine(server, join(folder, 'central'))
  }

  /** Errors: MP_TOXIPROXY, MP_CHILD_…. */
  static async open(options: SiteOptions): Promise<DrillSite> {
    const { group, clock, toxiproxy, signal } = options
    const links = await Links.start({ group, command: toxiproxy, clock, signal })
    const site = new DrillSite(options, links)
    await site.central.choosePorts(freePort)
    await site.central.start(signal)
    return site
  }

  get ttlS(): number {
    return this.#options.ttlS
  }

  /** A process of this drill that is none of ours, such as a resolver. */
  startProgram(spec: ChildSpec): Promise<Child> {
    return this.#options.group.start(spec)
  }

  get folder(): string {
    return this.#options.folder
  }

  /** A machine that can be the venue's PoP, with uplinks of its own in the event's shape. It does nothing yet. */
  async machine(venue: VenueTopology, name: string, at?: MachineAddress): Promise<PopMachine> {
    const { group, folder } = this.#options
    const central = [await this.links.uplink(name, 'uplink', venue.uplink, this.central.address)]
    if (venue.backupUplink) {
      central.push(await this.links.uplink(name, 'backup-uplink', venue.backupUplink, this.central.address))
    }
    const place = { venue, folder, central, queueKeyFile: await this.#keyOf(venue), ...(at && { at }) }
    const machine = await PopMachine.set(place, new ServerProcess(group, name, this.#env), this.clock)
    this.machines.push(machine)
    return machine
  }

  /** Attendees of a venue, who publish from now on; each opens its sessions at what its own `address` says, `host:port`. */
  crowd(venue: VenueTopology, addressOfOne: () => () => Promise<string>): Crowd {
    const crowd = new Crowd(this.#options.attendees, venue.venue, {
      ch: channelThatGoesUp(venue.channels),
      urlOfOne: () => {
        const address = addressOfOne()
        return async () => `ws://${await address()}${PATHS.session}`
      },
      everyMs: PUBLISH_EVERY_MS,
      clock: this.clock,
    })
    this.crowds.push(crowd)
    return crowd
  }

  /**
   * Lets nothing more be published, waits until all is answered and at central as far as it will be, and compares:
   * what is missing then is lost.
   */
  async account(signal: AbortSignal): Promise<Account> {
    await Promise.all(this.crowds.map((crowd) => crowd.quiet(QUIET_WITHIN_MS, signal)))
    // Nothing can be counted without it: one that a step left down comes up once more, on its own data.
    if (!this.central.process.running) await this.central.start(signal)
    await this.#emptied(signal)
    const { event, folder } = this.#options
    const file = join(folder, 'central.ndjson')
    await exportMessages(this.central.adminPort, event, file)
    const attendees = this.crowds.flatMap((crowd) => crowd.attendees)
    const watermarks = await exportWatermarks(this.central.adminPort, event)
    return await accountOf(attendees, readLines<ExportedWithBody>(file), watermarks)
  }

  /** Of all crowds; the longest wait is the longest of any. */
  attendance(): Attendance {
    const all = this.crowds.map((crowd) => crowd.attendance())
    const sum = (of: (one: Attendance) => number) => all.reduce((total, one) => total + of(one), 0)
    return {
      attendees: sum(({ attendees }) => attendees),
      present: sum(({ present }) => present),
      reconnects: sum(({ reconnects }) => reconnects),
      longestWaitMs: Math.max(0, ...all.map(({ longestWaitMs }) => longestWaitMs)),
    }
  }

  async leave(): Promise<void> {
    await Promise.all(this.crowds.map((crowd) => crowd.leave()))
  }

  /** Waits until no PoP that serves has a backlog; one that keeps its backlog shows in what is lost. */
  async #emptied(signal: AbortSignal): Promise<void> {
    const late = new DrillFailed('a backlog is left')
    const empty = async () => {
      const serving = this.machines.filter(({ serves }) => serves)
      const states = await Promise.all(serving.map((machine) => machine.queue()))
      return states.every(({ backlog }) => backlog === 0) || undefined
    }
    try {
      const options = { clock: this.clock, everyMs: POLL_MS, limitMs: EMPTY_WITHIN_MS, signal }
      await until(empty, { ...options, onLate: () => late })
    } catch (error) {
      if (error !== late) throw error
    }
  }

  async #keyOf(venue: VenueTopology): Promise<string | null> {
    if (!venue.pop.encryptQueue) return null
    const known = this.#keys.get(venue.venue)
    const file = known ?? (await newQueueKey(this.#options.folder, venue.venue))
    this.#keys.set(venue.venue, file)
    return file
  }
}

/** A channel whose messages the event's rules let go to central: only there can they be counted. Error: MP_DRILL_CHANNEL. */
function channelThatGoesUp(channels: readonly ChannelRule[]): string {
  const rules = new ChannelRules(channels)
  const found = [CHANNELS.chat, 'drill.room', CHANNELS.vote].find((ch) =>
    rules.goesUp({ ch, body: '', client: '', at: 0, t: 0, off: 0 }),
  )
  if (found !== undefined) return found
  throw new InvalidInput(
    'MP_DRILL_CHANNEL',
    'the rules under `channels` keep every message at the venue, so that none could be counted at central',
    'Let one channel go up, such as `{ match: drill.*, upstream: all }` before the others.',
  )
}
