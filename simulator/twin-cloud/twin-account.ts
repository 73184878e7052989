// A twin's cloud that the engine can deploy into: stores, providers, links and processes, all on this machine, ended as one.
import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Authorization } from 'acme-client'
import { certificateKey } from '../../infra/certificate-bundle.ts'
import type { EventSpec, Venue } from '../../infra/event/event.ts'
import { popName } from '../../infra/names.ts'
import { MissingHere } from '../../runtime/errors.ts'
import { freePort } from '../../runtime/free-ports.ts'
import { newKeyPair, type SigningKey } from '../../runtime/token-keys.ts'
import type { RehearsalClock } from '../rehearsal/clock.ts'
import { Links } from '../rehearsal/links.ts'
import { findProgram, toolFolders } from '../rehearsal/live-tools.ts'
import { ProcessGroup } from '../rehearsal/process-group.ts'
import { twinAwsProvider } from './aws-provider.ts'
import type { CloudStore } from './cloud-store.ts'
import { clusterStore, twinKubernetesProvider } from './kubernetes-provider.ts'
import { findMoto, startMoto } from './moto/moto-server.ts'
import { serveProvider } from './provider-server.ts'
import { RunningMachines } from './running-machines.ts'
import { TwinCloud } from './twin-cloud.ts'
import { TwinStack } from './twin-stack.ts'

export interface AccountOptions {
  event: EventSpec
  /** New; takes logs, data and the engine's state, and is removed at the end unless it is kept. */
  folder: string
  clock: RehearsalClock
  signal: AbortSignal
  /** Default true: where moto is on this machine, it judges the parameters of calls. */
  moto?: boolean
  onNote?: (note: string) => void
}

const TOOLS: Record<string, string> = {
  pulumi: 'Install Pulumi (https://www.pulumi.com/docs/iac/download-install/) so that `pulumi` is on PATH',
  'pulumi-language-nodejs': "Put Pulumi's own folder on PATH, where its language host for Node is",
  'toxiproxy-server': 'Run `node tools/setup.mjs`, which builds Toxiproxy with Go',
}

/** Path of Toxiproxy. Error: MP_TOOL_MISSING, naming all that lack and how to get each. */
export async function findTwinTools(): Promise<{ toxiproxy: string }> {
  const found = await Promise.all(
    Object.keys(TOOLS).map(async (name) => [name, await findProgram(name, toolFolders())] as const),
  )
  const missing = found.filter(([, path]) => path === null).map(([name]) => name)
  const toxiproxy = new Map(found).get('toxiproxy-server')
  if (missing.length === 0 && toxiproxy) return { toxiproxy }
  throw new MissingHere(
    'MP_TOOL_MISSING',
    `a deployment into the twin needs ${missing.join(' and ')}, found neither in .tools/bin nor on PATH`,
    `${missing.map((name) => TOOLS[name]).join('. ')}.`,
  )
}

export class TwinAccount implements AsyncDisposable {
  readonly cloud: TwinCloud
  readonly clusters: CloudStore
  readonly machines: RunningMachines
  readonly stack: TwinStack
  /** Signs the tokens of attendees, where the event asks for them. */
  readonly signing: SigningKey
  readonly folder: string
  readonly #ending: AsyncDisposableStack

  private constructor(parts: Parts, ending: AsyncDisposableStack) {
    this.cloud = parts.cloud
    this.clusters = parts.clusters
    this.machines = parts.machines
    this.stack = parts.stack
    this.signing = parts.signing
    this.folder = parts.folder
    this.#ending = ending
  }

