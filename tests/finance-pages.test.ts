// Pages that finance is sent, in a real browser: on a phone, on a screen, and on A4, with names as long as they come.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { renderCompareHtml } from '../reports/compare-html.ts'
import { renderInvoiceHtml } from '../reports/invoice-html.ts'
import { type ReconciliationReport, renderReconciliationHtml } from '../reports/reconciliation-html.ts'
import type { EventComparison } from '../simulator/costs/compare/compare-result.ts'
import type { Reason } from '../simulator/costs/reconcile/reconcile-result.ts'
import type { Invoice, InvoiceResult } from '../simulator/costs/sponsors/invoice-result.ts'
import { findChromium, launchChromium, NO_CHROMIUM } from './chromium.ts'
import { CUT_OFF, type Plot, VISIBLE_PLOTS } from './page-checks.ts'

const CENT = 10n ** 10n
/** As AWS writes usage, with no place to break it. */
const LONG = 'APN1-CloudWatch:MetricStreamUpdatesOfWhatNobodyKnew-ByteHrs.db.t4g.medium.multi-az'
const PAGE_BYTES_MAX = 4_000_000
/** Of A4 between the page's margins. */
const A4_PX = 703

const NONE: Record<Reason, bigint> = { price: 0n, quantity: 0n, unforecast: 0n, missing: 0n, refund: 0n }

const reconciliation: ReconciliationReport = {
  ...{
    event: 'hybrid-conference-2000',
    format: 'CUR 2.0',
    files: ['bill.csv'],
    rows: 12_345,
    matchedRows: 678,
  },
  window: { startMs: 1_796_245_200_000, endMs: 1_796_936_400_000 },
  ...{ rates: { EUR: '1.08' }, forecastFrom: 'kept 2026-11-30T09:15:00.000Z, approved' },
  lines: Array.from({ length: 60 }, (_, i) => ({
    ...{
      venue: i % 2 ? 'remote' : 'central',
      service: 'ec2',
      what: i === 7 ? LONG : `ec2.t3.size-${i}`,
      unit: 'hour',
    },
    quantity: { forecast: '24', billed: '30.5' },
    resources: { forecast: 1, billed: 3 },
    ...{ forecast: 200n * CENT, billed: 210n * CENT, parts: { ...NONE, quantity: 10n * CENT } },
  })),
  ...{
    forecast: 12_000n * CENT,
    billed: 12_600n * CENT,
    parts: { ...NONE, quantity: 2_488n * CENT, refund: -1_888n * CENT },
  },
  findings: [
    {
      kind: 'charged-twice',
      venue: 'remote',
      what: LONG,
      amount: 300n * CENT,
      says: `${LONG} is charged again.`,
    },
  ],
  ...{ credits: -500n * CENT, taxes: 2_500n * CENT, rents: 9_000n * CENT },
  untagged: [{ account: '111122223333', service: 'ec2', what: LONG, rows: 44, amount: 123_456n * CENT }],
  limits: { from: 'interval', low: 20_000n * CENT, high: 22_000n * CENT },
  outcome: 'within',
  coverage: { scored: 5, inside: 4, underP99: 5, low: 0.37, high: 0.97, outcome: 'as-said' },
  reproduce: `npx micropop reconcile scenarios/events/hybrid-conference-2000.yaml --bill ${LONG}.csv`,
}

const comparison: EventComparison = {
  ...{ before: `scenarios/events/${LONG}.yaml`, after: 'b.yaml' },
  cost: {
    lines: Array.from({ length: 40 }, (_, i) => ({
      ...{
        venue: 'remote',
        urn: `u${i}`,
        description: i === 3 ? LONG : `line ${i}`,
        unit: 'hour',
        rateId: null,
      },
      before: { quantity: '2', rate: '1', amount: 200n * CENT },
      after: { quantity: '3', rate: '1', amount: 300n * CENT },
      reason: 'quantity' as const,
      ...{ priceEffect: 0n, quantityEffect: 100n * CENT, difference: 100n * CENT },
    })),
    ...{ before: 8_000n * CENT, after: 12_000n * CENT, difference: 4_000n * CENT },
    reasons: { added: 0n, removed: 0n, price: 0n, quantity: 4_000n * CENT },
    unpriced: { added: [], removed: [] },
  },
  figures: [{ id: 'ack-p99', label: 'Acknowledged, p99', unit: 'ms', before: 100, after: null }],
  ...{ figuresFrom: 'surrogate', noFigures: null },
}

