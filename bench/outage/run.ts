// An outage for real: a hall's attendees on a real PoP, its uplink through Toxiproxy cut for minutes, and the drain.
//   node bench/outage/run.ts [--outage-s 300] [--sessions 2000] [--votes-per-minute 6] [--chats-per-s 10]
//                            [--uplink-mbps 100] [--rtt-ms 30] [--postgres]
// --postgres: central has a PostgreSQL server of this run's own, as for a real show, and not the embedded store.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream as WebReadableStream } from 'node:stream/web'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Proxy as Link, Toxiproxy } from 'toxiproxy-node-client'
import {
  findPostgres,
  startPostgres,
  type TestPostgres,
} from '../../runtime/central/testing/postgres-server.ts'
import { freePort } from '../../runtime/free-ports.ts'
import { DEFAULT_LIMITS } from '../../runtime/pop-config.ts'
import { PATHS } from '../../runtime/ports.ts'
import { findProgram } from '../harness/programs.ts'
import { row } from '../harness/samples.ts'
import { type ServerProcess, startServer } from '../harness/server-process.ts'

const EVENT = 'outage-bench'
const BEFORE_S = 20
const AFTER_S = 20
const LIVE_P99_MS_MAX = 100
const CRITICAL_P99_MS_MAX = 100
const DRAINED_WITHIN_S = 10
const DRAIN_S_MAX = 300
const LOOK_EVERY_MS = 100

const { values } = parseArgs({
  options: {
    'outage-s': { type: 'string', default: '300' },
    sessions: { type: 'string', default: '2000' },
    'votes-per-minute': { type: 'string', default: '6' },
    'chats-per-s': { type: 'string', default: '10' },
    'uplink-mbps': { type: 'string', default: '100' },
    'rtt-ms': { type: 'string', default: '30' },
    postgres: { type: 'boolean', default: false },
  },
})
const outageS = Number(values['outage-s'])
const sessions = Number(values.sessions)
const root = fileURLToPath(new URL('../..', import.meta.url))
const micropop = [process.execPath, join(root, 'cli', 'micropop.mjs')]
const say = (text: string) => process.stderr.write(`${text}\n`)

interface Quantiles {
  count: number
  p50Ms: number
  p99Ms: number
  maxMs: number
}
interface Seen {
  ack: Quantiles
  delivery: Quantiles
  critical: Quantiles
  published: number
  acknowledged: number
  refused: number
}

