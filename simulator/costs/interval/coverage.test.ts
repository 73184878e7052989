// How often bills fall where the interval says, on histories that share no code with it.
import { beforeAll, expect, test } from 'vitest'
import type { EventSpec } from '../../../infra/event/event.ts'
import { recordGraph } from '../../../infra/resource-graph.ts'
import { eventWith, remoteVenue } from '../../../infra/testing/events.ts'
import type { Scenario } from '../../scenario.ts'
import { testCalibration } from '../../testing/calibration.ts'
import { readTopology } from '../../topology.ts'
import { IRELAND, resource } from '../testing/fixtures.ts'
import { CostDraws } from './cost-draws.ts'
import { costInterval } from './cost-interval.ts'
import type { CostInterval } from './interval-result.ts'
import { billOfHistory, HISTORY } from './testing/history.ts'

const HISTORIES = 400
const RUNS = 1_000

function eventOf(within: { attendance: number; engagement: number }): EventSpec {
  const rates = { chat: HISTORY.chatsPerMinute, vote: 0, page: HISTORY.pagesPerMinute }
  const planned = eventWith()
  return {
    ...planned,
    days: HISTORY.days,
    engagement: { idle: rates, low: rates, medium: rates, high: rates, peak: rates },
    venues: [remoteVenue({ attendees: HISTORY.attendees, stayS: null })],
    page: { images: HISTORY.imagesPerPage, imageWidth: 640 },
    uncertainty: {
      ...planned.uncertainty,
      attendance: { distribution: 'normal', within: within.attendance },
      engagement: { distribution: 'lognormal', within: within.engagement },
    },
  }
}

/** The components of the event, and of its resources a machine with its disk and the CDN. */
async function intervalOf(event: EventSpec): Promise<CostInterval> {
  const recorded = await recordGraph(event)
  const components = recorded.resources.filter(({ type }) => type.startsWith('micropop:'))
  const pop = components.find(({ type }) => type.endsWith('VenuePop'))
  const machine = resource('machine', 'aws:ec2/instance:Instance', {
    instanceType: 't3.medium',
    creditSpecification: { cpuCredits: 'standard' },
    associatePublicIpAddress: false,
    rootBlockDevice: { volumeSize: HISTORY.diskGib, volumeType: 'gp3' },
  })
  const cdn = resource('cdn', 'aws:cloudfront/distribution:Distribution', { priceClass: 'PriceClass_100' })
  const graph = {
    ...recorded,
    resources: [...components, { ...machine, parent: pop?.urn ?? null }, cdn],
  }
  const scenario: Scenario = { event, graph, topology: readTopology(graph) }
  return costInterval({
    event,
    draws: new CostDraws(scenario, testCalibration, IRELAND),
    runs: RUNS,
    seed: 1,
    budget: null,
    unpriced: false,
    days: null,
  })
}

/** P(X ≤ k) and P(X ≥ k) of a binomial X, the smaller doubled: how improbable so few or so many are. */
function binomialTest(k: number, n: number, p: number): number {
  let log = n * Math.log(1 - p)
  let [atMost, before] = [0, 0]
  for (let i = 0; i <= k; i++) {
    if (i > 0) log += Math.log((n - i + 1) / i) + Math.log(p / (1 - p))
    before = atMost
    atMost += Math.exp(log)
  }
  return Math.min(1, 2 * Math.min(atMost, 1 - before))
}

const usdAt = ({ quantiles }: CostInterval, p: number) =>
  Number(quantiles.find((of) => of.p === p)?.value) / 1e12
const bills = Array.from({ length: HISTORIES }, (_, seed) => billOfHistory(seed + 1))
const insideOf = (of: CostInterval) =>
  bills.filter((bill) => bill >= usdAt(of, 0.1) && bill <= usdAt(of, 0.9)).length

let interval: CostInterval
beforeAll(async () => {
  interval = await intervalOf(
    eventOf({ attendance: HISTORY.attendanceWithin, engagement: HISTORY.engagementWithin }),
  )
})

test('the binomial test knows a fair coin', () => {
  // 15 heads or more of 20: 21,700 of 1,048,576 ways; doubled 0.0414 (R, binom.test(15, 20)).
  expect(binomialTest(15, 20, 0.5)).toBeCloseTo(0.0414, 4)
  expect(binomialTest(10, 20, 0.5)).toBe(1)
})

test('of bills of independent histories eight in ten fall in P10 to P90, all but one in a hundred under P99', () => {
  const inside = insideOf(interval)
  const under = bills.filter((bill) => bill <= usdAt(interval, 0.99)).length
  expect(binomialTest(inside, HISTORIES, 0.8), `${inside} of ${HISTORIES} inside`).toBeGreaterThan(0.01)
  expect(binomialTest(under, HISTORIES, 0.99), `${under} of ${HISTORIES} under`).toBeGreaterThan(0.01)
})

test('an interval that forgets an uncertainty is found out', async () => {
  const narrow = await intervalOf(eventOf({ attendance: HISTORY.attendanceWithin, engagement: 0 }))
  expect(binomialTest(insideOf(narrow), HISTORIES, 0.8)).toBeLessThan(1e-6)
})
