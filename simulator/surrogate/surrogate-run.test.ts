// The formulas against the twin, and what they must be by arithmetic; the whole comparison is in docs/fidelity.md.
import { beforeAll, describe, expect, test } from 'vitest'
import { loadEvent } from '../../infra/event/load.ts'
import { openScenario, type Scenario } from '../scenario.ts'
import { testCalibration } from '../testing/calibration.ts'
import { figureOf } from '../testing/result.ts'
import { runTwin } from '../twin.ts'
import { planRun } from '../workload/plan.ts'
import { COMPARED } from './compared-range.ts'
import { drainOf } from './outage-drain.ts'
import { surrogateRun } from './surrogate-run.ts'
import { streamOf, utilisation, waitAtServer, waitForCommit } from './waits.ts'

const calibration = testCalibration
let scenario: Scenario
beforeAll(async () => {
  scenario = await openScenario(loadEvent('scenarios/events/hybrid-conference-2000.yaml'))
})

const window = { startS: 17_400, endS: 18_300 }
const outages = [{ venue: 'hall', target: 'uplink' as const, startS: 300, endS: 420 }]
const ask = (changes = {}) => {
  const { figures } = surrogateRun({ ...scenario, calibration, window, outages, ...changes })
  return Object.fromEntries(figures.map(({ id, value }) => [id, value]))
}

test('fifteen minutes with a cut are near those of the twin', async () => {
  const figures = ask()
  const plan = planRun(scenario.event, scenario.topology, { seed: 5, window, outages })
  const { event, topology } = scenario
  const twin = await runTwin({ event, topology, plan, calibration, reproduce: '', wallMs: () => 0 })
  // Beyond p98 a stalled phone decides: there few publishes are behind the twin's own figure.
  const within = {
    'ack-p50': 0.05,
    'ack-p95': 0.08,
    'ack-p99': 0.25,
    'delivery-p50': 0.05,
    'page-p50': 0.05,
    'uplink-bytes': 0.08,
  }
  for (const [id, most] of Object.entries(within) as [keyof typeof within, number][]) {
    const expected = figureOf(twin, id) as number
    expect(Math.abs((figures[id] as number) / expected - 1), id).toBeLessThan(most)
  }
  const backlog = figureOf(twin, 'backlog-peak') as number
  expect(Math.abs((figures['backlog-peak'] as number) / backlog - 1)).toBeLessThan(0.1)
})

test('a longer outage leaves more behind and takes longer, and without one there is nothing to recover from', () => {
  const cut = (seconds: number) =>
    ask({ outages: [{ venue: 'hall', target: 'uplink', startS: 100, endS: 100 + seconds }] })
  const [short, long] = [cut(60), cut(600)]
  expect(long['backlog-peak']).toBeGreaterThan(5 * (short['backlog-peak'] as number))
  expect(long.recovery).toBeGreaterThan(short.recovery as number)
  expect(ask({ outages: [] })).toMatchObject({ recovery: null, 'backlog-peak': null })
})

test('what was not compared with the twin is refused, and says what of it', () => {
  const crowd = {
    ...scenario.topology,
    venues: scenario.topology.venues.map((venue) => ({ ...venue, attendees: 40_000 })),
  }
  expect(() => ask({ topology: crowd })).toThrow(
    expect.objectContaining({
      code: 'MP_SURROGATE_RANGE',
      message: expect.stringMatching(/sessions at one venue: \d+, compared up to/),
    }),
  )
  const long = [{ venue: 'hall', target: 'uplink' as const, startS: 0, endS: COMPARED.outageS + 1 }]
  expect(() => ask({ outages: long })).toThrow(/seconds of one outage/)
})

describe('waits', () => {
  const mean = (points: readonly { value: number; weight: number }[]) =>
    points.reduce((sum, { value, weight }) => sum + value * weight, 0)

  test('at a server have the mean of Pollaczek and Khinchine, within what eight points lose', () => {
    // M/D/1 at half load: half a service time. M/M/1: a whole one (square is twice the mean's square).
    const constant = streamOf([{ count: 50, ms: 10 }], 1_000)
    expect(utilisation(constant)).toBeCloseTo(0.5)
    expect(mean(waitAtServer(constant)) / 5).toBeCloseTo(1, 1)
    expect(mean(waitAtServer({ rate: 0.05, mean: 10, square: 200 })) / 10).toBeCloseTo(1, 1)
  })

  test('at a server that never keeps up have no end', () => {
    expect(() => waitAtServer(streamOf([{ count: 100, ms: 11 }], 1_000))).toThrow(RangeError)
  })

  test('for a commit are none at rest, and half of one at most where all commits are alike', () => {
    const commit = [{ value: 8, weight: 1 }]
    expect(mean(waitForCommit(1e-9, commit).wait)).toBeCloseTo(0, 6)
    const busy = waitForCommit(10, commit)
    expect(mean(busy.wait)).toBeCloseTo(4, 1)
    expect(busy.commitsPerMs).toBeCloseTo(1 / 8, 3)
  })
})

test('a drain that the link cannot keep up with never ends', () => {
  const load = { outageMs: 60_000, rate: 0.1, rttMs: 40 }
  expect(drainOf({ ...load, drainRate: 1 }).recoveryMs).toBeGreaterThan(6_000)
  expect(drainOf({ ...load, drainRate: 0.1 }).recoveryMs).toBe(Number.POSITIVE_INFINITY)
})
