// A CUR 2.0 with commitments: what they cover costs its share of them, what nobody used stands by itself, nothing is counted twice.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, expect, test } from 'vitest'
import { eventFor } from '../testing/fixtures.ts'
import { openBill } from './bill-database.ts'
import type { ExpectedLine } from './reconcile.ts'
import { reconcileBill } from './reconcile-bill.ts'
import { type BillRow, CUR, curBill, hourly } from './testing/bills.ts'

const folder = mkdtempSync(join(tmpdir(), 'micropop-commitments-'))
afterAll(() => rmSync(folder, { recursive: true }))
const event = { ...eventFor('2026-12-02T00:00:00Z', 24), name: 'show' }
const MILLI = 10n ** 9n

/** 24 h × 0.10 = 2.40; 24 h × 0.05 = 1.20; 24 h × 0.069 = 1.656; together 5.256. */
const FORECAST: ExpectedLine[] = [
  line('ec2.t3.large.on-demand', 2400n),
  line('ec2.t3.medium.on-demand', 1200n),
  line('rds.postgresql.db.t4g.medium.single-az', 1656n),
]

function line(rateId: string, milli: bigint): ExpectedLine {
  const service = rateId.split('.')[0] as string
  const where = { venue: 'hall', urn: rateId, service, region: 'eu-west-1' }
  return { ...where, rateId, quantity: '24', unit: 'hour', amount: milli * MILLI }
}

const PLAN = [
  'savings_plan_savings_plan_effective_cost',
  'savings_plan_total_commitment_to_date',
  'savings_plan_used_commitment',
]
const RESERVATION = [
  'reservation_effective_cost',
  'reservation_reservation_a_r_n',
  'reservation_unused_amortized_upfront_fee_for_billing_period',
  'reservation_unused_recurring_fee',
]
const COLUMNS = [...CUR, ...PLAN, ...RESERVATION]
const MONTH = {
  line_item_usage_start_date: '2026-12-01T00:00:00Z',
  line_item_usage_end_date: '2026-12-31T23:59:59Z',
}
const LARGE = { resource: 'i-1', usageType: 'EU-BoxUsage:t3.large', quantity: '1', cost: '0.10' }
const MEDIUM = { resource: 'i-2', usageType: 'EU-BoxUsage:t3.medium', quantity: '1', cost: '0' }
const DATABASE = {
  ...{ resource: 'db-1', usageType: 'EU-InstanceUsage:db.t4g.medium', quantity: '1', cost: '0.069' },
  ...{ product: 'AmazonRDS', operation: 'CreateDBInstance:0014' },
}
const OF_PLAN = { resource: 'plan', usageType: 'ComputeSP:1yrPartialUpfront', product: 'ComputeSavingsPlans' }
const OF_RESERVATION = { resource: 'arn:ri', usageType: 'EU-HeavyUsage:t3.medium' }
const RI = { reservation_reservation_a_r_n: 'arn:aws:ec2:eu-west-1:111122223333:reserved-instances/1' }

