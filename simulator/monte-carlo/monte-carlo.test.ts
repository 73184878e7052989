// What is said of many days follows from them: quantiles, chances, when there are enough, which factor matters most.
import { expect, test } from 'vitest'
import { eventWith } from '../../infra/testing/events.ts'
import { testCalibration } from '../testing/calibration.ts'
import { variantAt } from '../uncertainty/draw-variant.ts'
import { normalQuantile } from '../uncertainty/normal-quantile.ts'
import { monteCarlo } from './monte-carlo.ts'
import type { DayFigures, Job, Task } from './run-day.ts'
import type { DayRunner } from './twin-threads.ts'

const step = { target: 'uplink', venue: 'hall', startS: 3_600, durationS: 300, rehearseS: 25 } as const
const event = eventWith({ outage: { name: 'cut', file: 'cut.yaml', steps: [step] } })
const job = { event, calibration: testCalibration, window: { startS: 0, endS: 28_800 } } as Job

/** Days whose acknowledgements are `ackMs` of the seed, and whose recovery is that of the outage's length. */
function runner(
  ackMs: (seed: number) => number,
  recoveryS: (seed: number) => number | null = () => 5,
): DayRunner {
  const day = ({ seed, levels }: Task): DayFigures => {
    const { factors } = variantAt(event, new Map(levels ?? []))
    const ack = ackMs(seed) * factors.engagement * factors.attendance
    const recovery = recoveryS(seed)
    const level = (name: string, limit: number, value: number | null) => ({
      level: name,
      limit,
      unit: 'ms' as const,
      value,
      outcome: value !== null && value <= limit ? ('met' as const) : ('missed' as const),
    })
    return {
      seed,
      factors,
      outages: 1,
      figures: [
        { id: 'ack-p99', label: 'Acknowledged, p99', unit: 'ms', value: ack },
        { id: 'recovery', label: 'Recovery', unit: 's', value: recovery },
      ],
      levels: [level('ack', 250, ack), level('recovery', 90, recovery)],
      usage: [{ urn: 'urn:hall', meter: 'uplink-sent', quantity: seed / 10, unit: 'GB' }],
      refused: 0,
      outsideRange: seed % 2 ? [] : [`sessions at once: ${seed}, the calibration had 1`],
    }
  }
  return {
    run: async (tasks, done) =>
      tasks.map((task) => {
        done?.()
        return day(task)
      }),
  }
}

const simulate = (days: number | 'auto', of: DayRunner, firstSeed = 1) =>
  monteCarlo({ job, firstSeed, days, runner: of })

test('quantiles, chances and usage are those of the days', async () => {
  const result = await simulate(
    100,
    runner((seed) => 2 * seed + 60),
  )
  expect(result.figures[0]).toMatchObject({
    id: 'ack-p99',
    days: 100,
    quantiles: [
      { p: 0.1, value: 80 },
      { p: 0.5, value: 160, low: 2 * 40 + 60, high: 2 * 61 + 60 },
      { p: 0.9, value: 240 },
      { p: 0.99, value: 258, high: null },
    ],
  })
  // 2 · 95 + 60 = 250 is the last that meets it: 95 of 100 days, which may be a chance of less than 95 %.
  expect(result.levels[0]).toMatchObject({ days: 100, met: 95, outcome: 'inconclusive' })
  expect(result.levels[0]?.low).toBeCloseTo(0.8882, 3)
  expect(result.outsideRange).toEqual([{ what: 'sessions at once: 100, the calibration had 1', days: 50 }])
  expect(result.usage).toEqual([
    { urn: 'urn:hall', meter: 'uplink-sent', unit: 'GB', quantities: [1, 5, 9, 9.9] },
  ])
})

test('a recovery that the day did not see is longer than any other, and its quantile endless', async () => {
  const result = await simulate(
    10,
    runner(
      () => 1,
      (seed) => (seed <= 8 ? seed : null),
    ),
  )
  const recovery = result.figures.find(({ id }) => id === 'recovery')
  expect(recovery?.days).toBe(10)
  expect(recovery?.quantiles.map(({ value }) => value)).toEqual([1, 5, null, null])
})

