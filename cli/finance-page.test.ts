// The page for finance: the figure with its interval first, what has no price told, totals that agree, pictures told in words.
import { beforeAll, expect, test } from 'vitest'
import { loadEventOrCalendar } from '../infra/event/calendar.ts'
import { loadEvent } from '../infra/event/load.ts'
import { renderFinanceHtml } from '../reports/finance-html.ts'
import type { FinanceReport } from '../reports/finance-input.ts'
import { formatUsd } from '../reports/format.ts'
import { forecastReport } from '../simulator/costs/forecast-report.ts'
import { loadPriceBook } from '../simulator/costs/price-book.ts'
import { comparePolicies } from '../simulator/costs/purchase/compare-policies.ts'
import { allocate } from '../simulator/costs/sponsors/allocate.ts'
import { sponsorIncome } from '../simulator/costs/sponsors/sponsor-income.ts'
import { openScenario } from '../simulator/scenario.ts'

const FILE = 'scenarios/events/pop-up-stand.yaml'
const text = (markup: string) => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

let report: FinanceReport
let page: string
beforeAll(async () => {
  const event = loadEvent(FILE)
  const ledger = { entries: [], scores: [] }
  const book = loadPriceBook()
  const asked = { runs: 50, seed: 1, days: null, book, ledger, eventHash: '', measured: null }
  const calendar = loadEventOrCalendar('scenarios/calendars/season-2027.yaml')
  report = {
    event: {
      ...{
        file: FILE,
        title: event.title,
        startMs: event.startMs,
        timezone: event.timezone,
        days: event.days,
      },
      venues: [
        { name: 'stand', placement: 'in the region', attendees: 150, machine: 't4g.small, burstable' },
      ],
    },
    forecast: await forecastReport(await openScenario(event), asked),
    policies: comparePolicies(event.title, [event], loadPriceBook()),
    income: null,
    allocations: [],
    calendar: comparePolicies(calendar.name, calendar.events, loadPriceBook()),
    reproduce: `npx micropop forecast ${FILE} --format html`,
  }
  page = renderFinanceHtml(report)
})

test('the figure, its interval and the chance of passing the budget come first', () => {
  const first = text(page.slice(0, page.indexOf('</header>')))
  const { interval, total } = report.forecast
  if (interval === null) throw new Error('no interval')
  const [p10, , p90, p99] = interval.quantiles.map(({ value }) => formatUsd(value))
  expect(first).toContain('Within budget')
  expect(first).toContain(`Expected, before tax ${formatUsd(total)}`)
  expect(first).toContain(`${p10} – ${p90}`)
  expect(first).toContain(p99)
  expect(first).toContain('0 % of possible bills are above the budget of $5.00')
})

test('the total is the sum of the venues, and of the lines, as the CSV has them', () => {
  const { lines, total } = report.forecast
  expect(lines.reduce((sum, { amount }) => sum + amount, 0n)).toBe(total)
  const totals = [...page.matchAll(/<tfoot>(.*?)<\/tfoot>/gs)].map(([, row]) => text(row ?? ''))
  expect(totals.length).toBeGreaterThanOrEqual(2)
  const ofTheOutage = (row: string) => row.includes('In all')
  for (const row of totals.filter((of) => !ofTheOutage(of))) expect(row).toContain(formatUsd(total))
})

test('every picture is told in words, and nothing is fetched or run', () => {
  const told = [...page.matchAll(/<svg [^>]*role="img" aria-label="([^"]*)"/g)].map(
    ([, label]) => label ?? '',
  )
  expect(told.some((label) => /is cheaper from [\d,]+ event days on/.test(label))).toBe(true)
  expect(told.some((label) => label.startsWith('The bill as planned is'))).toBe(true)
  expect(told.every((label) => label !== '')).toBe(true)
  expect(page).not.toMatch(/<script|src=|href="http/)
})

test('without a calendar there is no section of one; equal reports give equal pages', () => {
  expect(page).toContain('<h2>Over the calendar</h2>')
  expect(renderFinanceHtml({ ...report, calendar: null })).not.toContain('Over the calendar')
  expect(renderFinanceHtml(report)).toBe(page)
})

test('what has no price is said at the top, and what a text of the event says stays text', () => {
  const { forecast, event } = report
  const hole = {
    venue: 'stand',
    urn: 'u',
    type: 't',
    description: 'x',
    quantity: null,
    unit: '',
    why: 'no rate',
  }
  const title = '<b>Stand</b>'
  const other = renderFinanceHtml({
    ...report,
    event: { ...event, title },
    forecast: { ...forecast, unpriced: [hole] },
  })
  expect(text(other.slice(0, other.indexOf('</header>')))).toContain(
    'Not priced, and in no sum: 1 of the things it uses',
  )
  expect(other).not.toContain(title)
})

test('what sponsors pay stands beside the cost, with the net and who bears what', async () => {
  const event = loadEvent('scenarios/events/hybrid-conference-2000.yaml')
  const { forecast } = report
  const income = sponsorIncome(event)
  const allocations = [allocate(forecast.lines, 'venue', event, income.uses)]
  const other = text(renderFinanceHtml({ ...report, income, allocations }))
  expect(other).toContain(`: ${formatUsd(income.total - forecast.total)} net, before tax`)
  for (const { sponsor, income: paid } of income.sponsors) {
    expect(other).toMatch(new RegExp(`${sponsor} [\\d,]+`))
    expect(other).toContain(formatUsd(paid))
  }
  expect(other).toContain(`By venue Venue Amount`)
  expect(page).not.toContain('<h2>Sponsors</h2>')
})
