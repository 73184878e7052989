// Possible days follow the distributions that the event states, and one factor never touches another.
import { expect, test } from 'vitest'
import type { Ec2Pop, EventSpec, OutageStep, Spread, Uncertainty } from '../../infra/event/event.ts'
import { defaultUncertainty } from '../../infra/event/uncertainty-schema.ts'
import { eventWith, eventWithEverything, remoteVenue } from '../../infra/testing/events.ts'
import { endsOf } from '../monte-carlo/tornado.ts'
import { costFactorsOf, drawVariant, factorsOf, variantAt } from './draw-variant.ts'
import { normalQuantile } from './normal-quantile.ts'
import { type Ec2Venue, spotShareOf } from './spot-share.ts'
import { factorAt, offsetAt } from './spread.ts'

const step = (startS: number, durationS: number, venue = 'hall'): OutageStep => ({
  target: 'uplink',
  venue,
  startS,
  durationS,
  rehearseS: 25,
})
const outageOf = (...steps: OutageStep[]) => ({ name: 'cut', file: 'cut.yaml', steps })
const event = eventWith({ outage: outageOf(step(10_000, 300)) })
const unsure = (changes: Partial<Uncertainty>, of: EventSpec = event) => ({
  ...of,
  uncertainty: { ...defaultUncertainty, ...changes },
})
const seeds = Array.from({ length: 4_000 }, (_, i) => i + 1)
const share = (values: boolean[]) => values.filter(Boolean).length / values.length

test('quantiles of the normal distribution are those of tables', () => {
  // Source: Abramowitz and Stegun, table 26.5, and R's qnorm.
  for (const [p, z] of [
    [0.5, 0],
    [0.9, 1.2815515655446004],
    [0.975, 1.959963984540054],
    [0.001, -3.090232306167813],
    [1e-6, -4.753424308822899],
    [1e-20, -9.26234008979841],
  ] as const) {
    expect(normalQuantile(p)).toBeCloseTo(z, 12)
  }
  expect(() => normalQuantile(1)).toThrow(RangeError)
})

test('within means what the format says: all days, or eight in ten', () => {
  const within = (distribution: Spread['distribution']) => ({ distribution, within: 0.2 })
  for (const distribution of ['uniform', 'triangular'] as const) {
    expect(offsetAt(within(distribution), 1e-12)).toBeCloseTo(-0.2, 5)
    expect(offsetAt(within(distribution), 1 - 1e-12)).toBeCloseTo(0.2, 5)
    expect(offsetAt(within(distribution), 0.5)).toBe(0)
  }
  // A triangle has 1 − (1 − x)² / 2 of its area up to x of its upper half.
  expect(offsetAt(within('triangular'), 1 - 0.5 ** 2 / 2)).toBeCloseTo(0.1, 12)
  expect([0.1, 0.9].map((u) => factorAt(within('normal'), u))).toEqual([
    expect.closeTo(0.8, 12),
    expect.closeTo(1.2, 12),
  ])
  expect([0.1, 0.5, 0.9].map((u) => factorAt(within('lognormal'), u))).toEqual([
    expect.closeTo(1 / 1.2, 12),
    1,
    expect.closeTo(1.2, 12),
  ])
  expect(factorAt({ distribution: 'normal', within: 1 }, 1e-9)).toBe(0)
})

test('a seed draws one day for ever, and another seed another', () => {
  expect(drawVariant(event, 7)).toEqual(drawVariant(event, 7))
  expect(drawVariant(event, 7).factors).not.toEqual(drawVariant(event, 8).factors)
})

test('a factor that changes leaves every other draw as it was', () => {
  for (const seed of [1, 2, 3]) {
    const { attendance, ...others } = drawVariant(event, seed).factors
    const certain = unsure({ attendance: { distribution: 'uniform', within: 0 } })
    expect(drawVariant(certain, seed).factors).toEqual({ attendance: 1, ...others })
    const { engagement, ...rest } = drawVariant(
      unsure({ engagement: { distribution: 'normal', within: 0.6 } }),
      seed,
    ).factors
    expect(rest).toEqual({ attendance, ...others, engagement: undefined })
    expect(engagement).not.toBe(others.engagement)
  }
})

