// How long `micropop simulate --runs` takes on all threads, beside the same days on one thread, and the memory it needs.
//   node bench/monte-carlo/run.ts [DAYS] [EVENT]
// The days on one thread are fewer and scaled up. Ends with 1 where the days take longer than the limit, on two cores.
import { availableParallelism } from 'node:os'
import { loadEvent } from '../../infra/event/load.ts'
import { defaultCalibration } from '../../simulator/calibration/default-calibration.ts'
import { monteCarlo } from '../../simulator/monte-carlo/monte-carlo.ts'
import { jobOf } from '../../simulator/monte-carlo/run-day.ts'
import { TwinThreads } from '../../simulator/monte-carlo/twin-threads.ts'
import { openScenario } from '../../simulator/scenario.ts'

/** A hundred days on two cores. */
const LIMIT_S = 300
const ALONE_DAYS = 5

const days = Number(process.argv[2] ?? 100)
const event = loadEvent(process.argv[3] ?? 'scenarios/events/hybrid-conference-2000.yaml')
const job = jobOf(await openScenario(event), defaultCalibration())

async function timed<T>(what: () => Promise<T>): Promise<{ took: number; result: T }> {
  const startedMs = performance.now()
  const result = await what()
  return { took: (performance.now() - startedMs) / 1_000, result }
}

const alone = await timed(async () => {
  await using pool = new TwinThreads(1)
  const tasks = Array.from({ length: ALONE_DAYS }, (_, i) => ({ seed: i + 1, levels: null }))
  return await pool.of(job).run(tasks)
})
const cores = availableParallelism()
let runs = 0
const before = process.cpuUsage()
const all = await timed(async () => {
  await using pool = new TwinThreads(cores)
  return await monteCarlo({ job, firstSeed: 1, days, runner: pool.of(job), progress: (_, of) => (runs = of) })
})

const { user, system } = process.cpuUsage(before)
const cpuS = (user + system) / 1e6

const aDay = alone.took / ALONE_DAYS
const rssMB = process.resourceUsage().maxRSS / 1_000
process.stdout.write(
  `${event.name}, ${days} days and ${runs - days} for the tornado\n` +
    `one thread      ${aDay.toFixed(2)} s a day (${ALONE_DAYS} days), ${(aDay * runs).toFixed(0)} s for all\n` +
    `${cores} threads       ${all.took.toFixed(0)} s, ${((aDay * runs) / all.took).toFixed(2)} times as fast as one; ` +
    `a hundred days in ${((all.took / runs) * 100).toFixed(0)} s, the limit is ${LIMIT_S} s\n` +
    `processor       ${(cpuS / runs).toFixed(2)} s a day: a hundred days in ${((cpuS / runs / cores) * 100).toFixed(0)} s where nothing else runs\n` +
    `memory          ${rssMB.toFixed(0)} MB at most, all threads together\n`,
)
if ((all.took / runs) * 100 > LIMIT_S) process.exitCode = 1
