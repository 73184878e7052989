// The forecast as one page that finance can forward: the figure with its interval, what it buys, ways of buying, and
// what would change the answer.
import type { OverBudget } from '../simulator/costs/interval/interval-result.ts'
import { billAssumptions } from './bill-assumptions.ts'
import { share } from './factors.ts'
import { everyLine, intervalSection, whereItGoes } from './finance-cost.ts'
import type { FinanceReport } from './finance-input.ts'
import { outageSection } from './finance-outage.ts'
import { calendarSection, policiesSection } from './finance-policies.ts'
import { allocationSection, sponsorsSection } from './finance-sponsors.ts'
import { formatClock, formatCount, formatDate, formatUsd, formatValue } from './format.ts'
import type { Standing } from './headline.ts'
import { html, type Markup } from './html.ts'
import { renderPage } from './page.ts'
import { table, underneath } from './table.ts'

/** Equal reports give equal files. */
export function renderFinanceHtml(report: FinanceReport): string {
  return renderPage(
    `${report.event.title} · what it costs`,
    html`${firstScreen(report)}
<section>${intervalSection(report)}</section>
<section>${changesTheAnswer(report)}</section>
<section>${buys(report)}</section>
<section>${whereItGoes(report)}</section>
<section>${policiesSection(report.policies)}</section>
<section>${calendarSection(report.calendar)}</section>
<section>${sponsorsSection(report.income, report.forecast.total)}</section>
<section>${outageSection(report.forecast.outage)}</section>
<section>${allocationSection(report.allocations)}</section>
<section>${everyLine(report)}</section>
<section>${assumed(report)}</section>
<section><h2>Again</h2>
<p>The same seed, revision and event file give the same page. Amounts are rounded for display, one by one; the CSV has them exact.</p>
<pre><code>${report.reproduce}</code></pre></section>`,
  )
}

const VERDICT: Record<OverBudget['outcome'], { text: string; standing: Standing }> = {
  within: { text: 'Within budget', standing: 'good' },
  over: { text: 'Over budget', standing: 'bad' },
  inconclusive: { text: 'Too close to tell', standing: 'unknown' },
  unknown: { text: 'Not known', standing: 'unknown' },
}

function firstScreen({ event, forecast }: FinanceReport): Markup {
  const { interval, budget, total, attendees, vat } = forecast
  const outcome = interval?.over?.outcome ?? budget?.outcome ?? null
  const verdict = outcome === null ? null : VERDICT[outcome]
  const at = (p: number) => interval?.quantiles.find((quantile) => quantile.p === p)?.value ?? null
  const [p10, p90, p99] = [at(0.1), at(0.9), at(0.99)]
  const over = interval?.over ?? null
  const numbers: { label: string; value: string; details: string[] }[] = [
    {
      label: 'Expected, before tax',
      value: formatUsd(total),
      details: [
        attendees > 0 ? `${formatUsd(total / BigInt(attendees))} an attendee` : '',
        vat === null ? '' : `${formatUsd(total + vat.amount)} with ${share(vat.share)} tax`,
      ],
    },
    ...(p10 === null || p90 === null
      ? []
      : [
          {
            label: 'Eight bills in ten',
            value: `${formatUsd(p10)} – ${formatUsd(p90)}`,
            details: ['P10 to P90'],
          },
        ]),
    ...(p99 === null
      ? []
      : [{ label: 'All but one in a hundred', value: formatUsd(p99), details: ['at or below, P99'] }]),
    ...(over === null
      ? []
      : [
          {
            label: `Above ${formatUsd(over.limit)}`,
            value: share(over.runs / (interval?.runs ?? 1)),
            details: [`the chance is ${share(over.low)} to ${share(over.high)}`],
          },
        ]),
  ]
  return html`<header>
<p class="over">micropop forecast</p>
<h1>${event.title}: what it costs</h1>
<p class="facts">${[
    `${formatDate(event.startMs, event.timezone)}, ${formatClock(event.startMs, event.timezone)} ${event.timezone}`,
    `${formatCount(event.days)} ${event.days === 1 ? 'day' : 'days'}`,
    `${formatCount(attendees)} attendees`,
    forecast.region,
    event.file,
  ].join(' · ')}</p>
${
  verdict !== null &&
  html`<div class="decision ${verdict.standing}">
<h2 id="decision">${verdict.text}</h2>
<ul aria-label="Reasons">${reasons({ forecast }).map((reason) => html`<li>${reason}</li>`)}</ul>
</div>`
}
<dl class="numbers four">
${numbers.map(
  ({ label, value, details }) =>
    html`<div class="is-${verdict?.standing ?? 'unknown'}"><dt>${label}</dt><dd class="value">${value}</dd>${details
      .filter((detail) => detail !== '')
      .map((detail) => html`<dd class="detail">${detail}</dd>`)}</div>\n`,
)}</dl>
</header>`
}

