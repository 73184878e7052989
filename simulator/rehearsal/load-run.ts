// One run of k6: started on the schedule, its start line awaited, its end and summary read.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { VoidRun } from '../../runtime/errors.ts'
import { type RehearsalClock, until } from './clock.ts'
import type { Child, ProcessGroup } from './process-group.ts'
import type { StartLine } from './raw-lines.ts'
import { readLines } from './run-files.ts'
import type { Load, ScheduledSession } from './schedule.ts'
import { generatorFailed } from './void-run.ts'

const SCRIPT = fileURLToPath(new URL('./attendee.k6.ts', import.meta.url))
/** k6 reads the script and initialises its VUs: about 15 ms each on one core. */
const START_WITHIN_MS = 60_000
/** Behind the load's own limit, for k6 to write its summary. */
const END_WITHIN_MS = 10_000

export interface LoadRun {
  child: Child
  /** ms since the Unix epoch of the run's start. */
  epochMs: number
  /** Error: MP_VOID_GENERATOR where k6 fails. */
  finished: (signal: AbortSignal) => Promise<LoadEnd>
}

export interface LoadEnd {
  iterations: number
  droppedIterations: number
}

export interface LoadOptions {
  group: ProcessGroup
  k6: string
  folder: string
  /** Takes the raw lines. */
  attendeesFile: string
  load: Load
  sessions: readonly ScheduledSession[]
  clock: RehearsalClock
  signal: AbortSignal
}

/** Error: MP_VOID_GENERATOR where k6 ends before it starts the load. */
export async function startLoad(options: LoadOptions): Promise<LoadRun> {
  const { group, k6, folder, attendeesFile, load, sessions, clock, signal } = options
  const sessionsFile = join(folder, 'sessions.json')
  const summaryFile = join(folder, 'k6-summary.json')
  await writeFile(sessionsFile, JSON.stringify(sessions))
  // A line of k6's own must never land among the measurements: they go to the console's file, alone.
  const args = ['run', '--quiet', '--no-color', '--no-usage-report', '--address', '']
  args.push('--log-format', 'raw', '--console-output', attendeesFile, SCRIPT)
  const env = { LOAD: JSON.stringify(load), SESSIONS_FILE: sessionsFile, SUMMARY_FILE: summaryFile }
  const child = await group.start({
    name: 'k6',
    command: k6,
    args,
    env: { ...withoutSettings(process.env), ...env },
    endsByItself: true,
    instrument: true,
  })
  let ended = false
  child.exited.then(() => {
    ended = true
  })
  const start = await until(
    async () => {
      const line = await firstLine(attendeesFile)
      if (line === undefined && ended)
        throw generatorFailed(await child.exited, await child.lastLines(), child.log)
      return line
    },
    { clock, everyMs: 50, limitMs: START_WITHIN_MS, signal, onLate: () => slow(child) },
  )
  const limitMs = load.limitMs + END_WITHIN_MS
  return {
    child,
    epochMs: start.epochMs,
    finished: async (given) => {
      const waiting = new AbortController()
      const late = clock.sleep(limitMs, AbortSignal.any([given, waiting.signal])).then(() => {
        throw slow(child)
      })
      try {
        const exit = await Promise.race([child.exited, late])
        if (exit.code !== 0) throw generatorFailed(exit, await child.lastLines(), child.log)
        return JSON.parse(await readFile(summaryFile, 'utf8'))
      } finally {
        waiting.abort()
      }
    },
  }
}

/** k6 takes settings from the environment too; only ours may count. */
function withoutSettings(env: NodeJS.ProcessEnv): Record<string, undefined> {
  return Object.fromEntries(
    Object.keys(env)
      .filter((name) => name.startsWith('K6_'))
      .map((name) => [name, undefined]),
  )
}

async function firstLine(file: string): Promise<StartLine | undefined> {
  try {
    for await (const line of readLines<StartLine>(file)) return line
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return undefined
}

function slow(child: Child): VoidRun {
  return new VoidRun('MP_VOID_GENERATOR', 'k6 did not finish in its time', `Its log is ${child.log}.`)
}