const PLANTED: BillRow[] = [
  // A savings plan of 0.20 an hour. It covers the large machine at 0.07 an hour, 24 × 0.07 = 1.68, which CUR writes at the
  // on-demand price of 0.10 and takes away again.
  ...hourly(24, {
    ...{ ...LARGE, type: 'SavingsPlanCoveredUsage' },
    more: { savings_plan_savings_plan_effective_cost: '0.07' },
  }),
  ...hourly(24, { ...LARGE, type: 'SavingsPlanNegation', cost: '-0.10' }),
  // What is left of the plan is 0.20 − 0.07 = 0.13 an hour: 24 × 0.13 = 3.12, not 24 × 0.20.
  ...hourly(24, {
    ...{ ...OF_PLAN, type: 'SavingsPlanRecurringFee', quantity: '1', cost: '0.20' },
    more: { savings_plan_total_commitment_to_date: '0.20', savings_plan_used_commitment: '0.07' },
  }),
  // Paid at once, and part of what it covers: 0.
  { ...OF_PLAN, hour: 0, type: 'SavingsPlanUpfrontFee', quantity: '1', cost: '500' },
  // A plan that was given back had cost nothing here either: 0.
  { ...OF_PLAN, hour: 3, type: 'Refund', quantity: '1', cost: '-500' },
  // A reservation covers the medium machine at 0.03 an hour: 24 × 0.03 = 0.72, of which CUR writes 0.
  ...hourly(24, { ...MEDIUM, type: 'DiscountedUsage', more: { reservation_effective_cost: '0.03' } }),
  // Of the month's fee of 744 × 0.03 = 22.32 nobody used 2.50, and of what was paid at once 1.25: 3.75.
  {
    ...{ ...OF_RESERVATION, hour: 0, type: 'RIFee', quantity: '744', cost: '22.32' },
    more: {
      ...{ ...MONTH, ...RI },
      reservation_unused_amortized_upfront_fee_for_billing_period: '1.25',
      reservation_unused_recurring_fee: '2.5',
    },
  },
  // Paid at once for the reservation: 0.
  { ...OF_RESERVATION, hour: 0, type: 'Fee', quantity: '1', cost: '300', more: RI },
  // A fee for something else: 0.50.
  { hour: 1, type: 'Fee', resource: 'domain', usageType: 'Global-Domain', quantity: '1', cost: '0.5' },
  // As forecast: 24 × 0.069 = 1.656.
  ...hourly(24, DATABASE),
  // Refunded: −0.25. Aside: −5 and 3.
  { ...LARGE, hour: 5, type: 'Refund', quantity: '0', cost: '-0.25' },
  { ...LARGE, hour: 23, type: 'Credit', quantity: '', cost: '-5' },
  { ...LARGE, hour: 23, type: 'Tax', quantity: '', cost: '3' },
]

async function reconcile(name: string, bill: string, forecast = FORECAST) {
  const path = join(folder, name)
  writeFileSync(path, bill)
  return reconcileFile(path, forecast)
}

async function reconcileFile(path: string, forecast = FORECAST) {
  const database = await openBill([path], new AbortController().signal)
  try {
    return await reconcileBill(event, database, {
      forecast: { lines: forecast, window: null },
      ...{ tailMs: 0, tolerancePercent: 10, rates: {}, step: () => {} },
    })
  } finally {
    database.close()
  }
}

test('what is covered costs its share, fees what nobody used of them, and all adds up', async () => {
  const result = await reconcile('planted.csv', curBill(PLANTED, COLUMNS))
  const of = (what: string) => result.lines.find((found) => found.what === what)
  // 1.68 less the refund of 0.25.
  expect(of('ec2.t3.large.on-demand')).toMatchObject({
    billed: 1430n * MILLI,
    parts: { price: -720n * MILLI, quantity: 0n, refund: -250n * MILLI },
    resources: { forecast: 1, billed: 1 },
  })
  expect(of('ec2.t3.medium.on-demand')).toMatchObject({
    billed: 720n * MILLI,
    parts: { price: -480n * MILLI, quantity: 0n },
  })
  const unforecast = result.lines.flatMap(({ what, billed, parts }) =>
    parts.unforecast === 0n ? [] : [[what, billed]],
  )
  expect(Object.fromEntries(unforecast)).toEqual({
    'purchase: ComputeSP:1yrPartialUpfront': 3120n * MILLI,
    'purchase: EU-HeavyUsage:t3.medium': 3750n * MILLI,
    'purchase: Global-Domain': 500n * MILLI,
  })
  // 1.68 + 3.12 + 0.72 + 3.75 + 0.50 + 1.656 − 0.25 = 11.176; 1.68 + 3.12 is the plan's 24 × 0.20.
  expect([result.forecast, result.billed]).toEqual([5256n * MILLI, 11176n * MILLI])
  expect(result.parts).toEqual({
    // −0.72 and −0.48.
    price: -1200n * MILLI,
    quantity: 0n,
    // 3.12 + 3.75 + 0.50.
    unforecast: 7370n * MILLI,
    missing: 0n,
    refund: -250n * MILLI,
  })
  expect([result.credits, result.taxes]).toEqual([-5000n * MILLI, 3000n * MILLI])
})