  /** An empty account with the event's stack, not deployed yet. Errors: MP_TOOL_MISSING; what links and processes raise. */
  static async open(options: AccountOptions): Promise<TwinAccount> {
    const { event, folder, clock, signal, onNote = () => {} } = options
    const { toxiproxy } = await findTwinTools()
    await using starting = new AsyncDisposableStack()
    await mkdir(join(folder, 'engine'), { recursive: true })
    const group = await ProcessGroup.open(folder, clock)
    starting.defer(() => group.stop())
    const running = AbortSignal.any([signal, group.failure])
    const [judge, links, keys, centralPort] = await Promise.all([
      options.moto === false ? null : motoJudge({ group, clock, signal: running }, event.region),
      Links.start({ group, command: toxiproxy, clock, signal: running }),
      newKeyPair('EdDSA'),
      freePort(),
    ])
    if (judge === null)
      onNote(
        `moto ${options.moto === false ? 'is left out' : 'is not on this machine (`node tools/setup.mjs --moto`)'}: the twin's cloud judges alone, and parameters inside of calls are not judged.`,
      )
    else starting.use(judge)
    const machines = new RunningMachines({
      ...{ event, group, folder, links, centralPort, clock },
      key: keys.public,
      signal: running,
    })
    const sleep = (ms: number) => clock.sleep(ms, signal)
    const cloud = new TwinCloud({ region: event.region, machines, sleep, ...(judge && { judge }) })
    const clusters = clusterStore()
    machines.aws = cloud.store
    machines.clusters = clusters
    const aws = starting.use(await serveProvider(twinAwsProvider(cloud)))
    const kubernetes = starting.use(await serveProvider(twinKubernetesProvider(clusters, machines)))
    const stack = await TwinStack.create({
      name: event.name,
      folder: join(folder, 'engine'),
      providers: { aws: aws.port, kubernetes: kubernetes.port },
      config: await configOf(event),
    })
    const parts = { cloud, clusters, machines, stack, signing: keys.signing, folder }
    return new TwinAccount(parts, starting.move())
  }

  /** Everything that exists, in the cloud and in the clusters. */
  get things(): number {
    return this.cloud.store.all().length + this.clusters.all().length
  }

  /** Ends all processes, the last started first. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ending.disposeAsync()
  }

  /** After the end: takes logs and data away. */
  async forget(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

type Parts = Pick<TwinAccount, 'cloud' | 'clusters' | 'machines' | 'stack' | 'signing' | 'folder'>

/** null: moto is not on this machine. */
async function motoJudge(where: Omit<Parameters<typeof startMoto>[0], 'command'>, region: string) {
  const command = await findMoto()
  if (command === null) return null
  const [endpoint, { MotoJudge }] = await Promise.all([
    startMoto({ ...where, command }),
    // Its SDK takes a while to load: only where it is needed.
    import('./moto/moto-judge.ts'),
  ])
  return new MotoJudge(endpoint, region)
}

/** What a deployment needs beside the event, drawn for this rehearsal alone. */
async function configOf(event: EventSpec) {
  const secret = () => ({ value: randomBytes(32).toString('hex'), secret: true })
  const k3s = event.venues.filter(({ pop }) => pop.platform === 'k3s')
  const secure = event.venues.filter(({ pop }) => pop.https)
  const certificateOf = async ({ name: venue }: Venue) => {
    const name = popName({ event: event.name, zone: event.central.zone, venue })
    return [`micropop:${certificateKey(venue)}`, { value: await ownCertificate(name), secret: true }] as const
  }
  const encrypted = event.venues.filter(({ pop }) => pop.encryptQueue)
  return {
    'micropop:event': { value: resolve(event.file) },
    'micropop:image': { value: 'registry.invalid/micropop:rehearsal' },
    'micropop:protect': { value: 'false' },
    'micropop:uplinkToken': secret(),
    ...Object.fromEntries(
      k3s.map(({ name }) => [`micropop:kubeconfig-${name}`, { value: KUBECONFIG, secret: true }]),
    ),
    ...Object.fromEntries(await Promise.all(secure.map(certificateOf))),
    ...Object.fromEntries(encrypted.map(({ name }) => [`micropop:queueKey-${name}`, secret()])),
  }
}

/** PEM of a certificate with its key that vouches for itself: what the deployment carries, nobody is shown it. */
async function ownCertificate(name: string): Promise<string> {
  const { crypto } = await import('acme-client')
  const authorization = { identifier: { type: 'dns', value: name } } as Authorization
  const [key, certificate] = await crypto.createAlpnCertificate(authorization, 'rehearsal')
  return `${certificate}${key}`
}

/** Reaches nothing: the twin's provider asks no cluster. */
const KUBECONFIG = JSON.stringify({ apiVersion: 'v1', kind: 'Config' })
