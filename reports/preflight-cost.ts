// The report's section about money: what it costs, by line, with what is not in the sum.
import type { CostLine, Forecast } from '../simulator/costs/forecast-result.ts'
import type { CostInterval } from '../simulator/costs/interval/interval-result.ts'
import { share } from './factors.ts'
import { formatClock, formatCount, formatDate, formatQuantity, formatUsd } from './format.ts'
import { html, type Markup } from './html.ts'
import { costPlot } from './plots/cost.ts'
import { figure } from './plots/figure.ts'
import type { PreflightReport } from './preflight-input.ts'
import { table, underneath } from './table.ts'

const SOURCE_TEXT: Record<CostLine['quantitySource'], string> = {
  twin: 'twin',
  surrogate: 'queueing formulas',
  measured: 'measured',
  stated: 'stated in the event',
}

export function costSection({ forecast, interval, event }: PreflightReport): Markup {
  const { budget, unpriced } = forecast
  const perHead = forecast.attendees > 0 ? forecast.total / BigInt(forecast.attendees) : 0n
  const instant = (ms: number) => `${formatDate(ms, event.timezone)} ${formatClock(ms, event.timezone)}`
  return html`<h2>Cost</h2>
<p>${`${formatUsd(forecast.total)}${budget ? `, ${BUDGET_TEXT[budget.outcome]} of ${formatUsd(budget.limit)}` : ', no budget set'}; ${formatUsd(perHead)} an attendee. ${forecast.region}, from set-up ${instant(forecast.window.startMs)} to tear-down ${instant(forecast.window.endMs)} (${event.timezone}). ${intervalText(interval)}`}</p>
${costByLine(forecast)}
${lineTable(forecast)}
${unpricedTable(forecast)}
<p class="small">${`Price book of ${forecast.priceBook.date}: ${forecast.priceBook.sources.join('; ')}.`} ${
    forecast.free.length > 0 &&
    `Free of charge by themselves: ${forecast.free.map(({ type, count, why }) => `${count} × ${type} (${why})`).join('; ')}.`
  }${unpriced.length === 0 && ' Every other resource of the event is priced.'}</p>`
}

function intervalText({ quantiles, over, runs }: CostInterval): string {
  const [p10, p50, p90, p99] = quantiles.map(({ value }) => formatUsd(value))
  const chance =
    over === null ? '' : ` The chance of passing the budget is ${share(over.low)} to ${share(over.high)}.`
  return `Eight bills in ten are between ${p10} and ${p90}, half at most ${p50}, all but one in a hundred at most ${p99}: ${formatCount(runs)} possible bills by formulas, before tax.${chance}`
}

const BUDGET_TEXT = {
  within: 'within the budget',
  over: 'OVER the budget',
  unknown: 'to be judged against the budget',
}

export function costByLine(forecast: Forecast): Markup | null {
  if (forecast.lines.length === 0) return null
  return figure(
    'cost-by-line',
    'Cost by line',
    [],
    (id, width) => costPlot(forecast, id, width),
    'The total has its own scale, with the budget marked; the lines share one.',
  )
}

export function lineTable({ lines, total, unpriced }: Forecast): Markup {
  const sorted = [...lines].sort((a, b) => (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0))
  return table(
    'Every priced line',
    [
      { title: 'What' },
      { title: 'Venue' },
      { title: 'Quantity', numeric: true },
      { title: 'Rate, USD', numeric: true },
      { title: 'Amount', numeric: true },
      { title: 'Sources' },
    ],
    sorted.map((line) => [
      underneath(line.description, line.type),
      line.venue,
      underneath(formatQuantity(line.quantity), line.unit),
      underneath(line.rate, `per ${line.unit}`),
      formatUsd(line.amount),
      html`<span><small>${`rate: ${line.rateSource.id}, ${line.rateSource.date}`}</small><small>${`quantity: ${SOURCE_TEXT[line.quantitySource]}`}</small></span>`,
    ]),
    ['Total', '', '', '', formatUsd(total), unpriced.length > 0 ? `without ${unpriced.length} unpriced` : ''],
  )
}

export function unpricedTable({ unpriced }: Forecast): Markup | null {
  if (unpriced.length === 0) return null
  return table(
    'Unpriced: these cost something, and it is not in the total',
    [
      { title: 'What' },
      { title: 'Venue' },
      { title: 'Quantity', numeric: true },
      { title: 'Why there is no rate' },
    ],
    unpriced.map((line) => [
      underneath(line.description, line.type),
      line.venue,
      line.quantity === null ? 'not known' : `${formatQuantity(line.quantity)} ${line.unit}`,
      line.why,
    ]),
  )
}
