// Days on threads: the same for any number of them, and what goes wrong in one comes out.
import { beforeAll, expect, test } from 'vitest'
import { smallJob } from '../testing/small-job.ts'
import { monteCarlo } from './monte-carlo.ts'
import { type Job, runDay } from './run-day.ts'
import { TwinThreads } from './twin-threads.ts'

let job: Job
beforeAll(async () => {
  job = await smallJob()
})

const tasks = [1, 2, 3, 4, 5].map((seed) => ({ seed, levels: null }))

test('one thread and three give the same days, in the order of the seeds, and those of no thread', async () => {
  await using one = new TwinThreads(1)
  await using three = new TwinThreads(3)
  const days = await one.of(job).run(tasks)
  expect(days.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5])
  expect(await three.of(job).run(tasks)).toEqual(days)
  expect(await runDay(job, { seed: 3, levels: null })).toEqual(days[2])
  expect(new Set(days.map(({ factors }) => factors.attendance)).size).toBe(5)
})

test('a simulation is the same for any number of threads, bit for bit', async () => {
  const on = async (threads: number) => {
    await using pool = new TwinThreads(threads)
    return await monteCarlo({ job, firstSeed: 4, days: 12, runner: pool.of(job) })
  }
  const result = await on(1)
  expect(await on(2)).toEqual(result)
  expect(result).toMatchObject({ days: 12, stopped: 'asked', confidence: 0.95 })
  const level = result.levels.find(({ level }) => level === 'Acknowledged and lost')
  expect(level).toMatchObject({ days: 12, met: 12, outcome: 'inconclusive', high: 1 })
  const backlog = result.tornados.find(({ id }) => id === 'backlog-peak')
  const swing = backlog?.swings.find(({ factor }) => factor === 'engagement')
  expect(swing?.low.value ?? Number.NaN).toBeLessThan(swing?.high.value ?? Number.NaN)
  expect([swing?.low.at, swing?.high.at]).toEqual([expect.closeTo(1 / 1.3, 9), expect.closeTo(1.3, 9)])
})

test('a day that cannot be simulated says so as it would here, with its seed', async () => {
  await using pool = new TwinThreads(2)
  const { ratesBps, ...trace } = job.event.accessTrace
  const broken = { ...job, event: { ...job.event, accessTrace: { ...trace, ratesBps: {} } } }
  expect(Object.keys(ratesBps)).not.toEqual([])
  await expect(pool.of(broken).run(tasks)).rejects.toMatchObject({
    code: 'MP_TRACE_CLASS',
    exitCode: 2,
    message: expect.stringMatching(/^the day of seed \d failed: the access trace has no transfers for/),
  })
})

test('a thread that dies ends the simulation, and so does one whose job is no job', async () => {
  await using pool = new TwinThreads(2)
  await expect(pool.of({} as Job).run(tasks)).rejects.toThrow(/^the day of seed \d failed: TypeError/)
})

test('an abort ends the threads and gives its reason', async () => {
  const controller = new AbortController()
  await using pool = new TwinThreads(2, controller.signal)
  const reason = new Error('enough')
  const running = pool.of(job).run(tasks, () => controller.abort(reason))
  await expect(running).rejects.toBe(reason)
})
