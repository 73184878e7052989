// What runs in the twin's cloud: the very commands of a show, for each machine, pod and service that the engine deploys.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { UPLINK_TOKEN_VARIABLE } from '../../infra/container.ts'
import type { EventSpec } from '../../infra/event/event.ts'
import { DATA_DEVICE } from '../../infra/venue-pop/boot.ts'
import { REPLICA_TOKEN_VARIABLE } from '../../infra/venue-pop/boot-standby.ts'
import { freePort, LOOPBACK } from '../../runtime/free-ports.ts'
import { NATS_PASSWORD_VARIABLE } from '../../runtime/nats/server-config.ts'
import type { KeySet } from '../../runtime/pop-config.ts'
import { PATHS } from '../../runtime/ports.ts'
import type { RehearsalClock } from '../rehearsal/clock.ts'
import type { Links } from '../rehearsal/links.ts'
import { PROJECT_COMMAND } from '../rehearsal/live-tools.ts'
import type { Child, ProcessGroup } from '../rehearsal/process-group.ts'
import { BrokerOnLoopback } from './broker-on-loopback.ts'
import type { CloudStore, Thing } from './cloud-store.ts'
import {
  centralSecret,
  type DeployedLeaf,
  type DeployedPop,
  hubOfUserData,
  popOfStatefulSet,
  popOfUserData,
  readUserData,
  type UserData,
  userDataOfGroup,
} from './deployed-pop.ts'
import { popOnLoopback } from './pop-on-loopback.ts'
import { unwrapped } from './secret-values.ts'
import type { Machines } from './twin-cloud.ts'

const INSTANCE = 'aws:ec2/instance:Instance'
const ATTACHMENT = 'aws:ec2/volumeAttachment:VolumeAttachment'
const VOLUME = 'aws:ebs/volume:Volume'
const GROUP = 'aws:autoscaling/group:Group'
const SERVICE = 'aws:ecs/service:Service'
const STATEFUL_SET = 'kubernetes:apps/v1:StatefulSet'

/** Another revision is a restart. */
const RESTARTED = new Set([SERVICE, STATEFUL_SET])

const READY_WITHIN_MS = 60_000
const readySchema = z.object({ ready: z.literal(true), port: z.int(), adminPort: z.int() })

export interface RunningPop {
  venue: string
  port: number
  adminPort: number
  /** Issuer and audience of the tokens that it asks for; null: none. */
  auth: { issuer: string; audience: string } | null
}

type Running = {
  child: Child
  /** What runs beside it, and ends after it. */
  beside?: Child
} & (
  | { is: 'pop'; pop: RunningPop }
  | { is: 'central'; adminPort: number }
  | { is: 'follower' }
  | { is: 'hub' }
)

export interface RunningOptions {
  event: Pick<EventSpec, 'venues'>
  group: ProcessGroup
  /** Data, configuration and secrets of the processes. */
  folder: string
  links: Links
  /** Where central listens, whenever it runs. */
  centralPort: number
  /** Public half of the key that attendees' tokens are signed with here. */
  key: KeySet['keys'][number]
  clock: RehearsalClock
  signal: AbortSignal
}

export class RunningMachines implements Machines {
  /** Set before the first thing is created. */
  aws!: CloudStore
  clusters!: CloudStore
  readonly #options: RunningOptions
  /** By what it runs on. */
  readonly #running = new Map<Thing, Running>()
  readonly #uplinks = new Map<string, Promise<string[]>>()
  /** Where the log of a venue's PoP is followed, by venue: the same for each machine that is the PoP. */
  readonly #replicaPorts = new Map<string, Promise<number>>()
  readonly #broker: BrokerOnLoopback
  #started = 0

  constructor(options: RunningOptions) {
    this.#options = options
    this.#broker = new BrokerOnLoopback(options)
  }

