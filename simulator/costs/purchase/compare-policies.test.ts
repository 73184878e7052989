// Ways of buying by hand arithmetic: one event, a calendar with an overlap, cancelled events, holes.
import { describe, expect, test } from 'vitest'
import type { Ec2Pop } from '../../../infra/event/event.ts'
import { defaultUncertainty } from '../../../infra/event/uncertainty-schema.ts'
import { remoteVenue } from '../../../infra/testing/events.ts'
import { type PriceBook, parseRates } from '../price-book.ts'
import { eventFor } from '../testing/fixtures.ts'
import { comparePolicies } from './compare-policies.ts'

const USD = 1_000_000_000_000n
const MILLI = USD / 1_000n
const usual = (rows: string[]): PriceBook => {
  const header = 'region,rate,price_usd,unit,tier_from,tier_to,source,source_date'
  const lines = rows.map((row) => `eu-west-1,ec2.t3.medium.${row},hour,0,,by-hand,2026-01-02`)
  lines.push('eu-west-1,ec2.surplus-credits.t3,0.05,vCPU-hour,0,,by-hand,2026-01-02')
  const rates = parseRates([header, ...lines].join('\n'), 'test.csv')
  return { date: '2026-01-02', rate: (region, id) => rates.get(`${region} ${id}`) ?? null }
}
const book = usual([
  'on-demand,0.1',
  'spot,0.04',
  'reserved-1y-no-upfront,0.06',
  'reserved-1y-partial-upfront,0.05',
  'reserved-1y-all-upfront,0.04',
])
const venue = (pop: Partial<Ec2Pop> = {}) => {
  const remote = remoteVenue()
  return { ...remote, pop: { ...(remote.pop as Ec2Pop), ...pop } }
}
/** A fifth of spot machines a month, whatever their type. */
const spot = { ...defaultUncertainty.spot, interruptedPerMonth: 0.2 }
const uncertainty = { ...defaultUncertainty, spot }
const event = (from: string, hours = 10, pop: Partial<Ec2Pop> = {}) =>
  eventFor(from, hours, { region: 'eu-west-1', venues: [venue(pop)], sponsors: [], uncertainty })

function by(policies: ReturnType<typeof comparePolicies>['policies'], policy: string) {
  const found = policies.find((each) => each.policy === policy)
  if (!found) throw new Error(`no ${policy}`)
  return found
}

describe('one event of 10 hours with one machine at 0.1 USD', () => {
  const { policies, draws } = comparePolicies('one', [event('2026-06-10T08:00:00Z')], book)

  test('on demand: 10 × 0.1 = 1 USD, nothing up front', () => {
    expect(by(policies, 'on-demand')).toMatchObject({ upfront: 0n, attributed: USD, cash: USD, risk: 0n })
    expect(draws).toBeNull()
  })
  test('1 y no upfront: 8,760 × 0.06 = 525.6 USD are paid, 10 × 0.06 = 0.6 of them for the event', () => {
    const reserved = by(policies, 'reserved-1y-no-upfront')
    expect(reserved).toMatchObject({ upfront: 0n, attributed: 600n * MILLI, cash: 525_600n * MILLI })
    // 525.6 USD at 1 USD an event day on demand: cheaper from day 526 on, which a year of 365 days does not have.
    expect(reserved).toMatchObject({ breakEvenDays: 526, termDays: 365, committed: 1 })
    expect(reserved.utilisation).toBeCloseTo(10 / 8_760, 12)
  })
  test('1 y partial upfront: half of 8,760 × 0.05 = 438 USD on the first day, the whole of all upfront', () => {
    expect(by(policies, 'reserved-1y-partial-upfront').upfront).toBe(219n * USD)
    expect(by(policies, 'reserved-1y-all-upfront').upfront).toBe(350_400n * MILLI)
  })
  test('unlimited credits: busy for 10 h, 2 vCPUs spend 1,200 and earn 240: 960 / 60 = 16 vCPU-hours × 0.05 = 0.8 USD', () => {
    expect(by(policies, 'burstable-unlimited')).toMatchObject({ cash: USD, risk: 800n * MILLI })
  })
  test('what the price book lacks has no amount and is named', () => {
    expect(by(policies, 'savings-plan-1y-no-upfront')).toMatchObject({
      cash: null,
      missing: ['ec2.t3.medium.savings-plan-1y-no-upfront for eu-west-1'],
    })
    expect(by(policies, 'reserved-3y-no-upfront').cash).toBeNull()
  })
})

