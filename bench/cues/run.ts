// How far apart attendees present one cue, and how far apart their players are: at a presentation time by the PoP's
// clock, beside on arrival, from one run over the same links.
//   node bench/cues/run.ts [--attendees 100] [--cues 40] [--lead-ms 1500] [--seed 1]
// Exits with 1 where the spread does not shrink by REDUCTION_MIN at every quantile printed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort } from '../../runtime/free-ports.ts'
import { DEFAULT_LIMITS, type PopConfig } from '../../runtime/pop-config.ts'
import { PATHS } from '../../runtime/ports.ts'
import { type FireCue, type MediaClock, SHOW } from '../../runtime/protocol/show.ts'
import { stream } from '../../simulator/engine/random.ts'
import { median, quantile, row } from '../harness/samples.ts'
import { startServer } from '../harness/server-process.ts'
import { Attendee } from './attendee.ts'

/** What the product is to reach: presentation jitter less by this share. */
const REDUCTION_MIN = 0.62
const QUANTILES = [0.5, 0.95, 0.99]
const BETWEEN_CUES_MS = 250
const MEDIA_CLOCKS = 20
/** Longer than any link of the bench delays a frame. */
const SETTLED_AFTER_MS = 3_000

const { values } = parseArgs({
  options: {
    attendees: { type: 'string', default: '100' },
    cues: { type: 'string', default: '40' },
    'lead-ms': { type: 'string', default: '1500' },
    seed: { type: 'string', default: '1' },
  },
})
const attendees = Number(values.attendees)
const cues = Number(values.cues)
const leadMs = Number(values['lead-ms'])
const seed = Number(values.seed)

const folder = await mkdtemp(join(tmpdir(), 'micropop-bench-'))
const [port, adminPort] = [await freePort(), await freePort()]
const server = await startServer(await pop(), adminPort)
const seen = { cue: new Map<string, number[]>(), stream: new Map<string, number[]>() }
let hall: Attendee[] = []
let good = true
try {
  const url = `ws://127.0.0.1:${port}${PATHS.session}`
  hall = await Promise.all(
    Array.from({ length: attendees }, (_, i) =>
      Attendee.open(url, `attendee-${i}`, stream(seed, i), (kind, id, ms) => {
        seen[kind].set(id, [...(seen[kind].get(id) ?? []), ms])
      }),
    ),
  )
  await delay(SETTLED_AFTER_MS)
  const errors = hall.map((attendee) => attendee.error())
  const outside = errors.filter(({ ms, boundMs }) => ms > boundMs + 1).length

  for (let i = 0; i < cues; i++) {
    await show(SHOW.cues, { do: 'fire', id: `arrival-${i}`, cue: 'flash' } satisfies FireCue)
    const atMs = Date.now() + leadMs
    await show(SHOW.cues, { do: 'fire', id: `planned-${i}`, cue: 'flash', atMs } satisfies FireCue)
    await delay(BETWEEN_CUES_MS)
  }
  for (let i = 0; i < MEDIA_CLOCKS; i++) {
    const clock = { positionMs: i * 10_000, wallMs: Date.now(), rate: 1 }
    await show(SHOW.media, { do: 'clock', stream: `s${i}`, ...clock } satisfies MediaClock)
    await delay(BETWEEN_CUES_MS)
  }
  await delay(leadMs + SETTLED_AFTER_MS)

  process.stdout.write(
    `${attendees} attendees, clocks up to 10 s off, uneven ways of 20 ms mean jitter; seed ${seed}\n`,
  )
  const clocks = errors.map(({ ms }) => ms)
  process.stdout.write(
    `clock error p50 ${quantile(clocks, 0.5).toFixed(1)} ms, p99 ${quantile(clocks, 0.99).toFixed(1)} ms; ` +
      `outside its stated bound: ${outside}\n\n`,
  )
  process.stdout.write(row(['off the median, ms', 'p50', 'p95', 'p99']))
  good = outside === 0
  good = compare('cue', 'cue on arrival', /^arrival/, 'cue at its time', /^planned/) && good
  good = compare('stream', 'player on arrival', /arrival$/, 'player aligned', /aligned$/) && good
} finally {
  for (const attendee of hall) attendee.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
process.exitCode = good ? 0 : 1

/** Prints both ways; false where the second is not better by REDUCTION_MIN. */
function compare(kind: 'cue' | 'stream', name: string, of: RegExp, ours: string, ofOurs: RegExp): boolean {
  const [before, after] = [spread(kind, of), spread(kind, ofOurs)]
  const less = before.map((ms, i) => 1 - (after[i] as number) / ms)
  process.stdout.write(row([name, ...before.map((ms) => ms.toFixed(1))]))
  process.stdout.write(row([ours, ...after.map((ms) => ms.toFixed(1))]))
  process.stdout.write(row(['', ...less.map((share) => `−${(share * 100).toFixed(0)} %`)]))
  return less.every((share) => share >= REDUCTION_MIN)
}

/** Quantiles of how far each attendee is off the median of all, over all cues. */
function spread(kind: 'cue' | 'stream', of: RegExp): number[] {
  const off = [...seen[kind]]
    .filter(([id]) => of.test(id))
    .flatMap(([id, times]) => {
      if (times.length !== attendees) throw new Error(`${id} came to ${times.length} of ${attendees}`)
      const middle = median(times)
      return times.map((ms) => Math.abs(ms - middle))
    })
  return QUANTILES.map((q) => quantile(off, q))
}

async function show(ch: string, body: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${adminPort}/v1/show/${ch}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${ch} answered ${answer.status}: ${await answer.text()}`)
}

async function pop(): Promise<string[]> {
  const config = {
    version: 1,
    event: 'bench',
    pop: 'bench',
    listen: { host: '127.0.0.1', port, adminHost: '127.0.0.1', adminPort },
    dataDir: join(folder, 'data'),
    uplinks: [{ name: 'uplink', url: 'ws://127.0.0.1:9/uplink' }],
    queue: { maxBytes: 1e9, segmentBytes: 16 * 1024 * 1024 } as PopConfig['queue'],
    limits: DEFAULT_LIMITS,
    imagesDir: null,
  } satisfies Partial<PopConfig>
  const file = join(folder, 'pop.json')
  await writeFile(file, JSON.stringify(config))
  const cli = fileURLToPath(new URL('../../cli/micropop.mjs', import.meta.url))
  return [process.execPath, cli, 'pop', '--config', file]
}
