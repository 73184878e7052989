// `micropop simulate --runs`: many possible days, on the threads of this machine or on workers elsewhere.
import { randomUUID } from 'node:crypto'
import type { MonteCarloResult } from '../simulator/monte-carlo/monte-carlo-result.ts'
import type { Job } from '../simulator/monte-carlo/run-day.ts'
import type { DayRunner } from '../simulator/monte-carlo/twin-threads.ts'
import { abortSignal } from './abort.ts'
import { calibrationFrom } from './calibration-option.ts'
import { commandLine, exitCodeOf, type Format } from './options.ts'
import { progress } from './progress.ts'
import type { SimulateOptions } from './simulate.ts'

export async function simulateDays(
  file: string,
  options: SimulateOptions & { runs: number | 'auto' },
): Promise<void> {
  const [{ loadEvent }, { openScenario }, { jobOf }, { monteCarlo }, { prepareFolder }] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../simulator/scenario.ts'),
    import('../simulator/monte-carlo/run-day.ts'),
    import('../simulator/monte-carlo/monte-carlo.ts'),
    import('../reports/write.ts'),
  ])
  const { outage, seed, runs, out, format } = options
  const startedMs = performance.now()
  const event = loadEvent(file, { outage })
  if (out !== undefined) await prepareFolder(out)
  const job = jobOf(await openScenario(event), await calibrationFrom(options.calibration))
  await using runner = await runnerOf(job, options)
  const step = progress.step(`Simulating possible days ${runner.where}`)
  let told = 0
  const result = await monteCarlo({
    job,
    firstSeed: seed,
    days: runs,
    runner: runner.of,
    progress: (done, of) => {
      step.update(`${done} of ${of}`)
      // Without a terminal a line now and then says that it goes on.
      const tenth = Math.floor((10 * done) / of)
      if (!process.stderr.isTTY && tenth > told) progress.note(`  ${done} of ${of} days`)
      told = Math.max(told, tenth)
    },
  })
  step.done(`${result.days} days`)
  const reproduce = commandLine('simulate', file, { seed, outage, runs, calibration: options.calibration })
  await write(result, { s: (performance.now() - startedMs) / 1_000, reproduce }, { format, out })
}

interface Runner extends AsyncDisposable {
  of: DayRunner
  /** For a person: `on 2 threads`. */
  where: string
}

async function runnerOf(job: Job, options: SimulateOptions): Promise<Runner> {
  return options.workers === undefined ? onThreads(job, options) : onWorkers(job, options.workers)
}

async function onThreads(job: Job, { threads, runs }: SimulateOptions): Promise<Runner> {
  const { TwinThreads } = await import('../simulator/monte-carlo/twin-threads.ts')
  const pool = new TwinThreads(typeof runs === 'number' ? Math.min(threads, runs) : threads, abortSignal())
  return {
    of: pool.of(job),
    where: `on ${pool.size} ${pool.size === 1 ? 'thread' : 'threads'}`,
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

async function onWorkers(job: Job, url: string): Promise<Runner> {
  const [{ natsAt }, { Sweep }, { codeVersion }] = await Promise.all([
    import('./nats-at.ts'),
    import('../simulator/sweep/sweep.ts'),
    import('../simulator/sweep/code-version.ts'),
  ])
  const nats = natsAt(url, process.env)
  const sweep = await Sweep.open({
    nats,
    id: randomUUID(),
    job,
    version: codeVersion(),
    signal: abortSignal(),
    note: progress.note,
  })
  return {
    of: sweep,
    where: `by workers: micropop worker --nats ${nats.url}`,
    [Symbol.asyncDispose]: () => sweep[Symbol.asyncDispose](),
  }
}

async function write(
  result: MonteCarloResult,
  took: { s: number; reproduce: string },
  { format, out }: { format: Format; out: string | undefined },
): Promise<void> {
  const [{ renderMonteCarloText }, { renderMonteCarloHtml }, { renderJson }, { writeTogether }] =
    await Promise.all([
      import('../reports/terminal-monte-carlo.ts'),
      import('../reports/monte-carlo-html.ts'),
      import('../reports/json.ts'),
      import('../reports/write.ts'),
    ])
  // How long it took is no part of the result, which is the same each time.
  const json = renderJson({ result, reproduce: took.reproduce })
  process.stdout.write(format === 'json' ? json : renderMonteCarloText(result, took))
  if (out !== undefined) {
    const page = renderMonteCarloHtml(result, took.reproduce)
    await writeTogether(out, { 'simulate.json': json, 'simulate.html': page })
  }
  process.exitCode = exitCodeOf(result.levels)
}
