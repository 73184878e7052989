// The page of a reconciliation: its sums are those of the JSON, and nothing that a bill says is more than text on it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { renderJson } from '../reports/json.ts'
import { varianceSteps } from '../reports/plots/variance.ts'
import { type ReconciliationReport, renderReconciliationHtml } from '../reports/reconciliation-html.ts'
import { openBill } from '../simulator/costs/reconcile/bill-database.ts'
import type { ExpectedLine } from '../simulator/costs/reconcile/reconcile.ts'
import { reconcileBill } from '../simulator/costs/reconcile/reconcile-bill.ts'
import type { Reconciliation } from '../simulator/costs/reconcile/reconcile-result.ts'
import { type BillRow, curBill, hourly } from '../simulator/costs/reconcile/testing/bills.ts'
import { eventFor } from '../simulator/costs/testing/fixtures.ts'

const CENT = 10n ** 10n
const HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
const SECRET = 'hunter2-of-a-tag'
const folder = mkdtempSync(join(tmpdir(), 'micropop-reconcile-page-'))
afterAll(() => rmSync(folder, { recursive: true }))

const MACHINE = { resource: 'i-1', usageType: 'EU-BoxUsage:t3.large', quantity: '1', cost: '0.1' }
const ROWS: BillRow[] = [
  // 24 × 0.12 in place of 24 × 0.10, and three of these hours again.
  ...hourly(24, { ...MACHINE, cost: '0.12' }),
  ...hourly(3, { ...MACHINE, cost: '0.12', resource: HOSTILE }),
  ...hourly(3, { ...MACHINE, cost: '0.12', resource: HOSTILE }),
  // Nobody forecast it, and all of its words are somebody else's.
  {
    ...MACHINE,
    hour: 2,
    venue: HOSTILE,
    usageType: HOSTILE,
    product: HOSTILE,
    region: HOSTILE,
    cost: '1.005',
  },
  { ...MACHINE, hour: 3, type: 'Refund', cost: '-0.333' },
  { ...MACHINE, hour: 4, event: null, resource: HOSTILE },
  { ...MACHINE, hour: 23, type: 'Tax', quantity: '', cost: '1.5' },
  {
    ...{ ...MACHINE, hour: 23, type: 'Credit', quantity: '', cost: '-2' },
    more: {
      resource_tags: JSON.stringify({ user_micropop_event: 'show', user_password: SECRET }),
      line_item_line_item_description: SECRET,
    },
  },
]
const FORECAST: ExpectedLine[] = [
  line('ec2.t3.large.on-demand', '24', 'hour', 240n),
  line('ebs.gp3.storage', '12', 'GB-month', 120n),
]

function line(rateId: string, quantity: string, unit: string, cents: bigint): ExpectedLine {
  const where = { venue: 'hall', urn: rateId, service: 'ec2', region: 'eu-west-1' }
  return { ...where, rateId, quantity, unit, amount: cents * CENT }
}

async function reconciled(rows: BillRow[]): Promise<Reconciliation> {
  const path = join(folder, 'bill.csv')
  writeFileSync(path, curBill(rows))
  const database = await openBill([path], new AbortController().signal)
  try {
    return await reconcileBill({ ...eventFor('2026-12-02T00:00:00Z', 24), name: 'show' }, database, {
      forecast: { lines: FORECAST, window: null },
      ...{ tailMs: 0, tolerancePercent: 10, rates: {}, step: () => {} },
    })
  } finally {
    database.close()
  }
}

