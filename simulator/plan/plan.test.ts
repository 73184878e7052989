// The cheapest way of buying of a real event, through real graphs, prices, formulas and twin.
import { beforeAll, expect, test } from 'vitest'
import type { Ec2Pop, EventSpec, K3sPop, Venue } from '../../infra/event/event.ts'
import { loadEvent } from '../../infra/event/load.ts'
import { loadPriceBook } from '../costs/price-book.ts'
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
const options = { firstSeed: 1, seeds: 2, calibration: testCalibration, book: loadPriceBook(), threads: 2 }

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
  // None of four days leaves at most 2.706 / (4 + 2.706) = 0.40; 5 / (5 + 2.706) = 0.65 is what five could show.
  const serviceLevels = { ...stand.serviceLevels, pageP50Ms: 1 }
  const uncertainty = { ...stand.uncertainty, target: 0.6 }
  const none = await plan({ ...easy, serviceLevels, uncertainty }, { ...options, seeds: 5 })
  expect(none).toMatchObject({ chosen: null, own: { outcome: 'missed' } })
  expect(none.venues[0]?.finalists.map(({ own }) => own)).toEqual([true])
  expect(none.venues[0]?.leftOut.missedByFormulas).toBeGreaterThan(0)
})

test('a venue without a choice gets a few days and does not decide', { timeout: TIMEOUT_MS }, async () => {
  const [searched] = easy.venues as [Venue]
  const { queueBytes, encryptQueue, https, reconnectMs, statedDisk } = searched.pop
  const pop: K3sPop = {
    ...{ platform: 'k3s', cores: 4, memoryBytes: 16e9, node: null, storageClass: null, ingress: null },
    ...{ rentPerDay: null, queueBytes, encryptQueue, https, reconnectMs, statedDisk },
  }
  const box: Venue = { ...searched, name: 'box', placement: 'on-site', pop }
  const { venues, chosen } = await plan({ ...easy, venues: [box, searched] }, options)
  expect(venues.map(({ judged }) => judged)).toEqual([false, true])
  expect(venues[0]?.finalists).toMatchObject([{ own: true, days: 4 }])
  expect(chosen?.levels.map(({ days }) => days)).toEqual(
    venues[1]?.finalists[0]?.levels.map(({ days }) => days),
  )
  expect(chosen?.binds?.venue).toBe(searched.name)
})

test('days that cannot show the target, whatever they bring, are refused with the number that can', async () => {
  const few = plan(stand, { ...options, seeds: 51 })
  await expect(few).rejects.toMatchObject({
    code: 'MP_SEEDS_TOO_FEW',
    exitCode: 2,
    remedy: expect.stringContaining('--seeds 52'),
  })
})
