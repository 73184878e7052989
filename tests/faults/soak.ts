// `npm run soak`: the venue under faults for as long as one likes, on all cores. Exit code 1 with the seed that broke.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { report, runSeeds, type SeedTotals } from './run-seeds.ts'

const USAGE = 'npm run soak -- [--minutes N] [--seeds N] [--from-seed N]'
const MINUTE_MS = 60_000
const PROGRESS_EVERY = 200
const CANCELLED = 130

const { minutes, seeds, from } = options()
const cancelled = new AbortController()
process.once('SIGINT', () => cancelled.abort())
const signals = [cancelled.signal]
if (minutes !== undefined) signals.push(AbortSignal.timeout(minutes * MINUTE_MS))
const totals = await runSeeds({
  from,
  seeds,
  signal: AbortSignal.any(signals),
  progress: (now) => {
    if (now.runs % PROGRESS_EVERY === 0) process.stderr.write(`${told(now)}\n`)
  },
})
process.stdout.write(`${told(totals)}\n`)
if (totals.broken) {
  process.stdout.write(`${await report(totals.broken.seed, totals.broken.why)}\n`)
  process.exitCode = 1
} else if (cancelled.signal.aborted) process.exitCode = CANCELLED

function told({ runs, events, acknowledged, polls, destroyed, lost }: SeedTotals): string {
  return (
    `${runs} seeds from ${from}: ${events} events, ${acknowledged} acknowledged, ${polls} polls, ` +
    `${destroyed} leaders destroyed, ${lost} lost with their disks`
  )
}

/** Without either limit it goes on until Ctrl-C. */
function options(): { minutes?: number; seeds?: number; from: number } {
  try {
    const { values } = parseArgs({
      options: { minutes: { type: 'string' }, seeds: { type: 'string' }, 'from-seed': { type: 'string' } },
    })
    const number = (name: keyof typeof values) => {
      const text = values[name]
      if (text === undefined) return undefined
      if (!/^\d+(\.\d+)?$/.test(text)) throw new Error(`--${name} is not a number: ${text}`)
      return Number(text)
    }
    return {
      minutes: number('minutes'),
      seeds: number('seeds'),
      from: number('from-seed') ?? randomInt(2 ** 31),
    }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`)
    process.exit(2)
  }
}