const text = (markup: string) =>
  markup
    .replaceAll('<wbr/>', '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
/** `1.005 USD` as it is printed, signed where it is a difference; no amount here is on half a cent but by a float. */
const shown = (usd: string) => `$${Math.abs(Number.parseFloat(usd)).toFixed(2)}`

let report: ReconciliationReport
let page: string
beforeAll(async () => {
  vi.stubEnv('MICROPOP_UPLINK_TOKEN', 'a-token-of-the-environment')
  report = { ...(await reconciled(ROWS)), coverage: null, reproduce: 'npx micropop reconcile show.yaml' }
  page = renderReconciliationHtml(report)
})
afterAll(() => vi.unstubAllEnvs())

test('the verdict comes first, with the forecast, the tolerance, the bill and what is charged twice', () => {
  const first = text(page.slice(0, page.indexOf('</header>')))
  for (const said of [
    'Outside the tolerance',
    'Forecast, before tax $3.60',
    '$3.24 – $3.96',
    'charged twice',
  ])
    expect(first).toContain(said)
  // 24 × 0.12 + 6 × 0.12 + 1.005 − 0.333 = 4.272.
  expect(first).toContain('Billed, before tax $4.27')
  expect(first).toContain('Difference +$0.67 +19 % of the forecast')
  expect(first).toContain('Most of the difference: what is not on the bill, −$1.20')
})

test('totals, reasons and what is set aside are those of the JSON, to the cent', () => {
  const json = JSON.parse(renderJson(report))
  const [byReason = '', byLine = ''] = [...page.matchAll(/<tfoot>(.*?)<\/tfoot>/gs)].map(([, row]) =>
    text(row ?? ''),
  )
  const difference = Number.parseFloat(json.billed) - Number.parseFloat(json.forecast)
  expect(byReason).toContain(`+$${difference.toFixed(2)}`)
  expect(byLine.trim()).toBe(`Total ${shown(json.forecast)} ${shown(json.billed)} +$${difference.toFixed(2)}`)
  const body = text(page)
  for (const [reason, amount] of Object.entries<string>(json.parts)) {
    const row = new RegExp(`${reason} [^$]*? [+−]?\\${shown(amount)} `, 'i')
    expect(body).toMatch(row)
  }
  expect(body).toContain(`Credits on the bill a forecast is before them −${shown(json.credits)}`)
  expect(body).toContain(`Taxes on the bill a forecast is before them +${shown(json.taxes)}`)
  // Every line of a cent or more, with its amounts.
  for (const { what, billed } of json.lines.filter(({ what }: { what: string }) => what !== HOSTILE)) {
    expect(body).toContain(what)
    expect(body).toContain(shown(billed))
  }
})

test('what stands out is there, with what lacks a tag and how many resources are one line', () => {
  const body = text(page)
  for (const kind of ['Charged twice', 'Price change', 'Unforecast', 'Unknown region', 'Refund', 'Missing'])
    expect(body).toContain(kind)
  expect(body).toContain('1 resource forecast, 2 billed')
  expect(body).toContain('ec2.t3.large.on-demand 111122223333 1 $0.10')
})

test('a long name breaks at its points before it breaks anywhere', () => {
  expect(page).toContain('<span class="word">ec2.<wbr/>t3.<wbr/>large.<wbr/>on-demand</span>')
})

test('what a bill says stays text, and no tag that is not ours nor a secret of the environment is on the page', () => {
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  const elements = new Set([...page.matchAll(/<([a-z]+)/g)].map(([, name]) => name))
  for (const name of ['script', 'img', 'a']) expect(elements).not.toContain(name)
  for (const secret of [SECRET, 'a-token-of-the-environment', 'password']) expect(page).not.toContain(secret)
})

test('the steps of the plot lead from the forecast to the bill, and the picture is told in words', () => {
  const steps = varianceSteps(report)
  expect([steps[0]?.to, steps.at(-1)?.to]).toEqual([3.6, 4.272])
  for (const [i, step] of steps.slice(1, -1).entries()) expect(step.from).toBe(steps[i]?.to)
  expect(steps.at(-2)?.to).toBe(4.272)
  const told = [...page.matchAll(/<svg [^>]*role="img" aria-label="([^"]*)"/g)].map(([, label]) => label)
  expect(told).toHaveLength(2)
  expect(told[0]).toContain('From a forecast of $3.60 to a bill of $4.27: price +$0.60')
})

test('an interval is of all that the event costs, and the ledger says how often it held', () => {
  const coverage = { scored: 10, inside: 8, underP99: 10, low: 0.49, high: 0.94, outcome: 'as-said' as const }
  const limits = { from: 'interval' as const, low: 9300n * CENT, high: 9500n * CENT }
  const kept = { ...report, limits, rents: 9000n * CENT, coverage, outcome: 'within' as const }
  const other = text(renderReconciliationHtml(kept))
  expect(other).toContain('Within the interval')
  expect(other).toContain('$94.27 with $90.00 for venues is within $93.00 to $95.00')
  expect(other).toContain('Eight bills in ten $93.00 – $95.00 P10 to P90 with $90.00 for venues')
  expect(other).toContain('Of 10 events with a bill 8 fell in P10 to P90')
  // In the plot the band is what the cloud's bill alone should have been.
  expect(renderReconciliationHtml(kept)).toContain('The bill should have been between $3.00 and $5.00.')
})

test('a bill without the tag has no comparison, and says why that may be; equal reports give equal pages', async () => {
  const none = await reconciled(ROWS.map((row) => ({ ...row, event: 'other', more: {} })))
  const other = renderReconciliationHtml({ ...none, coverage: null, reproduce: 'again' })
  expect(text(other)).toContain('No row of this time carries the tag micropop:event with the value show')
  expect(other).not.toMatch(/<svg|Line by line/)
  // One row has no tag; whether it is of the event's accounts nobody can say.
  expect(other).toContain('no row says which those are')
  expect(other).not.toContain('lacks a tag')
  expect(renderReconciliationHtml(report)).toBe(page)
})
