// The forecast as people read it: amounts, what is missing, the verdict; and nothing that could steer a terminal.
import { expect, test } from 'vitest'
import type { ForecastReport } from '../simulator/costs/forecast-report-result.ts'
import type { CostLine, UnpricedLine } from '../simulator/costs/forecast-result.ts'
import { renderForecastCsv } from './forecast-csv.ts'
import { renderForecastText } from './terminal-forecast.ts'
import { fixtureInterval } from './testing/fixture-interval.ts'

const machine: CostLine = {
  venue: 'stand',
  urn: 'urn:pop',
  tags: { 'micropop:event': 'stand', 'micropop:venue': 'stand' },
  type: 'aws:ec2/instance:Instance',
  description: 't3.medium on-demand, Linux',
  quantity: '10',
  unit: 'hour',
  rate: '0.0456',
  rateSource: { id: 'price-list', date: '2026-10-15' },
  quantitySource: 'stated',
  service: 'ec2',
  rateId: 'ec2.t3.medium.on-demand',
  region: 'eu-west-1',
  window: { startMs: Date.parse('2026-12-03T08:00:00Z'), endMs: Date.parse('2026-12-03T18:00:00Z') },
  list: 456_000_000_000n,
  discount: 0n,
  amount: 456_000_000_000n,
}
const egress: CostLine = {
  ...machine,
  description: 'internet egress',
  quantity: '50.123456789',
  unit: 'GB',
  rate: '0.09',
  rateSource: { id: 'quotes', date: '2026-09-16' },
  quantitySource: 'surrogate',
  list: 4_511_111_111_010n,
  amount: 4_511_111_111_010n,
}
const table: UnpricedLine = {
  venue: 'central',
  urn: 'urn:table',
  type: 'aws:dynamodb/table:Table',
  description: 'everything about it',
  quantity: null,
  unit: '',
  why: 'no meter for this type',
}
const forecast: ForecastReport = {
  event: 'stand',
  title: 'A stand',
  region: 'eu-west-1',
  window: { startMs: Date.parse('2026-12-03T08:00:00Z'), endMs: Date.parse('2026-12-03T18:00:00Z') },
  priceBook: { date: '2026-11-23', sources: ['price-list', 'quotes'] },
  staleRates: [],
  lines: [machine, egress],
  unpriced: [table],
  free: [{ type: 'aws:ec2/vpc:Vpc', count: 2, why: 'AWS does not charge for it' }],
  total: 4_967_111_111_010n,
  vat: null,
  budget: { limit: 40_000_000_000_000n, outcome: 'unknown' },
  attendees: 150,
  timezone: 'Europe/Dublin',
  interval: null,
  phases: [],
  tails: [],
  anHourLonger: 45_600_000_000n,
  cheaper: null,
  soFar: null,
  approved: null,
  outage: null,
  coverage: { scored: 0, inside: 0, underP99: 0, low: 0, high: 1, outcome: 'unknown' },
}

test('a venue has its subtotal, and each line its quantity, rate, amount and source', () => {
  const text = renderForecastText(forecast)
  expect(text).toMatch(/^stand +\$4\.97$/m)
  expect(text).toMatch(/^ {2}t3\.medium on-demand, Linux +10 hour +0\.0456 +\$0\.46 +\[1\]$/m)
  expect(text).toMatch(/^ {2}internet egress +~ 50\.123 GB +0\.09 +\$4\.51 +\[2\]$/m)
  expect(text).toContain('  [1] price-list, 2026-10-15\n  [2] quotes, 2026-09-16\n')
  expect(text).toContain('Total $4.97, $0.03 for each of 150')
})

test('what is not priced is named, with why, beside its venue and below the total', () => {
  const text = renderForecastText(forecast)
  expect(text).toMatch(/^central +\$0\.00 +\+ 1 not priced$/m)
  expect(text).toContain('Not priced, and not in the total (1)')
  expect(text.replaceAll(/\s+/g, ' ')).toContain(
    'central: everything about it of aws:dynamodb/table:Table, quantity unknown: no meter for this type',
  )
})

test.each([
  ['within', 'This is within the budget of $40.00\n'],
  ['over', 'This is OVER the budget of $40.00\n'],
  ['unknown', 'This is not known to be within the budget of $40.00: not everything is priced\n'],
] as const)('the verdict %s is said', (outcome, sentence) => {
  const budget = { limit: 40_000_000_000_000n, outcome }
  expect(renderForecastText({ ...forecast, budget })).toContain(sentence)
})

test('where the total and the possible bills disagree about the budget, it is said whose verdict counts', () => {
  const sentence = 'The verdict is not that of the total, but of the possible bills above\n'
  const [limit, interval] = [40_000_000_000_000n, fixtureInterval()]
  const told = (outcome: 'within' | 'over') =>
    renderForecastText({ ...forecast, interval, budget: { limit, outcome } })
  expect(interval.over?.outcome).toBe('within')
  expect(told('over')).toContain(sentence)
  expect(told('within')).not.toContain(sentence)
})

test('an event without a budget or without attendees is told plainly', () => {
  const text = renderForecastText({ ...forecast, budget: null, attendees: 0 })
  expect(text).toContain('Total $4.97\nThe event sets no budget')
})

test('lines fit 100 columns, and names cannot steer the terminal', () => {
  const hostile = { ...machine, venue: 'a\u001b[31mred', description: `${'long '.repeat(30)}\u0007` }
  const text = renderForecastText({ ...forecast, lines: [hostile], title: 'T\u001b[2J' })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the point
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(100)
})

test('CSV has exact amounts, and a row without one for what is not priced', () => {
  const rows = renderForecastCsv(forecast).split('\r\n')
  expect(rows[2]).toBe(
    'priced,stand,aws:ec2/instance:Instance,urn:pop,internet egress,50.123456789,GB,surrogate,0.09,quotes,2026-09-16,4.51111111101,',
  )
  expect(rows[3]).toBe(
    'not priced,central,aws:dynamodb/table:Table,urn:table,everything about it,,,,,,,,no meter for this type',
  )
  expect(rows[1]).toContain('"t3.medium on-demand, Linux"')
})

test('old rates are warned of in one line, with what is charged at them', () => {
  const stale = {
    rateId: 'transfer.internet-out',
    region: 'eu-west-1',
    rateSource: { id: 'quotes', date: '2024-09-25' },
    ageDays: 799,
    amount: 4_511_111_111_010n,
  }
  const text = renderForecastText({ ...forecast, staleRates: [stale] }).replaceAll(/\s+/g, ' ')
  expect(text).toContain('WARNING: $4.51 of it is at 1 rate older than half a year')
  expect(text).toContain('the oldest of 2024-09-25')
  expect(renderForecastText(forecast)).not.toContain('WARNING')
})
