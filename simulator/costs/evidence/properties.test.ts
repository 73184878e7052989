// What holds of every invoice: more never costs less, a window cut in two saves nothing but a free part, prices have no jumps, there is one currency.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readMoney } from '../../../infra/event/units.ts'
import { hallVenue, remoteVenue } from '../../../infra/testing/events.ts'
import { forecast } from '../forecast.ts'
import { amountOf, type Decimal, decimal, plus } from '../money.ts'
import { parseRates, type Rate } from '../price-book.ts'
import { priceCharges } from '../pricing.ts'
import { decimalGb, eventFor, graphOf, IRELAND, resource, used } from '../testing/fixtures.ts'
import type { Window } from '../window.ts'

const START_MS = Date.parse('2026-11-28T07:00:00Z')
const HOUR_S = 3600
/** Quantities are rounded to nine places: some ten of them, each worth less than a dollar a unit, in two or three parts. */
const ROUNDING = 20_000n
const dollars = (text: string) => amountOf(decimal('1'), decimal(text))

const MACHINE = resource('pop', 'aws:ec2/instance:Instance', {
  instanceType: 't3.medium',
  creditSpecification: { cpuCredits: 'standard' },
  rootBlockDevice: { volumeType: 'gp3', volumeSize: 31, iops: 4000, throughput: 250 },
})
/** Of each way of counting time: seconds with a minimum of one or ten minutes, started hours, started days, months. */
const EVERYTHING = graphOf(
  MACHINE,
  resource('address', 'aws:ec2/eip:Eip', { instance: 'i-1' }),
  resource('balancer', 'aws:lb/loadBalancer:LoadBalancer', {
    loadBalancerType: 'network',
    internal: false,
    subnets: ['a', 'b'],
  }),
  resource('database', 'aws:rds/instance:Instance', {
    engine: 'postgres',
    instanceClass: 'db.t4g.medium',
    allocatedStorage: 31,
    storageType: 'gp3',
    multiAz: false,
    publiclyAccessible: false,
    manageMasterUserPassword: true,
  }),
  resource(
    'box',
    'micropop:infra:VenuePop',
    { venue: 'hall', pop: { platform: 'k3s', rentPerDayUsd: '90' } },
    { venue: 'hall' },
  ),
)

/** What the graph costs from `fromS` to `toS`, of which the machine sends `gb`. */
function costOf({ graph = EVERYTHING, fromS = 0, toS = 0, gb = 0 }): bigint {
  const window: Window = { startMs: START_MS + fromS * 1000, endMs: START_MS + toS * 1000 }
  const event = eventFor(new Date(window.startMs).toISOString(), (toS - fromS) / HOUR_S, {
    venues: [hallVenue(), remoteVenue()],
  })
  const usages = [
    used('urn:pop', 'internet-egress', decimalGb(gb), 'GB', window),
    ...(graph === EVERYTHING
      ? [
          used('urn:balancer', 'lb-capacity', 0, 'LCU-hour', window),
          used('urn:database', 'cpu-surplus-credits', 0, 'credit', window),
        ]
      : []),
  ]
  const { total, lines, unpriced } = forecast(graph, event, usages, IRELAND)
  expect(unpriced).toEqual([])
  expect(total).toBe(lines.reduce((sum, { amount }) => sum + amount, 0n))
  return total
}

/** A length in seconds of up to ten days, over a month's end as likely as not. */
const length = fc.integer({ min: 1, max: 240 * HOUR_S })
const volume = fc.integer({ min: 0, max: 25_000 })
const share = fc.double({ min: 0.0001, max: 0.9999, noNaN: true })

describe('more', () => {
  test('more time and more traffic never cost less', () => {
    fc.assert(
      fc.property(length, length, volume, volume, (toS, more, gb, moreGb) => {
        const least = costOf({ toS, gb })
        // A longer window moves some of the same traffic into another month, with a free part of its own.
        expect(costOf({ toS: toS + more }) >= costOf({ toS })).toBe(true)
        expect(costOf({ toS, gb: gb + moreGb }) >= least).toBe(true)
      }),
    )
  })
})

describe('a window cut in two', () => {
  const cut = (toS: number, at: number, gb: number) => {
    const middle = Math.max(1, Math.min(toS - 1, Math.round(toS * at)))
    const gbBefore = (gb * middle) / toS
    return costOf({ toS: middle, gb: gbBefore }) + costOf({ fromS: middle, toS, gb: gb - gbBefore })
  }
  const cuttable = fc.integer({ min: 2, max: 240 * HOUR_S })

  test('saves nothing, and costs at most the minimums once more', () => {
    // A started day of rent 90, a started hour of the balancer 0.0252; at most a minute for each part of the machine and
    // of three addresses, 2 / 60 × (0.0456 + 3 × 0.005) = 0.00202; ten for the database, 20 / 60 × 0.069 = 0.023.
    const most = dollars('90.05022')
    fc.assert(
      fc.property(cuttable, share, (toS, at) => {
        const extra = cut(toS, at, 0) - costOf({ toS })
        expect(extra >= -ROUNDING).toBe(true)
        expect(extra <= most + ROUNDING).toBe(true)
      }),
    )
  })

  test('billed apart, traffic has one free part more, 100 GB at 0.09, and no other gain', () => {
    const free = dollars('9')
    fc.assert(
      fc.property(cuttable, share, volume, (toS, at, gb) => {
        const extra = cut(toS, at, gb) - costOf({ toS, gb })
        expect(extra >= -free - ROUNDING).toBe(true)
      }),
    )
  })

  test('each minimum, by hand', () => {
    const one = (graph: typeof EVERYTHING, seconds: number) => costOf({ graph, toS: seconds })
    const machine = graphOf({
      ...MACHINE,
      inputs: { ...MACHINE.inputs, rootBlockDevice: { volumeType: 'gp3', volumeSize: 0 } },
    })
    // Ten seconds are paid as sixty: 0.016666667 × 0.0456; 3,590 s are 0.997222222 h.
    expect(one(machine, 3600)).toBe(dollars('0.0456'))
    expect(one(machine, 10)).toBe(dollars('0.0007600000152'))
    expect(one(machine, 10) + one(machine, 3590)).toBe(dollars('0.0462333333384'))
  })
})

