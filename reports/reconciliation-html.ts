// A reconciliation as one page that finance can forward: the verdict, why the bill is not as forecast, and line by line.
import type { Coverage } from '../simulator/costs/ledger/ledger-result.ts'
import type {
  Finding,
  Reason,
  Reconciliation,
  VarianceLine,
} from '../simulator/costs/reconcile/reconcile-result.ts'
import {
  counted,
  formatCount,
  formatInstant,
  formatPercent,
  formatQuantity,
  formatUsd,
  formatUsdChange,
} from './format.ts'
import type { Standing } from './headline.ts'
import { html, type Markup } from './html.ts'
import { renderPage } from './page.ts'
import { figure } from './plots/figure.ts'
import { variancePlot } from './plots/variance.ts'
import {
  differs,
  KINDS,
  magnitude,
  partsOf,
  REASONS,
  resourcesText,
  UNTAGGED_UNKNOWN,
} from './reconciliation.ts'
import { table, underneath } from './table.ts'
import { scoredText } from './terminal-interval.ts'

/** Rows of a table: a bill may have thousands of lines. The CSV has all. */
const LINES_MAX = 200
const FINDINGS_MAX = 200
/** Letters of a quantity that stay on one line; a bill's units may be of any length. */
const WHOLE_MAX = 20

export interface ReconciliationReport extends Reconciliation {
  /** Of the ledger; null: none was given. */
  coverage: Coverage | null
  /** The command that makes the page again. */
  reproduce: string
}

/** Equal reports give equal files. */
export function renderReconciliationHtml(report: ReconciliationReport): string {
  const compared = report.outcome !== 'nothing'
  return renderPage(
    `${report.event} · forecast and bill`,
    html`${firstScreen(report)}
${compared && html`<section>${whyItDiffers(report)}</section>\n<section>${lineByLine(report)}</section>\n<section>${findingsSection(report)}</section>\n`}<section>${notCompared(report)}</section>
<section>${heldSoFar(report)}</section>
<section><h2>Again</h2>
<p>The same bill, forecast and event file give the same page. Amounts are rounded for display, one by one; the CSV has them exact.</p>
<pre><code>${report.reproduce}</code></pre></section>`,
  )
}

function firstScreen(report: ReconciliationReport): Markup {
  const { event, format, matchedRows, rows, window, forecastFrom, forecast, billed, rents, limits } = report
  const verdict = verdictOf(report)
  const ofInterval = limits.from === 'interval'
  const numbers: { label: string; value: string; details: string[] }[] = [
    { label: 'Forecast, before tax', value: formatUsd(forecast), details: [forecastFrom] },
    {
      label: ofInterval ? 'Eight bills in ten' : 'Tolerance',
      value: `${formatUsd(limits.low)} – ${formatUsd(limits.high)}`,
      details: [ofInterval ? withRents('P10 to P90', rents) : 'around the forecast: no interval was kept'],
    },
    {
      label: 'Billed, before tax',
      value: formatUsd(billed),
      details: ofInterval && rents > 0n ? [`${formatUsd(billed + rents)} with what venues are paid`] : [],
    },
    {
      label: 'Difference',
      value: formatUsdChange(billed - forecast),
      details:
        forecast > 0n
          ? [`${formatPercent(Number(billed - forecast) / Number(forecast))} of the forecast`]
          : [],
    },
  ]
  return html`<header>
<p class="over">micropop reconcile</p>
<h1>${event}: the forecast and the bill</h1>
<p class="facts">${[
    format,
    `${formatCount(matchedRows)} of ${counted(rows, 'row')}`,
    `${formatInstant(window.startMs)} to ${formatInstant(window.endMs)}`,
  ].join(' · ')}</p>
<div class="decision ${verdict.standing}">
<h2 id="decision">${verdict.text}</h2>
<ul aria-label="Reasons">${verdict.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>
</div>
${
  report.outcome !== 'nothing' &&
  html`<dl class="numbers four">
${numbers.map(
  ({ label, value, details }) =>
    html`<div class="is-${verdict.standing}"><dt>${label}</dt><dd class="value">${value}</dd>${details.map((detail) => html`<dd class="detail">${detail}</dd>`)}</div>\n`,
)}</dl>`
}
</header>`
}

function withRents(text: string, rents: bigint): string {
  return rents > 0n ? `${text} with ${formatUsd(rents)} for venues` : text
}