test('drawn days are spread as stated: eight in ten within, half above the plan', () => {
  const days = seeds.map((seed) => drawVariant(event, seed))
  const { attendance, engagement, outage } = defaultUncertainty
  // 4,000 draws: a share is off by more than 0.025 about once in ten thousand times.
  const close = (found: number, expected: number) => expect(Math.abs(found - expected)).toBeLessThan(0.025)
  close(share(days.map(({ factors }) => Math.abs(factors.attendance - 1) < attendance.within)), 0.8)
  close(
    share(
      days.map(({ factors }) => Math.abs(Math.log(factors.engagement)) < Math.log(1 + engagement.within)),
    ),
    0.8,
  )
  close(share(days.map(({ outages }) => (outages[0]?.durationS ?? 0) > 300)), 0.5)
  close(share(days.map(({ outages }) => (outages[0]?.startS ?? 0) > 10_000 + outage.start.within / 2)), 0.25)
  close(
    share(days.map((day) => (day.event.venues[0]?.attendees ?? 0) > 1_200 * (1 + attendance.within))),
    0.1,
  )
})

test('rates and attendees are those of the day, and the plan is left as it was', () => {
  const before = structuredClone(event)
  const { event: day, factors } = drawVariant(event, 3)
  expect(day.engagement.peak.vote).toBeCloseTo(event.engagement.peak.vote * factors.engagement, 12)
  expect(day.venues.map(({ attendees }) => attendees)).toEqual(
    event.venues.map(({ attendees }) => Math.round(attendees * factors.attendance)),
  )
  expect(day.outage?.steps).toEqual(drawVariant(event, 3).outages)
  expect(event).toEqual(before)
})

test('an outage happens as often as it is said to', () => {
  const cut = defaultUncertainty.outage
  const often = (probability: number) => {
    const of = unsure({ outage: { ...cut, probability } })
    return share(seeds.map((seed) => drawVariant(of, seed).event.outage !== null))
  }
  expect(often(1)).toBe(1)
  expect(often(0)).toBe(0)
  expect(Math.abs(often(0.3) - 0.3)).toBeLessThan(0.03)
})

test('an outage stays within its day, and two of one link never overlap', () => {
  const cut = {
    probability: 1,
    start: { distribution: 'uniform', within: 7_200 },
    duration: { distribution: 'lognormal', within: 1 },
  } as const
  const steps = [step(300, 900), step(1_500, 900), step(1_400, 600, 'remote'), step(28_000, 700)]
  const several = unsure({ outage: cut }, eventWith({ outage: outageOf(...steps) }))
  for (const seed of seeds.slice(0, 500)) {
    const { outages } = drawVariant(several, seed)
    for (const { startS, durationS } of outages) {
      expect(startS).toBeGreaterThanOrEqual(0)
      expect(durationS).toBeGreaterThanOrEqual(1)
      expect(startS + durationS).toBeLessThanOrEqual(several.dayS)
    }
    const hall = outages.filter(({ venue }) => venue === 'hall')
    for (const [i, { startS }] of hall.slice(1).entries()) {
      const before = hall[i] as OutageStep
      expect(before.startS + before.durationS).toBeLessThanOrEqual(startS)
    }
  }
})

test('spot machines are taken back at the rate that the share of a month says', () => {
  const everything = unsure(
    { spot: { ...defaultUncertainty.spot, interruptedPerMonth: 0.9 } },
    eventWithEverything(),
  )
  expect(factorsOf(everything)).toContain('spot/on-spot')
  const days = seeds.map((seed) => drawVariant(everything, seed).factors.spotInterruptions)
  expect(days.flat().every(({ venue, atS }) => venue === 'on-spot' && atS < 86_400)).toBe(true)
  // 730 h without an interruption are as probable as one in ten: 24 h as 0.1^(24/730).
  expect(Math.abs(share(days.map(({ length }) => length > 0)) - (1 - 0.1 ** (24 / 730)))).toBeLessThan(0.02)
  expect(factorsOf(event)).not.toContain('spot/remote')
})

