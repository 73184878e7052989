import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Sponsor } from '../../../infra/event/event.ts'
import { eventWith } from '../../../infra/testing/events.ts'
import { CENT, nearestEven } from '../largest-remainder.ts'
import { invoicesOf } from './invoice.ts'
import type { MeteredLine, Metering } from './metering-result.ts'

const USD = 10n ** 12n

function sponsor(name: string, more: Partial<Sponsor> = {}): Sponsor {
  return {
    name,
    perUserSecond: null,
    minimum: null,
    cap: null,
    venues: null,
    segments: null,
    reach: 1,
    ...more,
  }
}

function line(of: Partial<MeteredLine>): MeteredLine {
  return { sponsor: 'acme', venue: 'hall', feature: 'quiz', day: '2026-12-03', ms: 0, people: 1, ...of }
}

function metering(...lines: MeteredLine[]): Metering {
  return { lines, open: [], withoutLog: [], outsideMs: 0 }
}

function invoices(sponsors: Sponsor[], lines: MeteredLine[], vat: number | null = null) {
  const finance = { costCentre: null, discounts: [], vat }
  return invoicesOf(eventWith({ sponsors, finance }), metering(...lines))
}

test('lines, tax and total by hand', () => {
  // Rate 0.0004 USD.
  //   quiz   12,345.678 s × 0.0004 = 4.9382712 USD
  //   wall    1,000.001 s × 0.0004 = 0.4000004 USD
  // Together 5.3382716 → net 5.34. In cents: 4.93 + 0.40 = 5.33, and the cent left goes to .8271 of a cent: 4.94.
  // VAT 23 % of 5.34 = 1.2282 → 1.23. Total 6.57.
  const { invoices: all, notInvoiced } = invoices(
    [sponsor('acme', { perUserSecond: 400_000_000n })],
    [line({ ms: 12_345_678 }), line({ feature: 'wall', ms: 1_000_001 })],
    0.23,
  )
  expect(notInvoiced).toEqual([])
  expect(all).toMatchObject([
    {
      seconds: '13345.679',
      days: { first: '2026-12-03', last: '2026-12-03' },
      rows: [
        { seconds: '12345.678', rate: '0.0004', amount: 4_938_271_200_000n, charged: 494n * CENT },
        { seconds: '1000.001', amount: 400_000_400_000n, charged: 40n * CENT },
      ],
      net: 534n * CENT,
      vat: { share: 0.23, amount: 123n * CENT },
      total: 657n * CENT,
    },
  ])
})

test('a minimum tops up, a cap takes off, and neither is there where it does not bind', () => {
  const rate = { perUserSecond: USD / 100n }
  const rows = (more: Partial<Sponsor>, ms: number) =>
    invoices([sponsor('acme', { ...rate, ...more })], [line({ ms })]).invoices[0]?.rows.map(
      ({ kind, charged }) => [kind, charged],
    )
  // 1,000 s × 0.01 USD = 10 USD.
  expect(rows({ minimum: 25n * USD }, 1e6)).toEqual([
    ['use', 10n * USD],
    ['minimum', 15n * USD],
  ])
  expect(rows({ cap: 4n * USD }, 1e6)).toEqual([
    ['use', 10n * USD],
    ['cap', -6n * USD],
  ])
  expect(rows({ minimum: 10n * USD, cap: 10n * USD }, 1e6)).toEqual([['use', 10n * USD]])
})

test('a minimum is owed where nothing was metered, and without any there is no invoice', () => {
  const { invoices: all, notInvoiced } = invoices(
    [sponsor('acme', { perUserSecond: 1n, minimum: 200n * USD }), sponsor('globex', { perUserSecond: 1n })],
    [],
  )
  expect(all).toMatchObject([
    { sponsor: 'acme', days: null, seconds: '0', net: 200n * USD, vat: null, total: 200n * USD },
  ])
  expect(notInvoiced).toEqual([
    { sponsor: 'globex', venue: null, seconds: '0', why: 'nothing was metered, and no minimum is agreed' },
  ])
})

test('what is on no invoice is listed: without a rate, elsewhere than agreed, not named, without a sponsor', () => {
  const { invoices: all, notInvoiced } = invoices(
    [sponsor('acme', { perUserSecond: USD, venues: ['hall'] }), sponsor('northwind')],
    [
      line({ sponsor: null, ms: 4_000 }),
      line({ ms: 1_000 }),
      line({ venue: 'remote', ms: 2_000 }),
      line({ sponsor: 'northwind', ms: 3_000 }),
      line({ sponsor: 'Acme', ms: 5_500 }),
    ],
  )
  expect(all.map(({ sponsor: name, net }) => [name, net])).toEqual([['acme', USD]])
  expect(notInvoiced).toEqual([
    { sponsor: 'acme', venue: 'remote', seconds: '2', why: 'not agreed for this venue' },
    { sponsor: 'northwind', venue: null, seconds: '3', why: 'the event file has no rate for this sponsor' },
    { sponsor: null, venue: null, seconds: '4', why: 'the feature has no sponsor' },
    { sponsor: 'Acme', venue: null, seconds: '5.5', why: 'the event file does not name this sponsor' },
  ])
})

test('an invoice’s number is that of its content', () => {
  const number = (ms: number) =>
    invoices([sponsor('A & B', { perUserSecond: USD })], [line({ sponsor: 'A & B', ms })]).invoices[0]?.number
  expect(number(1_000)).toMatch(/^[a-z-]+-A-B-[0-9a-f]{8}$/)
  expect(number(1_000)).toBe(number(1_000))
  expect(number(1_001)).not.toBe(number(1_000))
})

test('whatever was metered: rows sum to the net amount, which is what is owed to the nearest cent, between minimum and cap', () => {
  const rate = fc.bigInt(0n, USD / 100n)
  const lines = fc.array(
    fc.nat(10_000_000).map((ms) => line({ ms })),
    { minLength: 1, maxLength: 8 },
  )
  const bounds = fc
    .tuple(fc.bigInt(0n, 300n * USD), fc.bigInt(0n, 300n * USD))
    .map(([a, b]) => (a < b ? [a, b] : [b, a]) as [bigint, bigint])
  fc.assert(
    fc.property(rate, lines, bounds, (perUserSecond, metered, [minimum, cap]) => {
      const [invoice] = invoices([sponsor('acme', { perUserSecond, minimum, cap })], metered).invoices
      const ms = metered.reduce((sum, one) => sum + BigInt(one.ms), 0n)
      const owed = [(perUserSecond * ms) / 1_000n, minimum].reduce((a, b) => (a > b ? a : b))
      const exact = owed > cap ? cap : owed
      expect(invoice?.rows.reduce((sum, { charged }) => sum + charged, 0n)).toBe(invoice?.net)
      // Each row is exact to half a pico-dollar.
      const off = (invoice?.net as bigint) - nearestEven(exact, CENT) * CENT
      expect([-CENT, 0n, CENT]).toContain(off)
      if (off !== 0n) expect((exact + CENT / 2n + 8n) % CENT < 16n).toBe(true)
    }),
  )
})
