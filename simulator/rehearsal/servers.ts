// The servers of a rehearsal: central and one PoP a venue, as the very commands that run at a show.
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { compilePopConfig, popJson } from '../../infra/venue-pop/pop-json.ts'
import { uplinksOf } from '../../infra/venue-pop/venue-pop-args.ts'
import { LOOPBACK } from '../../runtime/free-ports.ts'
import { PATHS } from '../../runtime/ports.ts'
import type { VenueTopology } from '../topology.ts'
import { PROJECT_COMMAND } from './live-tools.ts'
import type { Child, ProcessGroup } from './process-group.ts'

const READY_WITHIN_MS = 30_000

const readySchema = z.object({ ready: z.literal(true), port: z.int(), adminPort: z.int() })

export interface RunningServer {
  port: number
  adminPort: number
}

export interface RunningPop extends RunningServer {
  venue: string
  child: Child
  /** Starts its process again after it has ended: on the same disk, at the same ports. Resolves when it is ready. */
  again: () => Promise<Child>
}

interface Starting {
  group: ProcessGroup
  /** The run's folder: data, configuration and logs go below it. */
  folder: string
  signal: AbortSignal
  /** Secret of this run's uplinks. */
  uplinkToken: string
}

export async function startCentral(starting: Starting): Promise<RunningServer> {
  const args = [
    'central',
    '--host',
    LOOPBACK,
    '--port',
    '0',
    '--admin-port',
    '0',
    '--data',
    join(starting.folder, 'central'),
  ]
  return serve(starting, 'central', args)
}

/** `central`: `host:port` at which each of the venue's uplinks reaches central. */
export async function startPop(
  starting: Starting,
  venue: VenueTopology,
  { central, imagesDir }: { central: readonly string[]; imagesDir: string | null },
): Promise<RunningPop> {
  const { folder } = starting
  const name = `pop-${venue.venue}`
  const dataDir = join(folder, name)
  await mkdir(dataDir, { recursive: true })
  const config = compilePopConfig(venue, {
    listen: { host: LOOPBACK, port: 0, adminHost: LOOPBACK, adminPort: 0 },
    dataDir,
    uplinks: uplinksOf(venue).map(({ name }, i) => ({
      name,
      url: `ws://${central[i]}${PATHS.uplink}`,
    })),
    imagesDir,
    queueKeyFile: venue.pop.encryptQueue ? await newQueueKey(folder, name) : null,
    tls: null,
    replicaHost: null,
    nats: null,
    auth: 'open',
  })
  const file = join(folder, `${name}.json`)
  await writeFile(file, popJson(config))
  const args = ['pop', '--config', file]
  const { child, port, adminPort } = await serve(starting, name, args)
  let starts = 1
  const again = async () => {
    const listen = { ...config.listen, port, adminPort }
    await writeFile(file, popJson({ ...config, listen }))
    starts++
    return (await serve(starting, `${name}-start-${starts}`, args)).child
  }
  return { venue: venue.venue, port, adminPort, child, again }
}

/** A key of this run alone. */
export async function newQueueKey(folder: string, name: string): Promise<string> {
  const file = join(folder, `${name}.key`)
  await writeFile(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
  return file
}

async function serve(
  { group, signal, uplinkToken }: Starting,
  name: string,
  args: string[],
): Promise<RunningServer & { child: Child }> {
  const spec = {
    name,
    command: process.execPath,
    args: [PROJECT_COMMAND, ...args, '--log-level', 'warn'],
    // A rehearsal has a central of its own: the user's database must never see its messages.
    env: { MICROPOP_UPLINK_TOKEN: uplinkToken, DATABASE_URL: undefined },
  }
  const { child, ready } = await group.startServer(spec, READY_WITHIN_MS, signal)
  const { port, adminPort } = readySchema.parse(ready)
  return { child, port, adminPort }
}
