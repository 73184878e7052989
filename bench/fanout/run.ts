// Fan-out beside its peers, in one run: latency, server CPU per delivery, memory per idle session.
//   node bench/fanout/run.ts [--rounds N] [--seconds S] [--only steady|bursts|deflate|idle] [--servers micropop,ws,…]
// Rounds alternate between the servers, so that a machine that slows down slows all; medians are printed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { median, row } from '../harness/samples.ts'
import { settledRssBytes } from '../harness/server-process.ts'
import { SUBJECTS } from './subjects.ts'

type Name = keyof typeof SUBJECTS

interface Scene {
  title: string
  sessions: number
  perTick: number
  tickMs: number
}

interface Figures {
  p50Ms: number
  p99Ms: number
  cpuUs: number
  delivered: number
  expected: number
  idleBytes: number
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    only: { type: 'string' },
    servers: { type: 'string' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const chosen = values.servers?.split(',') ?? null
const LOAD = fileURLToPath(new URL('load.ts', import.meta.url))

/** One server, one load, once. Null where the server cannot run here. */
async function measure(name: Name, { sessions, perTick, tickMs }: Scene): Promise<Figures | null> {
  const running = await SUBJECTS[name].start()
  if (running === null) return null
  const { server, port } = running
  const emptyBytes = await settledRssBytes(server)
  const args = [LOAD, name, port, sessions, perTick, tickMs, seconds].map(String)
  const load = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const lines = createInterface({ input: load.stdout })[Symbol.asyncIterator]()
    const line = async () => {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the load of ${name} ended early`)
      return value as string
    }
    await line()
    const idleBytes = ((await settledRssBytes(server)) - emptyBytes) / sessions
    load.stdin.write('go\n')
    await line()
    const before = server.cpuS()
    const result = JSON.parse(await line())
    const cpuUs = ((server.cpuS() - before) * 1e6) / result.delivered
    load.stdin.write('end\n')
    await once(load, 'exit')
    if (result.complaint !== null) process.stdout.write(`${SUBJECTS[name].name}: ${result.complaint}\n`)
    const { p50Ms, p99Ms, delivered, expected } = result
    // Compressed payloads are not read: JSON has null where there is no latency.
    return { p50Ms: p50Ms ?? Number.NaN, p99Ms: p99Ms ?? Number.NaN, delivered, expected, cpuUs, idleBytes }
  } finally {
    load.kill('SIGKILL')
    await running.stop()
  }
}

async function compare(scene: Scene, all: readonly Name[]): Promise<Map<Name, Figures>> {
  const names = all.filter((name) => chosen === null || chosen.includes(name))
  const measured = new Map<Name, Figures[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      process.stderr.write(`${scene.title}: round ${round + 1} of ${rounds}, ${SUBJECTS[name].name}\n`)
      const figures = await measure(name, scene)
      if (figures) measured.get(name)?.push(figures)
      else if (round === 0) {
        process.stdout.write(`${SUBJECTS[name].name} is left out: ${missing(name)}\n`)
      }
    }
  }
  const medians = new Map<Name, Figures>()
  for (const [name, list] of measured) {
    if (list.length === 0) continue
    const of = (key: keyof Figures) => median(list.map((figures) => figures[key]))
    medians.set(name, {
      p50Ms: of('p50Ms'),
      p99Ms: of('p99Ms'),
      cpuUs: of('cpuUs'),
      delivered: of('delivered'),
      expected: of('expected'),
      idleBytes: of('idleBytes'),
    })
  }
  print(scene, medians)
  return medians
}

function missing(name: Name): string {
  const subject: { missing?: string } = SUBJECTS[name]
  return subject.missing ?? 'it does not start'
}

function print({ title, sessions, perTick, tickMs }: Scene, medians: Map<Name, Figures>): void {
  process.stdout.write(`\n${title}: 1 → ${sessions} sessions, ${perTick} × 200 B each ${tickMs} ms\n`)
  process.stdout.write(row(['', 'p50 ms', 'p99 ms', 'CPU µs/del.', 'delivered', 'idle KB/s.']))
  for (const [name, { p50Ms, p99Ms, cpuUs, delivered, expected, idleBytes }] of medians) {
    process.stdout.write(
      row([
        SUBJECTS[name].name,
        p50Ms.toFixed(1),
        p99Ms.toFixed(1),
        cpuUs.toFixed(2),
        `${((100 * delivered) / expected).toFixed(1)} %`,
        (idleBytes / 1024).toFixed(1),
      ]),
    )
  }
}

const missed: string[] = []
function judge(what: string, ours: number | undefined, peers: number | undefined, limit: number): void {
  if (ours === undefined || peers === undefined) {
    process.stdout.write(`${what}: no figure\n`)
    return
  }
  const ratio = ours / peers
  const verdict = ratio <= limit ? 'within' : 'ABOVE'
  process.stdout.write(`${what}: ${ratio.toFixed(2)} ×, ${verdict} ${limit} ×\n`)
  if (!(ratio <= limit)) missed.push(what)
}

const wanted = (what: string) => values.only === undefined || values.only === what
const PLAIN: Name[] = ['micropop', 'ws', 'socketIo', 'nats', 'mosquitto']

if (wanted('steady')) {
  for (const sessions of [500, 1_000, 2_000]) {
    const figures = await compare({ title: 'steady', sessions, perTick: 1, tickMs: 50 }, PLAIN)
    const [ours, ws] = [figures.get('micropop'), figures.get('ws')]
    const brokers = (['socketIo', 'nats', 'mosquitto'] as const).flatMap(
      (name) => figures.get(name)?.p99Ms ?? [],
    )
    const best = brokers.length > 0 ? Math.min(...brokers) : undefined
    judge(`p99 at ${sessions} against the best broker`, ours?.p99Ms, best, 1)
    judge(`CPU per delivery at ${sessions} against bare ws`, ours?.cpuUs, ws?.cpuUs, 1)
    judge(
      `CPU per delivery at ${sessions} against Socket.IO`,
      ours?.cpuUs,
      figures.get('socketIo')?.cpuUs,
      0.8,
    )
  }
}
if (wanted('bursts')) {
  const scene = { title: 'bursts', sessions: 1_000, perTick: 20, tickMs: 1_000 }
  const figures = await compare(scene, ['micropop', 'ws', 'socketIo'])
  judge(
    'CPU per delivery in bursts against bare ws',
    figures.get('micropop')?.cpuUs,
    figures.get('ws')?.cpuUs,
    0.4,
  )
}
if (wanted('deflate')) {
  const scene = { title: 'compressed', sessions: 200, perTick: 1, tickMs: 50 }
  const figures = await compare(scene, ['micropopDeflate', 'wsDeflate'])
  const [ours, ws] = [figures.get('micropopDeflate'), figures.get('wsDeflate')]
  judge('CPU per delivery, compressed, against ws with permessage-deflate', ours?.cpuUs, ws?.cpuUs, 0.25)
}
if (wanted('idle')) {
  // Many, so that what a server has anyway, and what its collector leaves for later, counts for little in each.
  const figures = await compare({ title: 'idle', sessions: 5_000, perTick: 1, tickMs: 1_000 }, [
    'micropop',
    'ws',
  ])
  const [ours, ws] = [figures.get('micropop'), figures.get('ws')]
  judge('memory per idle session against bare ws', ours?.idleBytes, ws?.idleBytes, 1.3)
}
if (missed.length > 0) {
  process.stdout.write(`\nmissed: ${missed.join('; ')}\n`)
  process.exitCode = 1
}