const folder = await mkdtemp(join(tmpdir(), 'micropop-outage-'))
const servers: ServerProcess[] = []
let load: ReturnType<typeof spawn> | undefined
let postgres: TestPostgres | undefined
try {
  const [centralPort, centralAdmin, popPort, popAdmin, toxiproxyPort] = await Promise.all(
    Array.from({ length: 5 }, () => freePort()),
  )
  const toxiproxy = findProgram('toxiproxy-server')
  if (toxiproxy === null) throw new Error('toxiproxy-server is missing: `node tools/setup.mjs` builds it')
  servers.push(
    await startServer(
      [toxiproxy, '-host', '127.0.0.1', '-port', String(toxiproxyPort)],
      toxiproxyPort as number,
    ),
  )
  if (values.postgres) {
    const found = findPostgres()
    if ('missing' in found) throw new Error(found.missing)
    postgres = await startPostgres(found.bin)
    process.env.DATABASE_URL = await postgres.createDatabase()
  }
  const central = [
    'central',
    '--port',
    centralPort,
    '--admin-port',
    centralAdmin,
    '--data',
    join(folder, 'central'),
  ]
  servers.push(await startServer([...micropop, ...central.map(String)], centralPort as number))

  const link = await new Toxiproxy(`http://127.0.0.1:${toxiproxyPort}`).createProxy({
    name: 'uplink',
    listen: '127.0.0.1:0',
    upstream: `127.0.0.1:${centralPort}`,
    enabled: true,
  })
  for (const stream of ['upstream', 'downstream'] as const) {
    const latency = { latency: Math.round(Number(values['rtt-ms']) / 2), jitter: 0 }
    await link.addToxic({
      name: `latency_${stream}`,
      type: 'latency',
      stream,
      toxicity: 1,
      attributes: latency,
    })
    const rate = { rate: Math.round((Number(values['uplink-mbps']) * 1e6) / 8_000) }
    await link.addToxic({ name: `rate_${stream}`, type: 'bandwidth', stream, toxicity: 1, attributes: rate })
  }

  const config = join(folder, 'pop.json')
  await writeFile(
    config,
    JSON.stringify({
      version: 1,
      event: EVENT,
      pop: 'hall',
      listen: { host: '127.0.0.1', port: popPort, adminHost: '127.0.0.1', adminPort: popAdmin },
      dataDir: join(folder, 'pop'),
      uplinks: [{ name: 'main', url: `ws://${link.listen}${PATHS.uplink}` }],
      queue: { maxBytes: 10e9, segmentBytes: 16 * 1024 * 1024 },
      limits: DEFAULT_LIMITS,
      imagesDir: null,
    }),
  )
  servers.push(await startServer([...micropop, 'pop', '--config', config], popPort as number))

  const rates = [values['votes-per-minute'], values['chats-per-s']]
  const file = fileURLToPath(new URL('load.ts', import.meta.url))
  load = spawn(process.execPath, [file, popPort, sessions, ...rates].map(String), {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const { stdin, stdout } = load
  if (!stdin || !stdout) throw new Error('the load has no pipes')
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the load ended early')
    return value as string
  }
  const report = async (what = 'report'): Promise<Seen> => {
    stdin.write(`${what}\n`)
    return JSON.parse(await next())
  }
  const backlog = async () => {
    const queue = await (await fetch(`http://127.0.0.1:${popAdmin}/v1/queue`)).json()
    return queue as { backlog: number; backlogBytes: number; connected: boolean }
  }

  say(`${sessions} sessions connect`)
  await next()
  await report()
  say(`${BEFORE_S} s with the uplink`)
  await delay(BEFORE_S * 1000)
  const before = await report()

  say(`${outageS} s without`)
  stdin.write('rare\n')
  await cut(link)
  await delay(outageS * 1000)
  const during = await report()
  const peak = await backlog()

  stdin.write('often\n')
  await restore(link)
  const backMs = performance.now()
  say('the uplink is back')
  while (!(await backlog()).connected) await delay(LOOK_EVERY_MS)
  const reconnectS = (performance.now() - backMs) / 1000
  await report()
  let drainS = Number.NaN
  while (performance.now() - backMs < DRAIN_S_MAX * 1000) {
    await delay(LOOK_EVERY_MS)
    // Messages go on coming: what counts is that no more than those of a moment wait.
    if ((await backlog()).backlog < sessions / 20) {
      drainS = (performance.now() - backMs) / 1000
      break
    }
  }
  const draining = await report()
  await delay(AFTER_S * 1000)
  const after = await report()
  const end = await report('stop')
  await emptied(backlog)
  const atCentral = await messagesAt(centralAdmin as number)

  process.stdout.write(
    `\n${sessions} sessions, ${values['votes-per-minute']} votes a minute each, ${values['chats-per-s']} chat messages a ` +
      `second to all; uplink ${values['uplink-mbps']} Mbit/s, ${values['rtt-ms']} ms, gone for ${outageS} s\n`,
  )
  process.stdout.write(row(['p99, ms', 'ack', 'delivery', 'critical']))
  const cells = ({ ack, delivery, critical }: Seen) =>
    [ack, delivery, critical].map(({ p99Ms }) => p99Ms?.toFixed(1) ?? '–')
  process.stdout.write(row(['before', ...cells(before)]))
  process.stdout.write(row(['during the outage', ...cells(during)]))
  process.stdout.write(row(['while it drains', ...cells(draining)]))
  process.stdout.write(row([`${AFTER_S} s after`, ...cells(after)]))
  process.stdout.write(
    'critical waits for central: during the outage, with one press a second, nobody is answered\n',
  )
  process.stdout.write(`connected again after ${reconnectS.toFixed(1)} s\n`)
  process.stdout.write(
    `backlog at the end of the outage: ${peak.backlog} messages, ${(peak.backlogBytes / 1e6).toFixed(1)} MB\n`,
  )
  const lost = end.acknowledged - atCentral
  const missed = [
    judge(
      'live acknowledgement p99, ms',
      Math.max(before.ack.p99Ms, during.ack.p99Ms, draining.ack.p99Ms),
      LIVE_P99_MS_MAX,
    ),
    judge(
      'live delivery p99, ms',
      Math.max(before.delivery.p99Ms, during.delivery.p99Ms, draining.delivery.p99Ms),
      LIVE_P99_MS_MAX,
    ),
    judge('drained after, s', drainS, DRAINED_WITHIN_S),
    judge('critical p99 to central while it drains, ms', draining.critical.p99Ms, CRITICAL_P99_MS_MAX),
    judge('acknowledged and not at central', lost, 0),
    judge('published and never acknowledged', end.published - end.acknowledged - end.refused, 0),
  ]
  if (missed.some(Boolean)) process.exitCode = 1
} finally {
  load?.kill('SIGKILL')
  for (const server of servers.reverse()) await server.stop()
  await postgres?.stop()
  await rm(folder, { recursive: true, force: true })
}

function judge(what: string, figure: number, max: number): boolean {
  const within = figure <= max
  process.stdout.write(
    `${what}: ${Number.isInteger(figure) ? figure : figure.toFixed(1)}, ${within ? 'within' : 'ABOVE'} ${max}\n`,
  )
  return !within
}

async function cut(link: Link): Promise<void> {
  for (const stream of ['upstream', 'downstream'] as const) {
    const attributes = { timeout: 0 }
    await link.addToxic({ name: `cut_${stream}`, type: 'timeout', stream, toxicity: 1, attributes })
  }
}

async function restore(link: Link): Promise<void> {
  for (const stream of ['upstream', 'downstream']) await (await link.getToxic(`cut_${stream}`)).remove()
}

async function emptied(backlog: () => Promise<{ backlog: number }>): Promise<void> {
  const untilMs = performance.now() + DRAIN_S_MAX * 1000
  while ((await backlog()).backlog > 0 && performance.now() < untilMs) await delay(LOOK_EVERY_MS)
}

/** Messages of attendees that central has, each identity once. */
async function messagesAt(adminPort: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/v1/messages?event=${EVENT}`)
  if (!response.ok || !response.body) throw new Error(`central answered ${response.status}`)
  let count = 0
  const lines = createInterface({ input: Readable.fromWeb(response.body as WebReadableStream) })
  for await (const line of lines) if (line.includes('"attendee-')) count++
  return count
}