  /** The PoPs that serve now. */
  get pops(): RunningPop[] {
    return [...this.#running.values()].flatMap((each) => (each.is === 'pop' ? each.pop : []))
  }

  /** Admin port of central; null while it does not run. */
  get centralAdminPort(): number | null {
    return [...this.#running.values()].find((each) => each.is === 'central')?.adminPort ?? null
  }

  get processes(): number {
    return [...this.#running.values()].reduce((sum, { beside }) => sum + (beside ? 2 : 1), 0)
  }

  async created(thing: Thing): Promise<void> {
    switch (thing.type) {
      case SERVICE:
        return this.#startCentral(thing)
      case STATEFUL_SET:
        return this.#startPod(thing)
      case INSTANCE:
        // The boot script waits for the disk that its queue is on.
        if (!waitsForDisk(thing)) await this.#boot(thing, userDataOf(thing), join('machines', thing.id))
        return
      case GROUP:
        return this.#startGroup(thing)
      case ATTACHMENT:
        return this.#attached(thing)
    }
  }

  async changed(thing: Thing): Promise<void> {
    // A group that refreshes its machines has one of the new template.
    const restarts =
      thing.type === GROUP ? thing.inputs.instanceRefresh !== undefined : RESTARTED.has(thing.type)
    if (!restarts) return
    // One after the other, since there is one.
    await this.#stop(thing)
    await this.created(thing)
  }

  async deleting(thing: Thing): Promise<void> {
    if (thing.type === ATTACHMENT) {
      const instance = this.#instanceOf(thing)
      if (instance !== undefined) await this.#stop(instance)
    }
    await this.#stop(thing)
    if (thing.type === VOLUME)
      await rm(join(this.#options.folder, 'volumes', thing.id), { recursive: true, force: true })
  }

  async #attached(attachment: Thing): Promise<void> {
    const instance = this.#instanceOf(attachment)
    if (instance === undefined || attachment.inputs.deviceName !== DATA_DEVICE) return
    const disk = join('volumes', String(attachment.inputs.volumeId))
    const hub = hubOfUserData(this.aws, userDataText(instance))
    if (hub === null) await this.#boot(instance, userDataOf(instance), disk)
    else this.#running.set(instance, { is: 'hub', child: await this.#broker.startHub(hub, disk) })
  }

  #instanceOf(attachment: Thing): Thing | undefined {
    return this.aws.ofType(INSTANCE).find(({ id }) => id === attachment.inputs.instanceId)
  }

  /** The machine of a group of one, with the disk that it fetches. */
  async #startGroup(group: Thing): Promise<void> {
    const userData = userDataOfGroup(this.aws, group)
    const volume = userData?.fetchesVolume
    await this.#boot(group, userData, volume ? join('volumes', volume) : join('machines', group.id))
  }

  async #boot(machine: Thing, userData: UserData | null, dataFolder: string): Promise<void> {
    if (userData === null) return
    const deployed = popOfUserData(this.aws, userData)
    await (userData.follows ? this.#startFollower : this.#startPop).call(this, machine, deployed, dataFolder)
  }

  async #startPod(set: Thing): Promise<void> {
    const deployed = popOfStatefulSet(this.clusters, set)
    // The claim outlives the pod and the set, as its policy says.
    if (deployed !== null) await this.#startPop(set, deployed, join('claims', set.urn.split('::')[3] ?? ''))
  }

  async #startPop(on: Thing, deployed: DeployedPop, dataFolder: string): Promise<void> {
    const leaf = deployed.leaf && (await this.#startLeaf(deployed.popJson, deployed.leaf))
    const { name, venue, file, auth } = await this.#place('pop', deployed, dataFolder, leaf?.port)
    const { child, port, adminPort } = await this.#serve(name, ['pop', '--config', file], secretsOf(deployed))
    const pop = { venue, port, adminPort, auth }
    this.#running.set(on, { is: 'pop', child, pop, ...(leaf && { beside: leaf.child }) })
  }

  async #startLeaf(popJson: string, leaf: DeployedLeaf) {
    const venue = venueOf(popJson)
    const [hub = ''] = await this.#uplinksOf(venue, await this.#broker.hubLeafAddress())
    return this.#broker.startLeaf(venue, leaf, hub)
  }

