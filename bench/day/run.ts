// The day in the twin: hybrid-conference-2000 with its five-minute outage, and 50,000 attendees in 20 venues.
//   node bench/day/run.ts [--rounds N] [--small]
// Each day has a process of its own; rounds alternate. Time is that of drawing the plan and running the twin, memory the
// most that the whole process took; what it had taken when the event's graph was recorded is beside it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parse, stringify } from 'yaml'
import { median, row } from '../harness/samples.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, small: { type: 'boolean', default: false } },
})
const conference = fileURLToPath(
  new URL('../../scenarios/events/hybrid-conference-2000.yaml', import.meta.url),
)
const LIMIT = { cpuS: 5, rssBytes: 300e6, times: 25 }
const PAIRS = 10
const ENLARGED = 2.5

/**
 * The conference 25 times: its hall and its venue for those at home ten times each, and 2.5 times as large. The mix
 * stays what it is: an attendee in a hall stays for longer and publishes more than one at home.
 */
function largeEvent(folder: string): string {
  const event = parse(readFileSync(conference, 'utf8'))
  const from = (path: string) => resolve(dirname(conference), path)
  event.arrivals.trace = from(event.arrivals.trace)
  event.access.trace = from(event.access.trace)
  event.outage = from(event.outage)
  const { hall, remote } = event.venues
  const enlarged = [hall, remote].map((venue) => ({ ...venue, attendees: venue.attendees * ENLARGED }))
  const names = (i: number) => (i === 0 ? ['hall', 'remote'] : [`hall-${i + 1}`, `remote-${i + 1}`])
  event.venues = Object.fromEntries(
    Array.from({ length: PAIRS }, (_, i) => names(i).map((name, which) => [name, enlarged[which]])).flat(),
  )
  const file = join(folder, 'large.yaml')
  writeFileSync(file, stringify(event))
  return file
}

interface Figures {
  wallS: number
  userS: number
  systemS: number
  rssBytes: number
  openBytes: number
  sessions: number
  published: number
  lost: number
}

function day(file: string): Figures {
  const program = fileURLToPath(new URL('day.ts', import.meta.url))
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, file], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const figures = JSON.parse(stdout) as Figures
  if (figures.lost > 0) throw new Error(`${file}: ${figures.lost} messages were lost`)
  return figures
}

const folder = mkdtempSync(join(tmpdir(), 'bench-day-'))
try {
  const days = [
    { name: '2,000 in 2 venues', file: conference, all: [] as Figures[] },
    ...(values.small
      ? []
      : [{ name: '50,000 in 20 venues', file: largeEvent(folder), all: [] as Figures[] }]),
  ]
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { name, file, all } of days) {
      process.stderr.write(`round ${round + 1}: ${name}\n`)
      all.push(day(file))
    }
  }
  process.stdout.write(
    row(['', 'CPU s', 'of it user', 'wall s', 'peak MB', 'before MB', 'publishes', 'µs each']),
  )
  const medians = days.map(({ name, all }) => {
    const of = (key: keyof Figures) => median(all.map((figures) => figures[key]))
    const cpuS = median(all.map(({ userS, systemS }) => userS + systemS))
    const [rssBytes, openBytes] = [of('rssBytes'), of('openBytes')]
    const seconds = [cpuS, of('userS'), of('wallS')].map((s) => s.toFixed(1))
    const megabytes = [rssBytes, openBytes].map((bytes) => (bytes / 1e6).toFixed(0))
    const microseconds = ((cpuS / of('published')) * 1e6).toFixed(1)
    process.stdout.write(row([name, ...seconds, ...megabytes, String(of('published')), microseconds]))
    return { cpuS, rssBytes }
  })
  const missed: string[] = []
  const judge = (what: string, value: number, limit: number, unit: string) => {
    const isMet = value <= limit
    process.stdout.write(
      `${what}: ${value.toFixed(1)} ${unit}, ${isMet ? 'within' : 'ABOVE'} ${limit} ${unit}\n`,
    )
    if (!isMet) missed.push(what)
  }
  const [small, large] = medians
  if (small) {
    judge('the day of 2,000: processor time', small.cpuS, LIMIT.cpuS, 's')
    judge('the day of 2,000: memory', small.rssBytes / 1e6, LIMIT.rssBytes / 1e6, 'MB')
  }
  if (small && large) {
    judge('25 times the attendees: time', large.cpuS / small.cpuS, LIMIT.times, '×')
    judge('25 times the attendees: memory', large.rssBytes / small.rssBytes, LIMIT.times, '×')
  }
  if (missed.length > 0) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