function verdictOf(report: ReconciliationReport): { text: string; standing: Standing; reasons: string[] } {
  const { outcome, event, limits, rents, billed, forecast, parts, findings } = report
  if (outcome === 'nothing') {
    return {
      ...{ text: 'Nothing to compare', standing: 'unknown' },
      reasons: [
        `No row of this time carries the tag micropop:event with the value ${event}`,
        'AWS puts a tag on bills from when it is activated as a cost allocation tag, not before',
      ],
    }
  }
  const what = limits.from === 'interval' ? 'interval' : 'tolerance'
  const counted_ = limits.from === 'interval' ? billed + rents : billed
  const within = `${formatUsd(limits.low)} to ${formatUsd(limits.high)}`
  const [most] = REASONS.toSorted((a, b) => (magnitude(parts[a]) < magnitude(parts[b]) ? 1 : -1))
  const twice = findings.filter(({ kind }) => kind === 'charged-twice')
  return {
    ...(outcome === 'within'
      ? { text: `Within the ${what}`, standing: 'good' }
      : { text: `Outside the ${what}`, standing: 'bad' }),
    reasons: [
      `${withRents(formatUsd(counted_), limits.from === 'interval' ? rents : 0n)} is ${outcome === 'within' ? 'within' : 'outside'} ${within}`,
      ...(billed === forecast || most === undefined
        ? []
        : [`Most of the difference: ${MEANS[most].most}, ${formatUsdChange(parts[most])}`]),
      ...(twice.length > 0
        ? [
            `${formatUsd(twice.reduce((sum, { amount }) => sum + amount, 0n))} is charged twice; ask for it back`,
          ]
        : []),
    ],
  }
}

const MEANS: Record<Reason, { title: string; most: string; says: string }> = {
  price: { title: 'Price', most: 'another price', says: 'billed at another price than forecast' },
  quantity: { title: 'Quantity', most: 'another quantity', says: 'more or less used than forecast' },
  unforecast: { title: 'Unforecast', most: 'what nobody forecast', says: 'on the bill, in no forecast' },
  missing: { title: 'Missing', most: 'what is not on the bill', says: 'forecast, not on the bill' },
  refund: { title: 'Refund', most: 'refunds', says: 'given back on the bill' },
}

function whyItDiffers(report: ReconciliationReport): Markup {
  const { parts, billed, forecast, limits, rents } = report
  const ofInterval = limits.from === 'interval'
  const cloud = ofInterval ? { low: limits.low - rents, high: limits.high - rents } : limits
  return html`<h2>Why it is not as forecast</h2>
${figure(
  'variance',
  'From the forecast to the bill',
  [
    ['solid-twin', 'more'],
    ['measured', 'less'],
    ['outage', ofInterval ? 'P10 to P90' : 'the tolerance'],
  ],
  (id, width) => variancePlot(report, cloud, id, width),
  ofInterval && rents > 0n
    ? `Bands are without the ${formatUsd(rents)} for venues, which no cloud bills.`
    : 'Bars add up: each begins where the one above it ends.',
)}
${table(
  'The difference by reason',
  [{ title: 'Reason' }, { title: 'What it means' }, { title: 'Amount', numeric: true }],
  REASONS.map((reason) => [MEANS[reason].title, MEANS[reason].says, formatUsdChange(parts[reason])]),
  ['Difference', '', formatUsdChange(billed - forecast)],
)}`
}