  /** The second machine of a venue, which serves nobody until somebody has it take over. */
  async #startFollower(on: Thing, deployed: DeployedPop, dataFolder: string): Promise<void> {
    const { name, venue, file } = await this.#place('follower', deployed, dataFolder)
    const leader = `ws://${LOOPBACK}:${await this.#replicaPortOf(venue)}${PATHS.replica}`
    const args = ['follow', '--leader', leader, '--config', file]
    const { child } = await this.#start(name, args, secretsOf(deployed))
    this.#running.set(on, { is: 'follower', child })
  }

  /** What a machine finds on itself before its command starts. */
  async #place(what: string, deployed: DeployedPop, dataFolder: string, leafPort: number | null = null) {
    const { folder, key } = this.#options
    const venue = venueOf(deployed.popJson)
    const name = `${what}-${venue}-${++this.#started}`
    const dataDir = join(folder, dataFolder)
    await mkdir(dataDir, { recursive: true })
    const queueKeyFile = deployed.queueKey === null ? null : join(folder, `${name}.key`)
    if (queueKeyFile !== null) await writeFile(queueKeyFile, `${deployed.queueKey}\n`, { mode: 0o600 })
    const [uplinks, replicaPort] = [await this.#uplinksOf(venue), await this.#replicaPortOf(venue)]
    const place = { dataDir, queueKeyFile, replicaPort, leafPort, uplinks, key }
    const config = popOnLoopback(deployed.popJson, place)
    const file = join(folder, `${name}.json`)
    await writeFile(file, JSON.stringify(config))
    return { name, venue, file, auth: config.auth === 'open' ? null : config.auth }
  }

  #replicaPortOf(venue: string): Promise<number> {
    const port = this.#replicaPorts.get(venue) ?? freePort()
    this.#replicaPorts.set(venue, port)
    return port
  }

  /** The venue's ways to central, or to the hub where it is joined with others, each through Toxiproxy at its rate and round trip. They stay when a machine goes. */
  #uplinksOf(name: string, upstream = `${LOOPBACK}:${this.#options.centralPort}`): Promise<string[]> {
    const { links, event } = this.#options
    const open = async () => {
      const venue = event.venues.find((each) => each.name === name)
      if (venue === undefined) throw new Error(`the event has no venue ${name}`)
      const addresses = [await links.uplink(name, 'uplink', venue.uplink, upstream)]
      if (venue.backupUplink)
        addresses.push(await links.uplink(name, 'backup-uplink', venue.backupUplink, upstream))
      return addresses
    }
    const addresses = this.#uplinks.get(name) ?? open()
    this.#uplinks.set(name, addresses)
    return addresses
  }

  /** With the embedded store, which serves one at a time: the database of the cloud is a name here. */
  async #startCentral(service: Thing): Promise<void> {
    const token = centralSecret(this.aws, service, UPLINK_TOKEN_VARIABLE)
    if (token === null) return
    const hub = centralSecret(this.aws, service, 'NATS_URL')
    for (const [other, { is }] of this.#running) if (is === 'central') await this.#stop(other)
    const { folder, centralPort } = this.#options
    const args = [
      ...['central', '--host', LOOPBACK, '--port', String(centralPort), '--admin-port', '0'],
      ...['--data', join(folder, 'central')],
    ]
    const secrets = {
      [UPLINK_TOKEN_VARIABLE]: token,
      NATS_URL: hub === null ? undefined : await this.#broker.hubUrl(hub),
    }
    const { child, adminPort } = await this.#serve(`central-${++this.#started}`, args, secrets)
    this.#running.set(service, { is: 'central', child, adminPort })
  }

  async #serve(name: string, args: string[], secrets: Secrets) {
    const { child, ready } = await this.#start(name, args, secrets)
    const { port, adminPort } = readySchema.parse(ready)
    return { child, port, adminPort }
  }

  #start(name: string, args: string[], secrets: Secrets): Promise<{ child: Child; ready: unknown }> {
    const { group, signal } = this.#options
    const spec = {
      name,
      command: process.execPath,
      args: [PROJECT_COMMAND, ...args, '--log-level', 'warn'],
      // The user's own database and hub must never see what is rehearsed.
      env: { DATABASE_URL: undefined, NATS_URL: undefined, ...secrets },
    }
    return group.startServer(spec, READY_WITHIN_MS, signal)
  }

  async #stop(on: Thing): Promise<void> {
    const running = this.#running.get(on)
    if (running === undefined) return
    this.#running.delete(on)
    await this.#options.group.end(running.child)
    if (running.beside) await this.#options.group.end(running.beside)
  }
}

/** As the boot script puts them into the service's environment. */
type Secrets = Record<string, string | undefined>

function secretsOf({ uplinkToken, replicaToken, leaf }: DeployedPop): Secrets {
  return {
    [UPLINK_TOKEN_VARIABLE]: uplinkToken,
    [REPLICA_TOKEN_VARIABLE]: replicaToken ?? undefined,
    [NATS_PASSWORD_VARIABLE]: leaf?.password,
  }
}

function venueOf(popJson: string): string {
  return z.object({ pop: z.string() }).parse(JSON.parse(popJson)).pop
}

function userDataText(machine: Thing): string {
  const { userData, userDataBase64 } = unwrapped(machine.inputs) as Record<string, unknown>
  return String(userDataBase64 ?? userData ?? '')
}

function userDataOf(machine: Thing): UserData | null {
  return readUserData(userDataText(machine))
}

function waitsForDisk(machine: Thing): boolean {
  return userDataOf(machine)?.script.includes(DATA_DEVICE) ?? false
}
