// When days decide: how many a target needs, what counts as shown, and which need not be run again.
import { afterAll, describe, expect, test } from 'vitest'
import type { Ec2Pop } from '../../infra/event/event.ts'
import { type DayFigures, type Job, runDay } from '../monte-carlo/run-day.ts'
import { TwinThreads } from '../monte-carlo/twin-threads.ts'
import { smallJob } from '../testing/small-job.ts'
import { type Budget, daysNeeded, levelsOf, outcomeOf, type Tried, tryUpTo } from './confirm.ts'
import type { Screened } from './screen.ts'

/** A day for each outcome of one level. */
function days(...outcomes: ('met' | 'missed')[]): DayFigures[] {
  return outcomes.map(
    (outcome, seed) =>
      ({
        seed,
        levels: [{ level: 'Ack', limit: 500, unit: 'ms', value: 400 + seed, outcome }],
      }) as unknown as DayFigures,
  )
}
const met = (n: number) => Array.from({ length: n }, () => 'met' as const)

test('52 days that all meet show 95 %: n / (n + z²) with z = 1.645 passes 0.95 at 19 × 2.706 = 51.4', () => {
  expect(daysNeeded(0.95)).toBe(52)
  // 9 × 2.706 = 24.4
  expect(daysNeeded(0.9)).toBe(25)
})

test('51 days are too few, one miss in 52 is open, two misses in four are a miss', () => {
  const outcome = (...of: Parameters<typeof days>) => outcomeOf(levelsOf(days(...of), 0.95), 0.95)
  expect(outcome(...met(52))).toBe('met')
  expect(outcome(...met(51))).toBe('open')
  expect(outcome('missed', ...met(51))).toBe('open')
  expect(outcome('missed', 'missed', ...met(2))).toBe('missed')
  expect(outcome()).toBe('open')
})

test('the worst day is that of the largest value', () => {
  expect(levelsOf(days(...met(3)), 0.95)).toMatchObject([{ met: 3, days: 3, worst: 402 }])
})

const TIMEOUT_MS = 120_000
const small = await smallJob()
const threads = new TwinThreads(1)
afterAll(() => threads[Symbol.asyncDispose]())

describe('a day that differs in the queue only', { timeout: TIMEOUT_MS }, () => {
  function jobWith(change: Partial<Ec2Pop>): Job {
    const { event, topology } = small
    return {
      ...small,
      event: {
        ...event,
        venues: event.venues.map((of) => ({ ...of, pop: { ...(of.pop as Ec2Pop), ...change } })),
      },
      topology: {
        ...topology,
        venues: topology.venues.map((of) => ({
          ...of,
          pop: { ...of.pop, ...change },
        })) as typeof topology.venues,
      },
    }
  }

  /** Four days of each, one after the other. */
  async function daysOf(...jobs: Job[]): Promise<{ tried: Tried[]; budget: Budget }> {
    const budget: Budget = { days: 0, attendeeDays: 0, bound: null, reached: false }
    const { calibration, window } = small
    const tried = jobs.map(({ event, topology }): Tried => {
      return { option: { event, topology, venue: event.venues[0] } as unknown as Screened, days: [] }
    })
    const twin = { threads, calibration, window, firstSeed: 1, budget, ran: new Map() }
    for (const of of tried) await tryUpTo(of, 4, 0, twin)
    return { tried, budget }
  }

  test('is not run again where the smaller queue had room for all, and is what a run would give', async () => {
    const [smaller, larger] = [jobWith({ queueBytes: 1e9 }), jobWith({ queueBytes: 4e9, volumeBytes: 99e9 })]
    const { tried, budget } = await daysOf(smaller, larger)
    expect(budget).toMatchObject({ days: 4, attendeeDays: 120 })
    const seeds = [1, 2, 3, 4]
    const anew = await Promise.all(seeds.map((seed) => runDay(larger, { seed, levels: null })))
    expect(tried[1]?.days).toEqual(anew)
  })

  test('is run where the smaller queue turned a message away, is the larger one, or more differs', async () => {
    const tiny = jobWith({ queueBytes: 600 })
    const { tried, budget } = await daysOf(tiny, small)
    expect(tried[0]?.days.some(({ refused }) => refused > 0)).toBe(true)
    const full = tried[0]?.days.filter(({ refused }) => refused > 0) ?? []
    expect(budget.days).toBe(4 + full.length)
    expect(tried[1]?.days.map(({ refused }) => refused)).toEqual([0, 0, 0, 0])

    const shrinking = await daysOf(jobWith({ queueBytes: 4e9 }), jobWith({ queueBytes: 1e9 }))
    expect(shrinking.budget.days).toBe(8)
    const otherMachine = await daysOf(small, jobWith({ instanceType: 'c6a.large', creditMode: null }))
    expect(otherMachine.budget.days).toBe(8)
  })
})
