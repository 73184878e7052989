// What an outage costs as people read it: each line with its rate and reason, the sum, and what is cut by nothing.
import { expect, test } from 'vitest'
import type { OutageCost } from '../simulator/costs/outage/outage-cost-result.ts'
import { outageSection } from './finance-outage.ts'
import { outageLines as linesOf } from './terminal-outage.ts'

const outageLines = (of: OutageCost | null) => linesOf(of, new Map([['price-list', 2]]))

const bill = {
  kind: 'bill',
  venue: 'remote',
  description: 'transfer between availability zones',
  quantity: '0.000014576',
  unit: 'GB',
  rate: '0.01',
  rateSource: { id: 'price-list', date: '2026-10-15' },
  quantitySource: 'surrogate',
  amount: 145_760n,
  why: 'it goes up a second time',
} as const
const outage: OutageCost = {
  name: 'uplink-cut',
  through: 'surrogate',
  pairs: 0,
  recoveries: [
    {
      ...{ venue: 'remote', target: 'uplink', day: 1, goneS: 120 },
      ...{ backlog: 729.4, drainS: 0.0456, recoveryS: 1.25 },
    },
  ],
  lines: [
    bill,
    { ...bill, venue: 'central' },
    {
      ...bill,
      ...{ kind: 'income', venue: null, description: 'user-seconds that acme misses', quantity: '28980' },
      ...{ unit: 'user-second', rate: '0.00005', rateSource: { id: 'event file', date: 'stated' } },
      ...{ amount: 1_449_000_000_000n, why: 'who is cut off does not see it' },
    },
  ],
  missed: {
    withPops: { attendeeSeconds: 28_980, messages: 724.5, income: 1_449_000_000_000n },
    withoutPops: { attendeeSeconds: 0, messages: 0, income: 0n },
  },
  throttled: [{ venue: 'remote', minutes: 1.5 }],
  unpriced: [],
  bill: 291_520n,
  income: 1_449_000_000_000n,
  total: 1_449_000_291_520n,
  outside: ['seconds of one outage: 1200, compared up to 900'],
}

test('each line says rate × quantity and where the rate is from; reasons are told once; the sum is of both kinds', () => {
  const lines = outageLines(outage)
  const text = lines.join('\n')
  expect(text).toContain('What the outage uplink-cut costs where it happens as planned, by formulas')
  expect(text).toMatch(
    /remote without its uplink for 2 min: 730 messages at most wait, gone in 0\.05 s, as\s+before 1\.25 s/,
  )
  expect(text).toMatch(
    /remote: transfer between availability zones +~ 0\.000015 GB +0\.01 +\+< \$0\.01 +\[2\]$/m,
  )
  expect(text).toMatch(
    /user-seconds that acme misses +~ 28,980 user-second +0\.00005 +\+\$1\.45 +event file$/m,
  )
  expect(text.replaceAll(/\s+/g, ' ')).toContain(
    'remote: transfer between availability zones; central: transfer between availability zones: it goes up a second time.',
  )
  expect(text).toContain('In all $1.45, before tax: < $0.01 on the bill, $1.45 that sponsors do not pay.')
  expect(text.replaceAll(/\s+/g, ' ')).toContain(
    'Cut off by it: attendees for 28,980 s in all, who meanwhile would send 725 messages; $1.45 less from sponsors. Without PoPs: nobody; $0.00 less from sponsors.',
  )
  expect(text).toContain('remote: 90 s more at the baseline of its machine')
  expect(text.replaceAll(/\s+/g, ' ')).toContain(
    'so not verified: seconds of one outage: 1200, compared up to 900.',
  )
  expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(100)
})

test('without an outage both outputs say that nothing is cut', () => {
  expect(outageLines(null).join('\n')).toContain('nothing is cut')
  expect(outageSection(null).source).toContain('nothing is cut')
})

test('a link that more comes for than goes over says so, and the twin tells of its days', () => {
  const [one] = outage.recoveries
  if (!one) throw new Error('no recovery')
  const never = outageLines({ ...outage, recoveries: [{ ...one, drainS: null, recoveryS: null }] }).join(' ')
  expect(never.replaceAll(/\s+/g, ' ')).toContain('more comes than goes, or the day ends first')
  const twin = outageLines({ ...outage, through: 'twin', pairs: 3 })
    .join(' ')
    .replaceAll(/\s+/g, ' ')
  expect(twin).toContain('the mean of 3 days with it and as many without, on the same seeds')
})

test('the page has one table of it, and what a name says stays text', () => {
  const page = outageSection({ ...outage, name: '<b>cut</b>' }).source
  expect(page.match(/<table/g)?.length).toBe(1)
  expect(page).toContain('<p>Cut off by it: attendees for 28,980 s in all')
  expect(page).not.toContain('<b>cut')
  expect(page).toContain('<small>who is cut off does not see it</small>')
  expect(page).toMatch(/<tfoot>.*In all.*\+\$1\.45/s)
})
