// A real PoP in this process for tests: free ports, a folder of its own, and clients that are gone when the test is.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach } from 'vitest'
import type { QueueState } from '../runtime/pop/queue-state.ts'
import { type RunningPop, startPop } from '../runtime/pop.ts'
import { DEFAULT_LIMITS, type PopConfig, popConfigSchema } from '../runtime/pop-config.ts'
import { PATHS } from '../runtime/ports.ts'
import { SessionClient } from '../runtime/testing/session-client.ts'

/** Nothing listens there: the PoP is on its own. */
const NO_CENTRAL = 'ws://127.0.0.1:9/uplink'
const QUEUE = { maxBytes: 100_000_000, segmentBytes: 1_000_000 }

/** Closed after each test, the newest first. */
export const open: { close: () => unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

export async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'micropop-pop-'))
  open.push({ close: () => rm(folder, { recursive: true, force: true }) })
  return folder
}

interface Start {
  dataDir?: string
  centralUrl?: string
  queue?: Partial<PopConfig['queue']>
  limits?: Partial<PopConfig['limits']>
  listen?: Partial<PopConfig['listen']>
  channels?: Partial<PopConfig['channels'][number]>[]
  /** Default: the sessions are in the main thread, which starts sooner. */
  sessionThreads?: number
  drain?: Partial<PopConfig['drain']>
  tls?: PopConfig['tls']
  door?: Partial<PopConfig['door']>
  auth?: PopConfig['auth']
}

export async function start({
  dataDir,
  centralUrl = NO_CENTRAL,
  queue,
  limits,
  listen,
  channels = [],
  sessionThreads = 0,
  drain = {},
  tls = null,
  door = {},
  auth = 'open',
}: Start = {}): Promise<RunningPop> {
  const pop = await startPop({
    config: popConfigSchema.parse({
      version: 1,
      event: 'test-event',
      pop: 'hall',
      listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0, ...listen },
      dataDir: dataDir ?? (await dataFolder()),
      uplinks: [{ name: 'uplink', url: centralUrl }],
      queue: { ...QUEUE, ...queue },
      limits: { ...DEFAULT_LIMITS, ...limits },
      channels,
      sessionThreads,
      drain,
      tls,
      door,
      auth,
      imagesDir: null,
    }),
    uplinkToken: null,
    logger: pino({ level: 'silent' }),
  })
  open.push(pop)
  return pop
}

export function sessionUrl(pop: RunningPop): string {
  return `ws://127.0.0.1:${pop.port}${PATHS.session}`
}

export async function session(pop: RunningPop, client?: string): Promise<SessionClient> {
  const opened = await SessionClient.open(sessionUrl(pop), client)
  open.push({ close: () => opened.drop() })
  return opened
}

export async function queueState(pop: RunningPop): Promise<QueueState> {
  return (await (await fetch(`http://127.0.0.1:${pop.adminPort}/v1/queue`)).json()) as QueueState
}

export async function metric(pop: RunningPop, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${pop.adminPort}${PATHS.metrics}`)).text()
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return line === undefined ? 0 : Number(line.slice(name.length + 1))
}
