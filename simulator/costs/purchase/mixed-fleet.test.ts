// The cheapest mix: by hand where a year's use pays for one reservation, and never dearer than a pure way of buying.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Ec2Pop, EventSpec } from '../../../infra/event/event.ts'
import { defaultUncertainty } from '../../../infra/event/uncertainty-schema.ts'
import { remoteVenue } from '../../../infra/testing/events.ts'
import { bookOf, eventFor } from '../testing/fixtures.ts'
import { comparePolicies } from './compare-policies.ts'

const MILLI = 1_000_000_000n
const rows = (spot: string, reserved: string) => [
  'ec2.t3.medium.on-demand 0.1 hour',
  `ec2.t3.medium.spot ${spot} hour`,
  `ec2.t3.medium.reserved-1y-no-upfront ${reserved} hour`,
  'ec2.surplus-credits.t3 0.05 vCPU-hour',
]
const START = Date.parse('2026-06-10T08:00:00Z')
const HOUR_MS = 3_600_000
function event(startH: number, hours: number, more: Partial<EventSpec> = {}): EventSpec {
  const remote = remoteVenue()
  const venues = [{ ...remote, pop: { ...(remote.pop as Ec2Pop), standby: null } }]
  const spot = { ...defaultUncertainty.spot, interruptedPerMonth: 0.2 }
  const uncertainty = { ...defaultUncertainty, spot }
  const from = new Date(START + startH * HOUR_MS).toISOString()
  return eventFor(from, hours, { region: 'eu-west-1', venues, sponsors: [], uncertainty, ...more })
}
const mixOf = (events: EventSpec[], book = bookOf(...rows('0.09', '0.02'))) =>
  comparePolicies('some', events, book).policies.find(({ policy }) => policy === 'mixed-cheapest')

/** Interrupted so often, and earning so much, that spot does not pay. */
const earning = {
  sponsors: [
    {
      ...{ name: 'acme', perUserSecond: MILLI, minimum: null, cap: null },
      ...{ venues: null, segments: null, reach: 1 },
    },
  ],
}

test('half a year of one machine, ten hours of three: one reserved, one on demand, one on spot', () => {
  const events = [event(0, 4_380, earning), event(100, 10, earning), event(100, 10)]
  const mix = mixOf(events)
  expect(mix?.label).toBe('cheapest mix: 1 on demand + 1 spot + 1 reserved (reserved 1 y, no upfront)')
  // 8,760 h × 0.02 = 175.2, 10 h × 0.1 = 1, 10 h × 0.09 = 0.9: 177.1 USD. All on demand are 440.
  expect(mix?.cash).toBe(177_100n * MILLI)
  expect(mix?.utilisation).toBeCloseTo(0.5, 9)
})

test('a type without a price on spot and without a reservation is bought on demand', () => {
  const mix = mixOf([event(0, 10)], bookOf('ec2.t3.medium.on-demand 0.1 hour'))
  expect(mix).toMatchObject({ cash: 1_000n * MILLI, committed: 0, missing: [], interruptions: 0 })
  expect(mix?.label).toBe('cheapest mix: 1 on demand + 0 spot + 0 reserved')
})

test('a type without a price on demand has no mix', () => {
  expect(mixOf([event(0, 10)], bookOf('ec2.t3.medium.spot 0.1 hour'))).toBeUndefined()
})

test('cash and risk are never above those of a way that is priced, with the surplus of credits left aside', () => {
  const use = fc.record({
    startH: fc.integer({ min: 0, max: 2_000 }),
    hours: fc.integer({ min: 1, max: 6_000 }),
    earns: fc.boolean(),
  })
  const price = fc.integer({ min: 1, max: 120 }).map((n) => `0.${String(n).padStart(3, '0')}`)
  fc.assert(
    fc.property(fc.array(use, { minLength: 1, maxLength: 6 }), price, price, (uses, spot, reserved) => {
      const events = uses.map(({ startH, hours, earns }) => event(startH, hours, earns ? earning : {}))
      const { policies } = comparePolicies('some', events, bookOf(...rows(spot, reserved)))
      const total = ({ cash, risk }: (typeof policies)[number]) => (cash ?? 0n) + (risk ?? 0n)
      const mix = policies.find(({ policy }) => policy === 'mixed-cheapest')
      if (!mix) return expect.unreachable()
      for (const way of policies.filter(({ cash }) => cash !== null)) {
        expect(total(mix), way.policy).toBeLessThanOrEqual(total(way))
      }
      expect(mix.months.reduce((sum, flow) => sum + flow.cash, 0n)).toBe(mix.cash)
    }),
    { numRuns: 60 },
  )
})
