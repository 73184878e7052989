// The cheapest way of buying of a real event, through real graphs, prices, formulas and twin.
import { beforeAll, expect, test } from 'vitest'
import type { Ec2Pop, EventSpec } from '../../infra/event/event.ts'
import { loadEvent } from '../../infra/event/load.ts'
import { testCalibration } from '../testing/calibration.ts'
import { plan } from './plan.ts'
import type { PlanResult } from './plan-result.ts'

const TIMEOUT_MS = 300_000
const stand = loadEvent('scenarios/events/pop-up-stand.yaml')
/** With capacity reserved there are the fewest ways of buying. Two days can show its target: 2 / (2 + 2.706) = 0.42. */
const easy: EventSpec = {
  ...stand,
  uncertainty: { ...stand.uncertainty, target: 0.4 },
  venues: stand.venues.map((venue) => ({
    ...venue,
    pop: { ...(venue.pop as Ec2Pop), policy: 'reserved', creditMode: 'unlimited' },
  })),
}
const options = { firstSeed: 1, seeds: 2, calibration: testCalibration, threads: 2 }

let result: PlanResult
beforeAll(async () => {
  result = await plan(easy, options)
}, TIMEOUT_MS)

test('the chosen meets every level and costs no more than the event as it is', () => {
  expect(result).toMatchObject({ own: { outcome: 'met' }, chosen: { outcome: 'met' } })
  expect(result.chosen?.cost).toBeLessThanOrEqual(result.own.cost)
  const [venue] = result.venues
  const chosen = venue?.finalists[venue.chosen ?? -1]
  expect(chosen?.cost).toBe(result.chosen?.cost)
  expect(venue?.finalists.slice(0, venue.chosen ?? 0).every(({ outcome }) => outcome !== 'met')).toBe(true)
})

test('finalists are cheapest first, none is beaten by another, each has both answers on common seeds', () => {
  const [venue] = result.venues
  const costs = venue?.finalists.map(({ cost }) => cost) ?? []
  expect(costs).toEqual(costs.toSorted((a, b) => Number(a - b)))
  for (const { dominated, own, twin, formulas, days } of venue?.finalists ?? []) {
    expect(dominated && !own).toBe(false)
    expect(days).toBe(2)
    expect(twin.ackP99Ms).toBeGreaterThan(0)
    expect(formulas?.ackP99Ms).toBeGreaterThan(0)
  }
})

test('every way of buying is chosen from, left out with a reason, or told as beaten', () => {
  const [venue] = result.venues
  const { unpriced = 0, missedByFormulas = 0, outsideFormulas = 0 } = venue?.leftOut ?? {}
  expect((venue?.points.length ?? 0) + unpriced + missedByFormulas + outsideFormulas).toBe(venue?.searched)
})

test('levels that nothing meets leave nothing chosen, with the nearest at hand', {
  timeout: TIMEOUT_MS,
}, async () => {
  // None of two days leaves at most 2.706 / (2 + 2.706) = 0.58.
  const strict = { ...stand, serviceLevels: { ...stand.serviceLevels, pageP50Ms: 1 }, venues: easy.venues }
  const none = await plan(strict, options)
  expect(none).toMatchObject({ chosen: null, own: { outcome: 'missed' } })
  expect(none.venues[0]?.finalists.map(({ own }) => own)).toEqual([true])
  expect(none.venues[0]?.leftOut.missedByFormulas).toBeGreaterThan(0)
})