test('days go on until every level is decided and known well enough, and no longer', async () => {
  const calm = await simulate(
    'auto',
    runner((seed) => 100 + (seed % 10)),
  )
  expect(calm).toMatchObject({ days: 120, stopped: 'tight', confidence: 0.9875 })
  expect(calm.levels.map(({ outcome }) => outcome)).toEqual(['met', 'met'])
  const hopeless = await simulate(
    'auto',
    runner((seed) => 260 + (seed % 10)),
  )
  expect(hopeless).toMatchObject({ days: 120, stopped: 'tight' })
  expect(hopeless.levels[0]?.outcome).toBe('missed')
})

test('where a chance is at the target, or the figure is wild, more days are run, up to a bound', async () => {
  const atTarget = await simulate(
    'auto',
    runner((seed) => (seed % 20 === 0 ? 300 : 100)),
  )
  expect(atTarget).toMatchObject({ days: 960, stopped: 'most' })
  expect(atTarget.levels[0]).toMatchObject({ outcome: 'inconclusive', met: 912 })
  // Met by all, but spread over most of what the level allows: wanted is its 90th percentile to a tenth of 250 ms.
  const wild = await simulate(
    'auto',
    runner((seed) => 125 + 40 * normalQuantile(((seed * 0.61803398875) % 1) * 0.99 + 0.005)),
  )
  expect(wild.stopped).toBe('tight')
  expect(wild.days).toBeGreaterThan(120)
})

test('the factors that move a figure most come first, each at both ends on the same seed', async () => {
  const { tornados } = await simulate(
    1,
    runner((seed) => 100 + seed),
    9,
  )
  const [ack] = tornados
  expect(ack).toMatchObject({ id: 'ack-p99', base: 109 })
  expect(ack?.swings.map(({ factor }) => factor).slice(0, 2)).toEqual(['engagement', 'attendance'])
  expect(ack?.swings[0]?.low.value).toBeCloseTo(109 / 1.3, 6)
  expect(ack?.swings[0]?.high).toEqual({ at: expect.closeTo(1.3, 9), value: expect.closeTo(109 * 1.3, 6) })
  expect(ack?.swings.at(-1)?.low.value).toBe(109)
})

test('each factor has its rank correlation with a figure over all days, none where too few tell', async () => {
  const inDay = (seed: number, step: number) => ((seed * step) % 1) * 0.98 + 0.01
  const levelsOf = (seed: number): Task['levels'] => [
    ['engagement', inDay(seed, 0.61803398875)],
    ['credits', inDay(seed, 0.41421356237)],
  ]
  const drawn: DayRunner = {
    run: (tasks, done) =>
      runner(() => 100).run(
        tasks.map((task) => (task.levels === null ? { ...task, levels: levelsOf(task.seed) } : task)),
        done,
      ),
  }
  const { tornados } = await simulate(60, drawn)
  const of = (factor: string) => tornados[0]?.swings.find((swing) => swing.factor === factor)?.rankCorrelation
  expect(of('engagement')).toBeCloseTo(1, 9)
  expect(Math.abs(of('credits') as number)).toBeLessThan(0.4)
  const { tornados: few } = await simulate(2, drawn)
  expect(few[0]?.swings.map(({ rankCorrelation }) => rankCorrelation)).toEqual(few[0]?.swings.map(() => null))
})

test('progress counts every day and the ends of every factor', async () => {
  const seen: [number, number][] = []
  const of = runner(() => 1)
  await monteCarlo({ job, firstSeed: 1, days: 5, runner: of, progress: (...at) => seen.push(at) })
  // Attendance, engagement, the outage's start and length, credits: two ends each, and the day as planned.
  expect(seen.at(-1)).toEqual([16, 16])
  expect(seen).toHaveLength(16)
})
