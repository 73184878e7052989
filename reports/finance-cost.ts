// The page for finance: the figure and its interval, what drives it, what each phase costs and what goes on costing.
import type { PhaseCost, Tail } from '../simulator/costs/forecast-report-result.ts'
import type { CostDriver, CostInterval } from '../simulator/costs/interval/interval-result.ts'
import { staysAsPlanned } from './bill-assumptions.ts'
import { share } from './factors.ts'
import type { FinanceReport } from './finance-input.ts'
import { formatCount, formatUsd, plottedUsd } from './format.ts'
import { html, type Markup } from './html.ts'
import { figure } from './plots/figure.ts'
import { type TornadoBars, tornadoPlot } from './plots/tornado.ts'
import { costByLine, lineTable, unpricedTable } from './preflight-cost.ts'
import { table, underneath } from './table.ts'
import { ENDS, phaseName } from './terminal-event-window.ts'
import { scoredText } from './terminal-interval.ts'

export function intervalSection({ forecast }: FinanceReport): Markup {
  const { interval, anHourLonger, coverage, attendees } = forecast
  if (interval === null) return html`<h2>How sure</h2><p>No interval was asked for.</p>`
  const { quantiles, runs, seed, through, confidence, outside } = interval
  return html`<h2>How sure, and why</h2>
<p>${`${formatCount(runs)} possible bills (seeds ${seed} to ${seed + runs - 1}), their usage ${THROUGH[through]}: machines as planned, used by those who may come. ${staysAsPlanned(interval)}; an hour more costs ${formatUsd(anHourLonger)}.`}</p>
${table(
  'Possible bills, before tax',
  [
    { title: 'Share of bills at or below' },
    { title: 'Bill', numeric: true },
    { title: `${share(confidence)} interval of it`, numeric: true },
    { title: 'An attendee', numeric: true },
  ],
  quantiles.map(({ p, value, low, high }) => [
    `P${Math.round(p * 100)}`,
    formatUsd(value),
    `${low === null ? 'not bounded' : formatUsd(low)} to ${high === null ? 'not bounded' : formatUsd(high)}`,
    attendees > 0 ? formatUsd(value / BigInt(attendees)) : '',
  ]),
)}
${drivers(interval)}
${
  outside.length > 0 &&
  html`<p>Beyond what the formulas were compared with, so not verified:</p>
<ul>${outside.map(({ what, runs: of }) => html`<li>${what} (${formatCount(of)} of ${formatCount(runs)} bills)</li>`)}</ul>`
}
<p class="small">${coverage.scored === 0 ? 'No bill has been held against a forecast yet: how often bills fall inside is not known.' : scoredText(coverage)}</p>`
}

const THROUGH = { surrogate: 'by queueing formulas', twin: 'from the digital twin' } as const

function drivers({ drivers: all, middle }: CostInterval): Markup {
  const moving = all.filter(({ low, high }) => low.value !== middle || high.value !== middle)
  if (moving.length === 0) return html`<p>Nothing that is uncertain about the event moves its cost.</p>`
  return figure(
    'drivers',
    `What drives it: ${formatUsd(middle)} with everything in the middle`,
    [
      ['measured', 'factor at its 10th percentile'],
      ['solid-twin', 'at its 90th percentile'],
    ],
    (id, width) => tornadoPlot(bars(moving, middle), id, width),
    `Rank correlation with the bill: ${moving.map(({ factor, correlation }) => `${factor} ${correlation === null ? 'none' : correlation.toFixed(2)}`).join(', ')}.`,
  )
}

function bars(moving: readonly CostDriver[], middle: bigint): TornadoBars {
  return {
    label: 'The bill',
    base: plottedUsd(middle),
    swings: moving.map(({ factor, low, high }) => ({
      factor,
      low: { at: low.at, value: plottedUsd(low.value) },
      high: { at: high.at, value: plottedUsd(high.value) },
    })),
    format: (usd) => (usd === null ? '' : formatUsd(BigInt(Math.round(usd * 1e6)) * 1_000_000n)),
  }
}

export function whereItGoes({ forecast }: FinanceReport): Markup {
  return html`<h2>What it pays for</h2>
${costByLine(forecast)}
${phaseTable(forecast.phases, forecast.timezone)}
${tailTable(forecast.tails)}`
}

export function everyLine({ forecast }: FinanceReport): Markup {
  return html`<h2>Every line</h2>
${lineTable(forecast)}
${unpricedTable(forecast)}`
}

function phaseTable(phases: readonly PhaseCost[], timezone: string): Markup {
  const days = Math.max(0, ...phases.map(({ day }) => day))
  return table(
    `By phase, on the clocks of ${timezone}`,
    [
      { title: 'Phase' },
      { title: 'From' },
      { title: 'To' },
      { title: 'Hours', numeric: true },
      { title: 'Amount', numeric: true },
    ],
    phases.map(({ name, day, startsAt, endsAt, hours, amount }) => [
      phaseName({ name, day }, days),
      startsAt.replace('T', ' '),
      endsAt.replace('T', ' '),
      String(Number(hours.toFixed(2))),
      formatUsd(amount),
    ]),
  )
}

function tailTable(tails: readonly Tail[]): Markup | null {
  if (tails.length === 0) return null
  return table(
    'What goes on costing afterwards',
    [{ title: 'What' }, { title: 'Venue' }, { title: 'A month', numeric: true }, { title: 'How long' }],
    tails.map(({ venue, what, monthly, atMost, ends, why }) => [
      what,
      venue,
      monthly === null ? 'not known' : `${formatUsd(monthly)}${atMost ? ' at most' : ''}`,
      underneath(ENDS[ends], why),
    ]),
  )
}
