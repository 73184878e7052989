// What changed since a forecast was approved: every kind of change is told, and they add up.
import { expect, test } from 'vitest'
import { forecast } from '../forecast.ts'
import { bookOf, eventFor, graphOf, resource, used, windowOf } from '../testing/fixtures.ts'
import { compareApproved } from './compare-approved.ts'
import { ledgerEntry } from './entry.ts'

const START = '2026-11-10T00:00:00Z'
const HASH = 'a'.repeat(64)
const BEFORE = bookOf(
  'route53.queries.standard 0.4 query',
  'transfer.intra-region 1 GB',
  'kms.key 1 key-month',
)
const AFTER = bookOf(
  'route53.queries.standard 0.5 query',
  'transfer.intra-region 1 GB',
  'kms.key 1 key-month',
)

function costOf(
  names: Record<string, number>,
  book: typeof BEFORE,
  discounts: { service: 'all'; share: number }[] = [],
) {
  const graph = graphOf(...Object.keys(names).map((name) => resource(name, 'aws:route53/record:Record')))
  const usages = Object.entries(names).map(([name, queries]) =>
    used(`urn:${name}`, 'dns-queries', queries, 'query', windowOf(START, 10)),
  )
  return forecast(
    graph,
    eventFor(START, 10, { finance: { costCentre: null, vat: null, discounts } }),
    usages,
    book,
  )
}

function entryOf(cost: ReturnType<typeof costOf>) {
  const entry = ledgerEntry(cost, {
    kind: 'approved',
    createdAt: '2026-11-01T12:00:00.000Z',
    by: null,
    commit: null,
    eventHash: HASH,
    draws: { runs: 1, seed: 1, through: 'surrogate' },
    quantiles: { p10: 0n, p50: 0n, p90: 0n, p99: 0n },
  })
  return { ...entry, file: 'kept.json' }
}

const usd = (text: string) => BigInt(Math.round(Number(text) * 1e6)) * 1_000_000n

test('the same forecast has no changes', () => {
  const cost = costOf({ a: 10, b: 20 }, BEFORE)
  expect(compareApproved(cost, entryOf(cost), HASH)).toMatchObject({
    sameEventFile: true,
    difference: 0n,
    changes: [],
    // 30 queries at 0.4 USD.
    approved: { expected: usd('12'), file: 'kept.json' },
  })
})

test('lines that are new, gone, or used more are told with their amounts, the largest first', () => {
  const result = compareApproved(
    costOf({ a: 30, c: 5 }, BEFORE),
    entryOf(costOf({ a: 10, b: 25 }, BEFORE)),
    'b'.repeat(64),
  )
  expect(result.sameEventFile).toBe(false)
  expect(result.changes.map(({ reason, difference }) => [reason, difference])).toEqual([
    ['removed', -usd('10')],
    ['quantity', usd('8')],
    ['new', usd('2')],
  ])
  expect(result.changes.reduce((sum, { difference }) => sum + difference, 0n)).toBe(result.difference)
})

test('a price, a price with a quantity, and a discount, which is of the price, are told apart', () => {
  const before = entryOf(costOf({ a: 10 }, BEFORE))
  const kinds = (now: ReturnType<typeof costOf>) =>
    compareApproved(now, before, HASH).changes.map(({ reason, difference }) => [reason, difference])
  expect(kinds(costOf({ a: 10 }, AFTER))).toEqual([['price', usd('1')]])
  expect(kinds(costOf({ a: 20 }, AFTER))).toEqual([['price and quantity', usd('6')]])
  expect(kinds(costOf({ a: 10 }, BEFORE, [{ service: 'all', share: 0.1 }]))).toEqual([['price', -usd('0.4')]])
})