test('without a stated share it is drawn evenly within the band of the type, the same for all its machines', () => {
  const onSpot = (name: string) => {
    const pop: Ec2Pop = { ...(remoteVenue().pop as Ec2Pop), instanceType: 't4g.large', policy: 'spot' }
    return remoteVenue({ name, pop })
  }
  const two = unsure({}, eventWith({ venues: [onSpot('one'), onSpot('two')] }))
  const { least, most, expected } = spotShareOf(two, two.venues[0] as Ec2Venue)
  const drawn = seeds.map((seed) => drawVariant(two, seed).factors.spotShares.map(({ perMonth }) => perMonth))
  expect(drawn.every(([one, other]) => one === other)).toBe(true)
  const places = drawn.map(([one = 0]) => (one - least) / (most - least))
  expect(Math.min(...places)).toBeGreaterThan(0)
  expect(Math.max(...places)).toBeLessThan(1)
  for (const tenth of [0.1, 0.5, 0.9])
    expect(Math.abs(share(places.map((place) => place < tenth)) - tenth)).toBeLessThan(0.025)
  expect(new Set(places).size).toBe(seeds.length)

  const planned = variantAt(two, new Map()).factors
  expect(planned.spotShares.map(({ perMonth }) => perMonth)).toEqual([expected, expected])
  expect(planned.spotInterruptions).toEqual([])
  const stated = { ...defaultUncertainty.spot, interruptedPerMonth: expected }
  const certain = drawVariant(unsure({ spot: stated }, two), 5).factors
  const { spotShares, spotInterruptions, ...others } = drawVariant(two, 5).factors
  expect(certain).toMatchObject(others)
  expect(certain.spotShares).toEqual(planned.spotShares)
})

test('the ends of a spot machine are never and in mid-day, whatever its type', () => {
  const everything = eventWithEverything()
  const at = (level: number) => variantAt(everything, new Map([['spot/on-spot', level]])).factors
  const [never, midDay] = endsOf('spot/on-spot', everything)
  expect(at(never).spotInterruptions).toEqual([])
  expect(at(midDay).spotInterruptions).toEqual([
    { venue: 'on-spot', atS: expect.closeTo(everything.dayS / 2, 6) },
  ])
})

test('only what can differ is a factor, and what is not drawn stands as planned', () => {
  expect(factorsOf(event)).toEqual(['attendance', 'engagement', 'outage-start', 'outage-duration', 'credits'])
  expect(factorsOf({ ...event, outage: null })).toEqual(['attendance', 'engagement', 'credits'])
  const { event: planned, factors } = variantAt(event, new Map())
  expect(planned).toEqual(event)
  expect(factors).toMatchObject({
    attendance: 1,
    engagement: 1,
    outageStartS: 0,
    outageDuration: 1,
    credits: 0.75,
  })
})

test('the spot price moves the cost of an event with spot machines, and no other draw', () => {
  const everything = eventWithEverything()
  expect(costFactorsOf(everything)).toEqual([...factorsOf(everything), 'spot-price'])
  expect(costFactorsOf(event)).toEqual(factorsOf(event))
  const price = { within: 0, distribution: 'lognormal' } as const
  const certain = unsure({ spot: { ...defaultUncertainty.spot, price } }, everything)
  expect(costFactorsOf(certain)).toEqual(factorsOf(everything))
  for (const seed of [1, 2, 3]) {
    const drawn = drawVariant(everything, seed)
    const { factors, ...day } = drawVariant(certain, seed)
    expect({ ...day, event: { ...day.event, uncertainty: everything.uncertainty } }).toEqual({
      event: drawn.event,
      outages: drawn.outages,
    })
    expect(factors).toEqual({ ...drawn.factors, spotPrice: 1 })
    expect(drawn.factors.spotPrice).not.toBe(1)
  }
})

test('an overrun is never below zero, at most what is stated, and its last segment goes on', () => {
  const overrun = { within: 1_800, distribution: 'uniform' } as const
  const late = unsure({ overrun })
  const drawn = seeds.map((seed) => drawVariant(late, seed).factors.overrunS)
  expect(drawn.every((s) => s >= 0 && s <= 1_800 && s % 60 === 0)).toBe(true)
  expect(drawn.reduce((sum, s) => sum + s, 0) / drawn.length / 60).toBeCloseTo(15, 0)
  const day = variantAt(late, new Map([['overrun', 0.5]])).event
  expect(day.dayS).toBe(event.dayS + 900)
  expect(day.runOfShow.at(-1)?.durationS).toBe((event.runOfShow.at(-1)?.durationS ?? 0) + 900)
  expect(day.arrivals.perMinute).toEqual([...event.arrivals.perMinute, ...new Array(15).fill(0)])
  expect(variantAt(late, new Map()).event.dayS).toBe(event.dayS)
  const allNight = unsure({ overrun: { within: 43_200, distribution: 'normal' } }, { ...event, dayS: 80_000 })
  expect(variantAt(allNight, new Map([['overrun', 0.999]])).event.dayS).toBeLessThanOrEqual(86_400)
})
