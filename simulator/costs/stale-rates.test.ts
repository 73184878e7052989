// Which rates are too old for an event, and what is charged at them.
import { expect, test } from 'vitest'
import { forecast } from './forecast.ts'
import type { PriceBook } from './price-book.ts'
import { parseRates } from './price-book.ts'
import { ageDays, PRICE_AGE_MAX_DAYS } from './stale-rates.ts'
import { eventFor, graphOf, resource } from './testing/fixtures.ts'

const HEADER = 'region,rate,price_usd,unit,tier_from,tier_to,source,source_date'

function bookOfDates(address: string, secret: string): PriceBook {
  const rows = [
    HEADER,
    `eu-west-1,vpc.public-ipv4.idle,0.005,hour,0,,list,${address}`,
    `eu-west-1,vpc.nat-gateway.hour,0.048,hour,0,,list,${secret}`,
  ]
  const rates = parseRates(rows.join('\n'), 'test.csv')
  return { date: secret, rate: (region, id) => rates.get(`${region} ${id}`) ?? null }
}

function staleIn(book: PriceBook) {
  return forecast(
    graphOf(
      resource('a', 'aws:ec2/eip:Eip'),
      resource('b', 'aws:ec2/eip:Eip'),
      resource('nat', 'aws:ec2/natGateway:NatGateway'),
      resource('box', 'micropop:infra:VenuePop', { pop: { platform: 'k3s', rentPerDayUsd: '90' } }),
    ),
    eventFor('2026-12-03T00:00:00Z', 10),
    [],
    book,
  ).staleRates
}

test('a rate of the limit’s age is not too old, and one a day older is, once for all its lines', () => {
  // 180 days before 3 December 2026 is 6 June 2026.
  expect([PRICE_AGE_MAX_DAYS, ageDays('2026-06-06', Date.parse('2026-12-03T00:00:00Z'))]).toEqual([180, 180])
  expect(staleIn(bookOfDates('2026-06-06', '2026-11-01'))).toEqual([])
  // Two addresses for ten hours at 0.005.
  expect(staleIn(bookOfDates('2026-06-05', '2026-11-01'))).toEqual([
    {
      rateId: 'vpc.public-ipv4.idle',
      region: 'eu-west-1',
      rateSource: { id: 'list', date: '2026-06-05' },
      ageDays: 181,
      amount: 100_000_000_000n,
    },
  ])
})

test('the most expensive comes first, and what the event states has no age', () => {
  // 10 × 0.048 against 2 × 10 × 0.005.
  expect(
    staleIn(bookOfDates('2020-01-01', '2020-01-01')).map(({ rateId, amount }) => [rateId, amount]),
  ).toEqual([
    ['vpc.nat-gateway.hour', 480_000_000_000n],
    ['vpc.public-ipv4.idle', 100_000_000_000n],
  ])
})