describe('tiers are continuous', () => {
  const files = ['cloudfront', 'cloudwatch', 'route53', 's3', 'transfer'].map(
    (name) => new URL(`../price-book/${name}.csv`, import.meta.url),
  )
  const tiered = files
    .flatMap((file) => [...parseRates(readFileSync(file, 'utf8'), file.pathname).values()])
    .filter(({ tiers }) => tiers.length > 1)

  /** What `quantity` of one rate costs in one month. */
  function priceOf(rate: Rate, quantity: Decimal): bigint {
    const window = { startMs: START_MS, endMs: START_MS + 1000 }
    const charge = { kind: 'rated', description: '', rateId: rate.id, quantity, unit: rate.unit } as const
    const book = { date: '2026-11-23', rate: () => rate }
    const [priced] = priceCharges([{ ...charge, quantitySource: 'stated', window }], rate.region, book)
    expect(priced?.unpriced).toEqual([])
    return (priced?.parts ?? []).reduce((sum, { amount }) => sum + amount, 0n)
  }

  test('across every boundary of the book a unit more costs its tier’s price, and nothing jumps', () => {
    expect(tiered.length).toBeGreaterThan(20)
    const little = fc.integer({ min: 1, max: 1_000_000 }).map((n) => ({ digits: BigInt(n), scale: 3 }))
    for (const rate of tiered) {
      const bounded = rate.tiers.filter(({ to }) => to !== null)
      const steps = bounded.filter((_, k) => rate.tiers[k + 1] !== undefined)
      fc.assert(
        fc.property(fc.nat({ max: steps.length - 1 }), little, (k, step) => {
          const [below, above] = [rate.tiers[k], rate.tiers[k + 1]]
          const edge = below?.to as Decimal
          const before = plus(edge, { ...step, digits: -step.digits })
          const up = priceOf(rate, plus(edge, step)) - priceOf(rate, edge)
          const down = priceOf(rate, edge) - priceOf(rate, before)
          // Each of the two amounts is rounded to a pico-dollar once for each of its tiers.
          const near = (actual: bigint, price: Decimal | undefined) => {
            const off = actual - amountOf(price as Decimal, step)
            return off >= -2n && off <= 2n
          }
          expect(near(up, above?.priceUsd)).toBe(true)
          expect(near(down, below?.priceUsd)).toBe(true)
        }),
        { numRuns: 20 },
      )
    }
  })

  test('a book whose tiers leave a gap or overlap is refused', () => {
    const row = (from: string, to: string) => `us-east-1,a.b,1,GB,${from},${to},x,2026-01-01`
    const book = (second: string) =>
      parseRates(
        ['region,rate,price_usd,unit,tier_from,tier_to,source,source_date', row('0', '10'), second].join(
          '\n',
        ),
        'b.csv',
      )
    expect(book(row('10', '')).size).toBe(1)
    expect(() => book(row('11', ''))).toThrow('does not follow')
    expect(() => book(row('9', ''))).toThrow('does not follow')
  })
})

describe('one currency', () => {
  test('an event states dollars: every other currency that there is, and none, is refused', () => {
    const code = fc.constantFrom(...Intl.supportedValuesOf('currency').filter((text) => text !== 'USD'))
    fc.assert(
      fc.property(code, fc.integer({ min: 1, max: 1_000_000 }), (currency, amount) => {
        const why = expect.stringContaining('not in USD')
        expect(readMoney(`${amount} ${currency}`)).toMatchObject({ ok: false, why })
        expect(readMoney(`${amount}`)).toMatchObject({ ok: false })
        expect(readMoney(`${amount} USD`)).toEqual({ ok: true, value: BigInt(amount) * 10n ** 12n })
      }),
    )
  })

  test('a price book in another currency, or a row that names one, is refused', () => {
    const header = 'region,rate,price_usd,unit,tier_from,tier_to,source,source_date'
    const row = (price: string) => `eu-west-1,a.b,${price},GB,0,,x,2026-01-01`
    expect(() => parseRates([header.replace('usd', 'eur'), row('1')].join('\n'), 'b.csv')).toThrow('header')
    for (const price of ['1 EUR', '€1', 'EUR1', '1,00']) {
      expect(() => parseRates([header, row(price)].join('\n'), 'b.csv')).toThrow('malformed row')
    }
  })
})
