// The interval: priced as the forecast prices, the same for the same seed, honest about budget and range.
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { eventWith, eventWithEverything, hallVenue, remoteVenue } from '../../../infra/testing/events.ts'
import type { DayFigures } from '../../monte-carlo/run-day.ts'
import { openScenario, type Scenario } from '../../scenario.ts'
import { surrogateUsage } from '../../surrogate/surrogate.ts'
import { testCalibration } from '../../testing/calibration.ts'
import { drawVariant } from '../../uncertainty/draw-variant.ts'
import { forecast } from '../forecast.ts'
import { loadPriceBook } from '../price-book.ts'
import { spotMarketAt } from '../spot-market.ts'
import { CostDraws } from './cost-draws.ts'
import { costInterval, overBudget } from './cost-interval.ts'
import { rankCorrelation } from './rank-correlation.ts'
import { Repricer } from './repricer.ts'

const book = loadPriceBook()
const USD = 10n ** 12n

let everything: Scenario
let summit: Scenario
beforeAll(async () => {
  const discounts = [
    { service: 'ec2', share: 0.12 },
    { service: 'all', share: 0.05 },
  ] as const
  const finance = { costCentre: null, vat: 0.23, discounts: [...discounts] }
  everything = await openScenario({ ...eventWithEverything(), finance })
  summit = await openScenario(eventWith())
})

const draws = (scenario: Scenario) => new CostDraws(scenario, testCalibration, book)
const options = (scenario: Scenario) => {
  return { event: scenario.event, draws: draws(scenario), seed: 1, unpriced: false, days: null }
}

test('a repriced graph costs what its forecast does, to the pico-dollar, whatever is used', () => {
  const { graph, event } = everything
  const planned = surrogateUsage(graph, event, testCalibration)
  const repricer = new Repricer(graph, event, planned, book)
  for (const factor of [0, 0.3, 1, 7, 40_000]) {
    const usages = planned.map((usage) => ({ ...usage, quantity: usage.quantity * factor }))
    expect(repricer.total(usages)).toBe(forecast(graph, event, usages, book).total)
  }
})

test('so it does where spot machines cost more, and the show runs over', () => {
  const { graph, event } = everything
  const late = { ...event, dayS: event.dayS + 2_700 }
  const planned = surrogateUsage(graph, late, testCalibration)
  const repricer = new Repricer(graph, late, planned, book)
  for (const factor of [0.5, 1, 1.37]) {
    const market = spotMarketAt(factor, book)
    expect(repricer.total(planned, factor)).toBe(forecast(graph, late, planned, market).total)
  }
})

test('without a spread of the spot price every bill is what it was, and with one only spot hours move', () => {
  const { event } = everything
  const { spot } = event.uncertainty
  const certainly = (within: number) => {
    const price = { ...spot.price, within }
    return { ...event, uncertainty: { ...event.uncertainty, spot: { ...spot, price } } }
  }
  const bills = draws(everything)
  // A day of an event that has its price of the book by definition: no factor of it is drawn.
  const before = (seed: number) => {
    const day = drawVariant(event, seed)
    return { ...day, factors: { ...day.factors, spotPrice: 1 } }
  }
  const hours = forecast(everything.graph, event, [], book)
    .lines.filter(({ rateId }) => rateId?.endsWith('.spot'))
    .reduce((sum, { amount }) => sum + amount, 0n)
  expect(hours).toBeGreaterThan(0n)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
      const old = bills.draw(before(seed)).total
      expect(bills.draw(drawVariant(certainly(0), seed)).total).toBe(old)
      const day = drawVariant(certainly(0.55), seed)
      const moved = bills.draw(day).total - old
      expect(Number(moved) / Number(hours)).toBeCloseTo(day.factors.spotPrice - 1, 5)
    }),
    { numRuns: 50 },
  )
})

test('spot price and overrun stand among what drives the cost of an event that has them, and of no other', () => {
  const overrun = { within: 3_600, distribution: 'uniform' } as const
  const { event } = everything
  const late = { ...event, uncertainty: { ...event.uncertainty, overrun } }
  const of = { ...options(everything), runs: 50, budget: null }
  const drivers = (more: object) => costInterval({ ...of, ...more }).drivers
  const found = drivers({ event: late })
  const by = (factor: string) => found.find((driver) => driver.factor === factor)
  expect(by('overrun')).toMatchObject({ low: { at: 360 }, high: { at: 3_240 } })
  expect(by('spot-price')?.high.at).toBeCloseTo(1.55, 12)
  for (const factor of ['overrun', 'spot-price']) {
    expect((by(factor)?.high.value ?? 0n) > (by(factor)?.low.value ?? 0n)).toBe(true)
    expect(by(factor)?.correlation).toBeGreaterThan(0.05)
  }
  const plain = costInterval({ ...options(summit), runs: 20, budget: null }).drivers
  expect(plain.map(({ factor }) => factor).sort()).toEqual(['attendance', 'credits', 'engagement'])
})

