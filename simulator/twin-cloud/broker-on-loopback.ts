// The nats-servers of a deployment as they run here: the real program with the deployed configuration, on the loopback.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MicropopError, MissingHere } from '../../runtime/errors.ts'
import { freePort, LOOPBACK } from '../../runtime/free-ports.ts'
import { type HubEnvironment, type LeafEnvironment, withoutTls } from '../../runtime/nats/server-config.ts'
import { PATHS } from '../../runtime/ports.ts'
import { type RehearsalClock, until } from '../rehearsal/clock.ts'
import { findProgram, toolFolders } from '../rehearsal/live-tools.ts'
import type { Child, ProcessGroup } from '../rehearsal/process-group.ts'
import type { DeployedLeaf } from './deployed-pop.ts'

const READY_WITHIN_MS = 20_000
const POLL_MS = 50

interface BrokerOptions {
  group: ProcessGroup
  /** Configurations, and what the hub keeps. */
  folder: string
  clock: RehearsalClock
  signal: AbortSignal
}

export class BrokerOnLoopback {
  readonly #options: BrokerOptions
  /** The same for each machine that is the hub. */
  readonly #hubPorts = new Map<'clients' | 'leafs', Promise<number>>()
  #started = 0

  constructor(options: BrokerOptions) {
    this.#options = options
  }

  /** Where leaf nodes come, whenever the hub runs. */
  async hubLeafAddress(): Promise<string> {
    return `${LOOPBACK}:${await this.#hubPort('leafs')}`
  }

  /** A deployed NATS_URL of central, as it is here. */
  async hubUrl(deployed: string): Promise<string> {
    const url = new URL(deployed)
    url.host = `${LOOPBACK}:${await this.#hubPort('clients')}`
    return url.href.replace(/\/$/, '')
  }

  async startHub(config: string, dataFolder: string): Promise<Child> {
    const data = join(this.#options.folder, dataFolder)
    await mkdir(data, { recursive: true })
    const monitor = await freePort()
    const environment: HubEnvironment = {
      HUB_HOST: LOOPBACK,
      HUB_PORT: String(await this.#hubPort('clients')),
      HUB_LEAF_PORT: String(await this.#hubPort('leafs')),
      HUB_MONITOR_PORT: String(monitor),
      HUB_DATA: data,
    }
    return this.#start('hub', config, { ...environment }, monitor)
  }

  /** @param hub `host:port` of the venue's way to the hub's leaf port. */
  async startLeaf(
    venue: string,
    { config, password }: DeployedLeaf,
    hub: string,
  ): Promise<{ child: Child; port: number }> {
    const [port, monitor] = [await freePort(), await freePort()]
    const environment: LeafEnvironment = {
      LEAF_NAME: venue,
      LEAF_PORT: String(port),
      LEAF_MONITOR: `${LOOPBACK}:${monitor}`,
      POP_PASSWORD: password,
      HUB_LEAF_URL: `nats-leaf://${venue}:${password}@${hub}`,
    }
    // TLS is central's load balancer's, of which there is none here.
    const child = await this.#start(`leaf-${venue}`, withoutTls(config), { ...environment }, monitor)
    return { child, port }
  }

  #hubPort(of: 'clients' | 'leafs'): Promise<number> {
    const port = this.#hubPorts.get(of) ?? freePort()
    this.#hubPorts.set(of, port)
    return port
  }

  async #start(
    what: string,
    config: string,
    env: Record<string, string>,
    monitorPort: number,
  ): Promise<Child> {
    const { group, folder, clock, signal } = this.#options
    const name = `nats-${what}-${++this.#started}`
    const file = join(folder, `${name}.conf`)
    await writeFile(file, config, { mode: 0o600 })
    const child = await group.start({ name, command: await natsServer(), args: ['-c', file], env })
    const health = `http://${LOOPBACK}:${monitorPort}${PATHS.health}`
    await until(() => isWell(health), {
      ...{ clock, everyMs: POLL_MS, limitMs: READY_WITHIN_MS },
      signal: AbortSignal.any([signal, group.failure]),
      onLate: () =>
        new MicropopError('MP_CHILD_SLOW', `${name} was not ready within ${READY_WITHIN_MS / 1_000} s`, {
          exitCode: 5,
          remedy: `Its log: ${child.log}`,
        }),
    })
    return child
  }
}

async function isWell(url: string): Promise<true | undefined> {
  // Until it listens, the connection is refused.
  const answer = await fetch(url).catch(() => null)
  await answer?.body?.cancel()
  return answer?.ok || undefined
}

async function natsServer(): Promise<string> {
  const found = await findProgram('nats-server', toolFolders())
  if (found !== null) return found
  throw new MissingHere(
    'MP_TOOL_MISSING',
    'PoPs that are one broker need nats-server, found neither in .tools/bin nor on PATH',
    'Run `node tools/setup.mjs --nats`, which builds it with Go.',
  )
}