test('spot: 10 × 0.04 USD, and the risk of losing five minutes of sponsors and a minute on demand', () => {
  const sponsors = [
    {
      name: 'acme',
      perUserSecond: MILLI,
      minimum: null,
      cap: null,
      venues: null,
      segments: null,
      reach: 0.5,
    },
  ]
  const one = { ...event('2026-06-10T08:00:00Z'), sponsors }
  const spot = by(comparePolicies('one', [one], book).policies, 'spot')
  expect(spot.cash).toBe(400n * MILLI)
  // 20 % in a month of 730 h: −ln 0.8 × 10 / 730 = 0.003056761 interruptions. Each: 800 people × 0.5 × 0.001 USD
  // × 300 s = 120 USD, and 60 s × 0.1 USD / 3,600 = 0.001666667 USD: 0.003056761 × 120.001666… = 0.3668164…
  expect(spot.interruptions).toBeCloseTo(0.003056761, 9)
  expect(Number(spot.risk) / 1e12).toBeCloseTo(0.3668164, 6)
})

describe('a calendar of four events of 10 hours, two of which overlap', () => {
  const calendar = [
    event('2026-06-10T08:00:00Z'),
    event('2026-06-10T12:00:00Z'),
    event('2026-07-10T08:00:00Z'),
    event('2026-08-10T08:00:00Z'),
  ]
  const result = comparePolicies('year', calendar, book)

  test('two machines at once, 40 hours in all', () => {
    expect(result.pools).toEqual([
      { region: 'eu-west-1', instanceType: 't3.medium', discount: 0, peak: 2, hours: 40 },
    ])
    expect(by(result.policies, 'reserved-1y-no-upfront')).toMatchObject({
      committed: 2,
      cash: 1_051_200n * MILLI,
    })
  })
  test('mixed: one reserved, 525.6 USD, and the 6 overlapping hours on demand, 0.6 USD', () => {
    const mixed = by(result.policies, 'mixed-reserved')
    expect(mixed.cash).toBe(526_200n * MILLI)
    // 34 hours × 0.06 + 6 × 0.1
    expect(mixed.attributed).toBe(2_640n * MILLI)
    expect(mixed.utilisation).toBeCloseTo(34 / 8_760, 12)
  })
  test('cash by month sums to the cash, and amortised to the same', () => {
    for (const { cash, months } of result.policies.filter((policy) => policy.cash !== null)) {
      expect(months.reduce((sum, flow) => sum + flow.cash, 0n)).toBe(cash)
      expect(months.reduce((sum, flow) => sum + flow.amortised, 0n)).toBe(cash)
    }
    expect(by(result.policies, 'on-demand').months).toEqual([
      { month: '2026-06', cash: 2n * USD, amortised: 2n * USD },
      { month: '2026-07', cash: USD, amortised: USD },
      { month: '2026-08', cash: USD, amortised: USD },
    ])
  })
  test('of four equal events two are left: on demand 2 USD, spot 0.8, so regrets are 1.2 and 525.6 × 2 − 0.8', () => {
    // The sliver of a spot machine's risk: 2 × 0.003056761 × 0.001666667 USD = 0.0000102.
    const regret = (policy: string) => Number(by(result.policies, policy).regret?.worst) / 1e12
    expect(regret('on-demand')).toBeCloseTo(1.2, 4)
    expect(regret('reserved-1y-no-upfront')).toBeCloseTo(1_050.4, 4)
    expect(by(result.policies, 'spot').regret).toEqual({ expected: 0n, worst: 0n })
  })
  test('the same seed draws the same', () => {
    expect(comparePolicies('year', calendar, book)).toEqual(result)
  })
})

