// The price book against the rates that Infracost's own tests expect: they agree, or this file says why they differ.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compare, type Decimal, decimal, decimalText } from '../money.ts'
import { loadPriceBook } from '../price-book.ts'

interface Golden {
  region: string
  rate: string
  /** Start of the tier. */
  from: string
  /** How many units of the rate the golden prices. */
  per: bigint
  /** Between these the rate lies that Infracost computed; what it printed is rounded. */
  low: Decimal
  high: Decimal
  name: string
}

const FILE = new URL('./infracost-golden-rates.csv', import.meta.url)
const [, ...rows] = readFileSync(FILE, 'utf8').trimEnd().split('\n')
const goldens: Golden[] = rows.map((row) => {
  const [region = '', rate = '', from = '', per = '', , low = '', high = '', , , ...name] = row.split(',')
  return {
    ...{ region, rate, from, per: BigInt(per) },
    ...{ low: decimal(low), high: decimal(high), name: name.join(',') },
  }
})

const book = loadPriceBook()

/** The book's tier for a golden; null: the book has no such rate. */
function tierOf({ region, rate, from }: Golden) {
  return book.rate(region, rate)?.tiers.find((tier) => decimalText(tier.from) === from) ?? null
}

function agrees({ per, low, high }: Golden, price: Decimal): boolean {
  const priced = { digits: price.digits * per, scale: price.scale }
  return compare(low, priced) <= 0 && compare(priced, high) <= 0
}

/** By resource and component. A row that is no longer needed fails the test below. */
const DIFFERS: [golden: RegExp, why: string][] = [
  [
    /^aws_instance\.instance_withLaunchTemplateById \/ Instance usage .*t3\.medium/,
    'dedicated tenancy: 0.0441 an hour, where the book has shared machines, 0.0416',
  ],
  [
    /^aws_instance\.std_[13]yr_partial_upfront /,
    'Infracost shows the half that is paid by the hour; the book spreads the half paid in advance over the term too',
  ],
  [
    /^aws_route53_health_check\.\S+_withUsage /,
    'an endpoint outside AWS: 0.75 for a check and 2 for an option; the PoPs that the program checks are on AWS',
  ],
]

/** What the goldens price and the book does not, and why that is no gap for an event. */
const NOT_IN_BOOK: [rate: RegExp, why: string][] = [
  [/ ec2\.[mr]3\./, 'families of 2014 that the program does not offer'],
  [/^(af-south|ap-east|ap-northeast-2|ap-southeast-5|il-|me-|us-gov)\S* /, 'a region outside the book'],
]
const inBook = goldens.flatMap((golden) => {
  const tier = tierOf(golden)
  return tier ? [{ ...golden, price: tier.priceUsd, source: tier.source.id }] : []
})
const reasonFor = ({ name }: Golden) => DIFFERS.find(([golden]) => golden.test(name))?.[1]

describe('Infracost’s golden rates', () => {
  test('every one that the book has agrees, or differs for a stated reason', () => {
    const unexplained = inBook
      .filter((golden) => !agrees(golden, golden.price) && !reasonFor(golden))
      .map((golden) => `${golden.region} ${golden.rate} ${decimalText(golden.low)}: ${golden.name}`)
    expect(unexplained).toEqual([])
    expect(inBook.length).toBeGreaterThan(200)
  })

  test('every stated reason explains a difference, and none covers an agreement', () => {
    for (const [golden] of DIFFERS) {
      const covered = inBook.filter(({ name }) => golden.test(name))
      expect(covered.length, String(golden)).toBeGreaterThan(0)
      for (const each of covered) expect(agrees(each, each.price), each.name).toBe(false)
    }
  })

  test('half of what a partly prepaid reservation costs an hour is what Infracost shows, to its four places', () => {
    // 0.024843 / 2 = 0.0124215, shown as 0.0124; 0.016633 / 2 = 0.0083165, shown as 0.0083
    const halves = inBook
      .filter(({ rate }) => rate.endsWith('partial-upfront'))
      .map(({ rate, price: { digits, scale } }) => [
        rate,
        decimalText({ digits: digits * 5n, scale: scale + 1 }),
      ])
    expect(halves).toEqual([
      ['ec2.t3.medium.reserved-1y-partial-upfront', '0.0124215'],
      ['ec2.t3.medium.reserved-3y-partial-upfront', '0.0083165'],
    ])
  })

  test('what the book lacks of them is a region or a family that it leaves out', () => {
    const lacking = goldens
      .filter((golden) => tierOf(golden) === null)
      .map(({ region, rate, from }) => `${region} ${rate} ${from}`)
    expect(lacking.filter((text) => !NOT_IN_BOOK.some(([known]) => known.test(text)))).toEqual([])
    for (const [known] of NOT_IN_BOOK) expect(lacking.some((text) => known.test(text))).toBe(true)
  })

  test('more than forty of them check a price that the book took from AWS, not from Infracost', () => {
    const independent = inBook.filter(({ source }) => source !== 'infracost_goldens')
    expect(independent.filter((golden) => !reasonFor(golden)).length).toBeGreaterThan(40)
  })

  test('a price a thousandth off is seen', () => {
    const golden = goldens.find(({ rate }) => rate === 'ec2.t3.medium.on-demand') as Golden
    expect(agrees(golden, decimal('0.0416'))).toBe(true)
    expect(agrees(golden, decimal('0.04165'))).toBe(false)
  })
})