const invoice: Invoice = {
  ...{ number: 'hybrid-conference-2000-acme-0123456789ab', sponsor: LONG },
  days: { first: '2026-12-03', last: '2026-12-04' },
  rows: Array.from({ length: 40 }, (_, i) => ({
    ...{
      kind: 'use' as const,
      venue: 'the-great-hall-of-the-north',
      feature: i === 5 ? LONG : `live-quiz-${i}`,
    },
    ...{ day: '2026-12-03', people: 1_234, seconds: '123456.789', rate: '0.00005' },
    ...{ amount: 617n * CENT, charged: 617n * CENT },
  })),
  ...{ seconds: '4938271.56', net: 24_680n * CENT, vat: { share: 0.23, amount: 5_676n * CENT } },
  total: 30_356n * CENT,
}
const invoices: InvoiceResult = {
  ...{
    event: 'hybrid-conference-2000',
    title: 'Hybrid conference',
    invoices: [invoice, { ...invoice, sponsor: 'acme' }],
  },
  notInvoiced: [{ sponsor: null, venue: 'hall', seconds: '12.5', why: 'the feature had no sponsor' }],
  ...{ open: [], withoutLog: [LONG], outsideSeconds: '0' },
}

/** As the command prints it: a real forecast of a real event. */
async function forecastPage(): Promise<string> {
  const micropop = join(import.meta.dirname, '../cli/micropop.mjs')
  const event = join(import.meta.dirname, '../scenarios/events/hybrid-conference-2000.yaml')
  const args = [micropop, 'forecast', event, '--runs', '50', '--format', 'html']
  return (await promisify(execFile)(process.execPath, args, { maxBuffer: PAGE_BYTES_MAX })).stdout
}

const PAGES = [
  { name: 'reconcile', source: renderReconciliationHtml(reconciliation), plots: ['variance'] },
  {
    name: 'compare',
    source: renderCompareHtml(comparison, `npx micropop compare ${LONG} b.yaml`),
    plots: [],
  },
  { name: 'forecast', source: await forecastPage(), plots: ['drivers', 'cost-by-line'] },
  { name: 'invoice', source: renderInvoiceHtml(invoices), plots: [] },
]
const VIEWS = [
  { width: 375, colorScheme: 'light', media: 'screen' },
  { width: 1200, colorScheme: 'dark', media: 'screen' },
  { width: A4_PX, colorScheme: 'dark', media: 'print' },
] as const

const executable = findChromium()

describe.each(PAGES)('the page of $name', ({ name, source, plots }) => {
  let folder: string
  let browser: Browser | undefined
  beforeEach(({ skip }) => skip(executable === null, NO_CHROMIUM))
  beforeAll(async () => {
    if (executable !== null) browser = await launchChromium(executable)
    folder = await mkdtemp(join(tmpdir(), `micropop-page-${name}-`))
  })
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test.each(VIEWS)(
    'at $width px for $media in $colorScheme: nothing is cut and no label collides',
    async (view) => {
      if (browser === undefined) throw new Error(NO_CHROMIUM)
      const { width, colorScheme, media } = view
      const file = join(folder, 'page.html')
      await writeFile(file, source)
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme,
        offline: true,
      })
      try {
        const page: Page = await context.newPage()
        const noise: string[] = []
        page.on('console', (message) => noise.push(message.text()))
        page.on('pageerror', (error) => noise.push(error.message))
        await page.emulateMedia({ media, colorScheme })
        await page.goto(pathToFileURL(file).href)
        expect(noise).toEqual([])
        expect(
          await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth'),
        ).toBeLessThanOrEqual(0)
        expect(await page.evaluate<string[]>(CUT_OFF)).toEqual([])
        const seen = await page.evaluate<Plot[]>(VISIBLE_PLOTS)
        expect(seen.map(({ figure }) => figure)).toEqual(plots)
        for (const { collisions, outside } of seen) expect([collisions, outside]).toEqual([[], []])
      } finally {
        await context.close()
      }
    },
  )

  test('is well-formed XML, with headings in order and a caption to each table', async () => {
    if (browser === undefined) throw new Error(NO_CHROMIUM)
    const page = await browser.newPage()
    try {
      const found = await page.evaluate<{ error: string; levels: number[]; bare: number }>(`(() => {
        const parsed = new DOMParser().parseFromString(${JSON.stringify(source)}, 'application/xhtml+xml')
        return {
          error: parsed.querySelector('parsererror')?.textContent ?? '',
          levels: [...parsed.querySelectorAll('h1, h2, h3')].map((heading) => Number(heading.localName[1])),
          bare: [...parsed.querySelectorAll('table')].filter((table) => !table.querySelector('caption')).length,
        }
      })()`)
      expect([found.error, found.bare]).toEqual(['', 0])
      expect(found.levels.every((level, i) => level - (found.levels[i - 1] ?? 0) <= 1)).toBe(true)
    } finally {
      await page.close()
    }
  })
})
