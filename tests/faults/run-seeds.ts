// Seeds run side by side in several processes, until enough of them have, time is up, or one breaks a promise.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '../../runtime/testing/seeded-random.ts'
import { drawPlan } from './plan.ts'
import { runSeed } from './run-seed.ts'
import type { Assignment, Told } from './seed-worker.ts'
import type { Sabotage } from './venue.ts'

const WORKER = fileURLToPath(new URL('seed-worker.ts', import.meta.url))

export interface SeedsOptions {
  from: number
  /** Default: as many as there is time for. */
  seeds?: number
  /** When to stop. */
  signal: AbortSignal
  progress?: (totals: SeedTotals) => void
}

export interface SeedTotals {
  runs: number
  events: number
  acknowledged: number
  polls: number
  /** Leaders that were lost with their disks, and messages acknowledged `disk` that went with them. */
  destroyed: number
  lost: number
  broken: { seed: number; why: string } | null
}

export async function runSeeds({
  from,
  seeds = Number.POSITIVE_INFINITY,
  signal,
  progress,
}: SeedsOptions): Promise<SeedTotals> {
  const totals: SeedTotals = {
    runs: 0,
    events: 0,
    acknowledged: 0,
    polls: 0,
    destroyed: 0,
    lost: 0,
    broken: null,
  }
  const count = availableParallelism()
  const enough = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => enough.resolve(), { once: true })
  const workers = Array.from({ length: count }, (_, i) => {
    const worker = fork(WORKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    worker.on('error', enough.reject)
    worker.on('exit', (code) => enough.reject(new Error(`a worker ended with ${code}`)))
    worker.on('message', (told: Told) => {
      if (totals.broken || totals.runs >= seeds) return
      totals.runs++
      if ('broken' in told) totals.broken = { seed: told.seed, why: told.broken }
      else
        for (const key of ['events', 'acknowledged', 'polls', 'destroyed', 'lost'] as const)
          totals[key] += told[key]
      progress?.(totals)
      if (totals.broken || totals.runs >= seeds) enough.resolve()
    })
    worker.send({ from: from + i, step: count } satisfies Assignment)
    return worker
  })
  try {
    await enough.promise
  } finally {
    for (const worker of workers) worker.kill('SIGKILL')
    await Promise.all(workers.map((worker) => worker.exitCode ?? worker.signalCode ?? once(worker, 'exit')))
  }
  return totals
}

/** What a broken seed is told as: with the fewest of its first faults that break it too, and how to see it again. */
export async function report(seed: number, why: string, sabotage?: Sabotage): Promise<string> {
  const { faults } = drawPlan(seededRandom(seed))
  let needed = faults.length
  let said = why
  for (let count = 0; count < faults.length; count++) {
    const broken = await runSeed(seed, { faults: count, sabotage }).then(
      () => null,
      (error: Error) => error,
    )
    if (!broken) continue
    needed = count
    said = broken.stack ?? String(broken)
    break
  }
  const shown = faults.slice(0, needed).map((fault) => `  ${JSON.stringify(fault)}`)
  return [
    said,
    `seed ${seed} breaks with the first ${needed} of its ${faults.length} faults:`,
    ...shown,
    `again: SEED=${seed} npx vitest run tests/faults`,
  ].join('\n')
}