function reasons({ forecast }: Pick<FinanceReport, 'forecast'>): string[] {
  const { interval, unpriced, staleRates, budget } = forecast
  const over = interval?.over ?? null
  return [
    over === null
      ? `The expected bill against a budget of ${formatUsd(budget?.limit ?? 0n)}`
      : `${share(over.runs / (interval?.runs ?? 1))} of possible bills are above the budget of ${formatUsd(over.limit)}`,
    unpriced.length === 0
      ? 'Everything it uses has a price'
      : `Not priced, and in no sum: ${formatCount(unpriced.length)} of the things it uses`,
    ...(staleRates.length > 0
      ? [
          `${formatUsd(staleRates.reduce((sum, { amount }) => sum + amount, 0n))} of it is at rates older than half a year`,
        ]
      : []),
  ]
}

function buys({ event, forecast }: FinanceReport): Markup {
  const totals = new Map<string, bigint>()
  for (const { venue, amount } of forecast.lines) totals.set(venue, (totals.get(venue) ?? 0n) + amount)
  const named = event.venues.map(({ name, placement, attendees, machine }) => [
    name,
    underneath(placement, machine),
    formatCount(attendees),
    formatUsd(totals.get(name) ?? 0n),
  ])
  const others = [...totals].filter(([venue]) => event.venues.every(({ name }) => name !== venue))
  return html`<h2>What it buys</h2>
${table(
  'Venues, each with its PoP, and what they share',
  [
    { title: 'Venue' },
    { title: 'Where, and on what' },
    { title: 'Attendees', numeric: true },
    { title: 'Amount', numeric: true },
  ],
  [
    ...named,
    ...others.map(([venue, amount]) => [venue, 'central services in the region', '', formatUsd(amount)]),
  ],
  ['Total', '', formatCount(forecast.attendees), formatUsd(forecast.total)],
)}`
}

function changesTheAnswer({ forecast }: FinanceReport): Markup {
  const { cheaper, anHourLonger, unpriced, approved } = forecast
  const ways = (cheaper ?? []).map(
    ({ changes, total, saves, missed }) =>
      html`<li>${`${changes.map(({ what }) => what).join(', ')}: ${formatUsd(total)}, ${formatUsd(saves)} less; ${levels(missed)}`}</li>`,
  )
  return html`<h2>What would change the answer</h2>
<ul>
<li>${`An hour longer: ${formatUsd(anHourLonger)} more.`}</li>
${unpriced.length > 0 && html`<li>${`What has no price: ${unpriced.map(({ description, venue }) => `${description} (${venue})`).join('; ')}.`}</li>`}
${approved !== null && html`<li>${`Since the approval of ${approved.approved.createdAt.slice(0, 10)}: ${formatUsd(approved.difference)} over ${formatCount(approved.changes.length)} lines; the event file is ${approved.sameEventFile ? 'the same' : 'another one'}.`}</li>`}
${ways}
</ul>`
}

function levels(missed: NonNullable<FinanceReport['forecast']['cheaper']>[number]['missed']): string {
  if (missed === null) return 'whether the service levels hold is not told'
  if (missed.length === 0) return 'every service level that holds now holds'
  return missed
    .map(
      ({ label, value, limit, unit }) =>
        `${label} ${formatValue(value, unit)} misses ${formatValue(limit, unit)}`,
    )
    .join(', ')
}

function assumed({ forecast }: FinanceReport): Markup {
  const { interval, priceBook, free, vat, staleRates } = forecast
  return html`<h2>Assumptions and sources</h2>
<ul>
${interval !== null && billAssumptions(interval).map((text) => html`<li>${text}</li>`)}
<li>${`Prices gathered ${priceBook.date}: ${priceBook.sources.join('; ')}. Each line names the source and the day of its rate.`}</li>
${staleRates.map(
  ({ rateId, region, rateSource, amount }) =>
    html`<li>${`Older than half a year: ${rateId} in ${region}, ${rateSource.date}, ${formatUsd(amount)} of the bill.`}</li>`,
)}
<li>${vat === null ? 'Amounts are before tax: the event states none.' : `Amounts are before tax but where they say so; ${share(vat.share)} of the total is ${formatUsd(vat.amount)}.`}</li>
<li>${`Free of charge by themselves: ${free.map(({ type, count }) => `${count} × ${type}`).join('; ')}.`}</li>
</ul>`
}