test('a day is priced with the machines that were planned and the people who come', () => {
  const { graph, event } = summit
  const variant = drawVariant(event, 7)
  // As planned but for attendance: the graph says how many the components were told of.
  const attended = {
    ...graph,
    resources: graph.resources.map((node) => {
      const venue = variant.event.venues.find(({ name }) => name === node.inputs.venue)
      return venue ? { ...node, inputs: { ...node.inputs, attendees: venue.attendees } } : node
    }),
  }
  const usages = surrogateUsage(attended, variant.event, testCalibration).filter(
    // Credits left at the start differ too.
    ({ meter }) => meter !== 'cpu-surplus-credits',
  )
  const drawn = draws(summit).draw(variant).total
  const priced = forecast(attended, variant.event, usages, book).total
  const surplus = drawn - priced
  expect(surplus).toBeGreaterThanOrEqual(0n)
  expect(surplus).toBeLessThan(USD)
})

test('the same seed gives the same interval, quantiles ascend within their bounds', () => {
  const of = { ...options(summit), runs: 200, budget: null }
  const result = costInterval(of)
  expect(costInterval(of)).toEqual(result)
  expect(costInterval({ ...of, seed: 2 }).quantiles).not.toEqual(result.quantiles)
  const values = result.quantiles.map(({ value }) => value)
  expect(values).toEqual(values.toSorted((a, b) => Number(a - b)))
  for (const { value, low, high } of result.quantiles) {
    expect(low === null || low <= value).toBe(true)
    expect(high === null || high >= value).toBe(true)
  }
  // Two hundred draws cannot bound P99 from above: 0.99^200 = 0.134 is more than 0.025.
  expect(result.quantiles.at(-1)?.high).toBeNull()
  expect(result.over).toBeNull()
})

test('what drives the cost comes first, and what moves nothing has no width', () => {
  const { drivers } = costInterval({ ...options(summit), runs: 200, budget: null })
  const [first] = drivers
  expect(['attendance', 'engagement']).toContain(first?.factor)
  expect(first?.correlation).toBeGreaterThan(0.5)
  expect((first?.high.value ?? 0n) > (first?.low.value ?? 0n)).toBe(true)
})

test('a budget is judged beyond the interval of its chance', () => {
  const totals = (over: number) => Array.from({ length: 100 }, (_, i) => (i < over ? 11n : 10n))
  const outcome = (over: number, unpriced = false) => overBudget(totals(over), 10n, unpriced).outcome
  // Wilson at 95 %: of 100, 41 reach up to 0.508, 39 up to 0.488; 61 down to 0.512.
  expect([outcome(0), outcome(39), outcome(41), outcome(59), outcome(61), outcome(100)]).toEqual([
    'within',
    'within',
    'inconclusive',
    'inconclusive',
    'over',
    'over',
  ])
  expect([outcome(0, true), outcome(61, true)]).toEqual(['unknown', 'over'])
})

test('beyond what the formulas were compared with it is said, and the forecast stands', async () => {
  const venues = [hallVenue({ attendees: 2_300 }), remoteVenue()]
  const crowd = await openScenario(eventWith({ venues }))
  const { outside, quantiles } = costInterval({ ...options(crowd), runs: 100, budget: null })
  expect(outside).toHaveLength(1)
  expect(outside[0]?.what).toMatch(/^sessions at one venue: \d+, compared up to 2400$/)
  expect(outside[0]?.runs).toBeGreaterThan(1)
  expect(outside[0]?.runs).toBeLessThan(100)
  expect(quantiles).toHaveLength(4)
})

test('what the twin counted takes the place of the formulas', () => {
  const { event, topology } = summit
  const remote = topology.venues.find(({ venue }) => venue === 'remote')
  const counted = (gb: number): DayFigures['usage'] => [
    { urn: remote?.urn ?? '', meter: 'attendee-egress', quantity: gb, unit: 'GB' },
  ]
  const at = (gb: number) => draws(summit).draw(drawVariant(event, 1), counted(gb)).total
  // Above the 100 GB that are free: 107.3741824 GB are 100 of 2^30 bytes, at 0.09 USD.
  expect(at(307.3741824) - at(200)).toBe(9n * USD)
})

test('rank correlation sees order only', () => {
  expect(rankCorrelation([1, 2, 3, 4], [1n, 10n, 100n, 1000n])).toBe(1)
  expect(rankCorrelation([1, 2, 3], [3, 2, 1])).toBe(-1)
  expect(rankCorrelation([1, 2, 3], [5, 5, 5])).toBeNull()
  // Ranks 1.5, 1.5, 3 against 1, 2, 3: 1.5 / √(1.5 × 2).
  expect(rankCorrelation([1, 1, 2], [1, 2, 3])).toBeCloseTo(0.866, 3)
})