test('a standby on spot takes no service with it: 1 USD on demand and 0.4 USD on spot', () => {
  const { policies } = comparePolicies('one', [event('2026-06-10T08:00:00Z', 10, { standby: 'warm' })], book)
  expect(by(policies, 'mixed-spot-standby')).toMatchObject({ cash: 1_400n * MILLI, missedLevels: 0 })
})

test('an event without machines on EC2 costs nothing and divides by nothing', () => {
  const result = comparePolicies('none', [eventFor('2026-06-10T08:00:00Z', 10, { venues: [] })], book)
  expect(by(result.policies, 'on-demand')).toMatchObject({ cash: 0n, months: [] })
  expect(result.pools).toEqual([])
})

describe('10 % off EC2 and 20 % off all else', () => {
  const finance = {
    ...event('2026-06-10T08:00:00Z').finance,
    discounts: [
      { service: 'ec2' as const, share: 0.1 },
      { service: 'all' as const, share: 0.2 },
    ],
  }
  const agreed = { ...event('2026-06-10T08:00:00Z'), finance }

  test('comes off every way of buying EC2: 0.9, 0.36 and 473.04 USD, and 0.72 of surplus at most', () => {
    const { policies } = comparePolicies('one', [agreed], book)
    expect(by(policies, 'on-demand').cash).toBe(900n * MILLI)
    expect(by(policies, 'spot').cash).toBe(360n * MILLI)
    expect(by(policies, 'reserved-1y-no-upfront').cash).toBe(473_040n * MILLI)
    expect(by(policies, 'burstable-unlimited').risk).toBe(720n * MILLI)
  })
  test('machines that are paid at another discount do not stand in for each other', () => {
    const { pools } = comparePolicies('two', [agreed, event('2026-07-10T08:00:00Z')], book)
    expect(pools.map(({ discount, peak }) => [discount, peak])).toEqual([
      [0.1, 1],
      [0, 1],
    ])
  })
})

test('of spot, five minutes away is a missed level where recovery may take 60 s, and none where it may take 600', () => {
  const levels = (recoveryS: number) => {
    const one = event('2026-06-10T08:00:00Z')
    const late = { ...one, serviceLevels: { ...one.serviceLevels, recoveryS } }
    return by(comparePolicies('one', [late], book).policies, 'spot').missedLevels
  }
  expect(levels(60)).toBeCloseTo(0.003056761, 9)
  expect(levels(600)).toBe(0)
})

test('without a stated share each machine is taken back as often as its own type is', () => {
  const byType = (pop: Partial<Ec2Pop>) => {
    const one = { ...event('2026-06-10T08:00:00Z', 10, pop), uncertainty: defaultUncertainty }
    const { policies, spotShares } = comparePolicies('one', [one], book)
    return { interruptions: by(policies, 'spot').interruptions, spotShares }
  }
  // The middle of 0 to 5 %: −ln 0.975 × 10 / 730.
  const rare = byType({ instanceType: 't3.medium' })
  expect(rare.interruptions).toBeCloseTo(0.000346819, 9)
  expect(rare.spotShares).toMatchObject([
    { instanceType: 't3.medium', from: 'band', source: { date: '2025-06-28' } },
  ])
  // Over 20 %, which counts as 20 to 60: −ln 0.6 × 10 / 730.
  const frequent = byType({ instanceType: 't4g.large' })
  expect(frequent.interruptions).toBeCloseTo(0.006997611, 9)
  expect(frequent.spotShares).toMatchObject([{ instanceType: 't4g.large', openEnded: true }])
})