test('as Parquet, whose numbers are doubles, it comes to the same', async () => {
  const csv = join(folder, 'doubles.csv')
  writeFileSync(csv, curBill(PLANTED, COLUMNS))
  const parquet = join(folder, 'doubles.parquet')
  const numbers = ['line_item_unblended_cost', 'line_item_usage_amount', ...PLAN, ...RESERVATION]
    .filter((name) => !name.endsWith('a_r_n'))
    .map((name) => `CAST(${name} AS DOUBLE) AS ${name}`)
  const connection = await (await DuckDBInstance.create()).connect()
  await connection.run(
    `COPY (SELECT * REPLACE (${numbers.join(', ')}) FROM read_csv('${csv}', all_varchar = true)) TO '${parquet}' (FORMAT parquet)`,
  )
  connection.closeSync()
  const result = await reconcileFile(parquet)
  expect([result.billed, result.parts.unforecast]).toEqual([11176n * MILLI, 7370n * MILLI])
})

test('a discount is taken off once, as lines of its own and as columns', async () => {
  // 24 × 0.10 less a tenth: 2.16.
  const forecast = [line('ec2.t3.large.on-demand', 2160n)]
  const asLines = [
    ...hourly(24, LARGE),
    { ...LARGE, hour: 0, type: 'EdpDiscount', quantity: '24', cost: '-0.24' },
  ]
  const before = await reconcile('edp-lines.csv', curBill(asLines), forecast)
  expect([before.billed, before.findings]).toEqual([2160n * MILLI, []])
  const asColumns = hourly(24, {
    ...LARGE,
    more: { line_item_net_unblended_cost: '0.09', discount_total_discount: '-0.01' },
  })
  const columns = [...CUR, 'line_item_net_unblended_cost', 'discount_total_discount']
  const after = await reconcile('edp-columns.csv', curBill(asColumns, columns), forecast)
  expect([after.billed, after.findings]).toEqual([2160n * MILLI, []])
  // Where discounts have lines, the net column beside them is not taken too.
  const both = asLines.map((row) => ({ ...row, more: { line_item_net_unblended_cost: '0.09' } }))
  const once = await reconcile('edp-both.csv', curBill(both, columns.slice(0, -1)), forecast)
  expect(once.billed).toBe(2160n * MILLI)
})

test('without the column that says what a commitment costs, the bill is refused where the event needs it', async () => {
  const covered = hourly(2, { ...LARGE, type: 'SavingsPlanCoveredUsage' })
  await expect(reconcile('lacks.csv', curBill(covered))).rejects.toMatchObject({
    code: 'MP_BILL_COLUMNS',
    message: '2 rows of the event are of a commitment, and have no savings_plan_savings_plan_effective_cost',
  })
  const fee = { ...OF_RESERVATION, hour: 0, type: 'RIFee', quantity: '744', cost: '22.32' }
  await expect(reconcile('empty.csv', curBill([fee], COLUMNS))).rejects.toThrow(
    /1 rows of the event are of a commitment, and have no reservation_unused_amortized/,
  )
  const others = covered.map((row) => ({ ...row, event: 'other' }))
  const result = await reconcile('others.csv', curBill([...others, ...hourly(24, DATABASE)]))
  expect(result.billed).toBe(1656n * MILLI)
})

test('a part of a fee that is no number is refused with its line', async () => {
  const row = {
    ...{ ...OF_PLAN, hour: 0, type: 'SavingsPlanRecurringFee', quantity: '1', cost: '0.20' },
    more: { savings_plan_total_commitment_to_date: '0.20', savings_plan_used_commitment: 'half' },
  }
  await expect(reconcile('half.csv', curBill([row], COLUMNS))).rejects.toMatchObject({
    code: 'MP_BILL_VALUE',
    place: { line: 2 },
  })
})