function lineByLine({ lines, forecast, billed }: ReconciliationReport): Markup {
  const difference = (line: Pick<VarianceLine, 'forecast' | 'billed'>) => line.billed - line.forecast
  const different = lines
    .filter(differs)
    .toSorted((a, b) => (magnitude(difference(a)) < magnitude(difference(b)) ? 1 : -1))
  const [shown, smaller] = [different.slice(0, LINES_MAX), different.slice(LINES_MAX)]
  const alike = lines.filter((line) => !differs(line))
  const together = (all: VarianceLine[], title: string) =>
    all.length === 0
      ? []
      : [
          [
            title,
            ...[sumOf(all, 'forecast'), sumOf(all, 'billed')].map(formatUsd),
            formatUsdChange(sumOf(all, 'billed') - sumOf(all, 'forecast')),
            '',
          ],
        ]
  return html`<h2>Line by line</h2>
<p>Lines are of one venue, rate and region. A quantity is of all resources of the line together.</p>
${table(
  'Lines by what they differ',
  [
    { title: 'Line' },
    { title: 'Forecast', numeric: true },
    { title: 'Billed', numeric: true },
    { title: 'Difference', numeric: true },
    { title: 'Why' },
  ],
  [
    ...shown.map((line) => [
      underneath(line.what, [line.venue, resourcesText(line)].filter((text) => text !== '').join(', ')),
      withQuantity(line.forecast, line.quantity.forecast, line.unit),
      withQuantity(line.billed, line.quantity.billed, line.unit),
      formatUsdChange(difference(line)),
      html`${partsOf(line).map(([reason, amount], i) => html`${i > 0 && ', '}<span class="whole">${`${reason} ${formatUsdChange(amount)}`}</span>`)}`,
    ]),
    ...together(smaller, `${counted(smaller.length, 'smaller line')}; the CSV has all`),
    ...together(
      alike,
      `${counted(alike.length, 'line')} that ${alike.length === 1 ? 'differs' : 'differ'} by less than a cent`,
    ),
  ],
  ['Total', formatUsd(forecast), formatUsd(billed), formatUsdChange(billed - forecast), ''],
)}`
}

function withQuantity(amount: bigint, quantity: string | null, unit: string): Markup | string {
  if (quantity === null) return formatUsd(amount)
  const text = `${formatQuantity(quantity)} ${unit}`
  return underneath(
    formatUsd(amount),
    text.length > WHOLE_MAX ? text : html`<span class="whole">${text}</span>`,
  )
}

function sumOf(lines: VarianceLine[], of: 'forecast' | 'billed'): bigint {
  return lines.reduce((sum, line) => sum + line[of], 0n)
}

function findingsSection({ findings }: ReconciliationReport): Markup {
  const sorted = findings.toSorted((a, b) => (magnitude(a.amount) < magnitude(b.amount) ? 1 : -1))
  const more = sorted.length - FINDINGS_MAX
  const title = ({ kind }: Finding) => `${KINDS[kind].slice(0, 1).toUpperCase()}${KINDS[kind].slice(1)}`
  if (sorted.length === 0) return html`<h2>What stands out</h2><p>Nothing.</p>`
  return html`<h2>What stands out</h2>
${table(
  'The largest first',
  [{ title: 'Finding' }, { title: 'Where' }, { title: 'Amount', numeric: true }],
  sorted
    .slice(0, FINDINGS_MAX)
    .map((finding) => [
      underneath(title(finding), finding.says),
      underneath(finding.what, finding.venue),
      formatUsdChange(finding.amount),
    ]),
)}
${more > 0 && html`<p class="small">${`And ${formatCount(more)} smaller; the CSV has all.`}</p>`}`
}

function notCompared({ credits, taxes, rents, rates, untagged, outcome }: ReconciliationReport): Markup {
  const converted = Object.entries(rates).map(([currency, usd]) => `${currency} at ${usd} USD`)
  return html`<h2>Not in the comparison</h2>
${table(
  'Shown, not compared',
  [{ title: 'What' }, { title: 'Why' }, { title: 'Amount', numeric: true }],
  [
    ['Credits on the bill', 'a forecast is before them', formatUsdChange(credits)],
    ['Taxes on the bill', 'a forecast is before them', formatUsdChange(taxes)],
    ['Paid to venues', "forecast, and on no cloud's bill", formatUsd(rents)],
  ],
)}
${
  untagged.length === 0
    ? html`<p>${outcome === 'nothing' ? UNTAGGED_UNKNOWN : 'Nothing of these accounts, time and services lacks a tag'}.</p>`
    : table(
        'Without a tag: same accounts, time and services; not counted (the largest)',
        [
          { title: 'Usage' },
          { title: 'Account' },
          { title: 'Rows', numeric: true },
          { title: 'Amount', numeric: true },
        ],
        untagged.map(({ account, what, rows, amount }) => [
          what,
          account,
          formatCount(rows),
          formatUsd(amount),
        ]),
      )
}
${converted.length > 0 && html`<p>${`Converted: ${converted.join(', ')}.`}</p>`}`
}

function heldSoFar({ coverage }: ReconciliationReport): Markup {
  return html`<h2>How forecasts have held</h2>
<p>${
    coverage === null
      ? 'No ledger was given, so no forecast was kept to be held against its bill.'
      : coverage.scored === 0
        ? 'No forecast of the ledger has been held against a bill yet.'
        : scoredText(coverage)
  }</p>`
}
