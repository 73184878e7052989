// What changed between two events as one HTML file: the difference first, then each line with its reason, then the figures.
import type { EventComparison } from '../simulator/costs/compare/compare-result.ts'
import { amountText, changed, FROM, reasons, unpricedLines, value, why } from './compare.ts'
import { formatCount, formatUsd, formatUsdChange } from './format.ts'
import { html, type Markup } from './html.ts'
import { renderPage } from './page.ts'
import { table } from './table.ts'

/** Equal results give equal files. `reproduce`: the command that repeats it. */
export function renderCompareHtml(result: EventComparison, reproduce: string): string {
  const { before, after, cost } = result
  return renderPage(
    `${before} → ${after}`,
    html`<header>
<h1>${before} → ${after}</h1>
<p class="facts">${formatUsd(cost.before)} → ${formatUsd(cost.after)} · ${formatUsdChange(cost.difference)}</p>
</header>
<section><h2>Cost</h2>
<p>Of the difference: ${reasons(result)}.</p>
${lines(result)}
${unpricedLines(result).map((text) => html`<p>${text}</p>`)}</section>
<section><h2>Figures</h2>
${figures(result)}</section>
<section><h2>Again</h2><pre>${reproduce}</pre></section>`,
  )
}

function lines(result: EventComparison): Markup {
  const { lines: differing, same } = changed(result)
  const { before, after, difference } = result.cost
  return table(
    same === 0 ? 'Every line differs' : `Lines that differ; ${formatCount(same)} are the same`,
    [
      { title: 'Line' },
      { title: 'Before', numeric: true },
      { title: 'After', numeric: true },
      { title: 'Difference', numeric: true },
      { title: 'Reason' },
    ],
    differing.map((line) => [
      `${line.venue}: ${line.description}`,
      amountText(line.before),
      amountText(line.after),
      formatUsdChange(line.difference),
      why(line),
    ]),
    ['Total', formatUsd(before), formatUsd(after), formatUsdChange(difference), ''],
  )
}

function figures({ figures: all, figuresFrom, noFigures }: EventComparison): Markup {
  if (figuresFrom === null) return html`<p>No figures: ${noFigures}</p>`
  return table(
    `Figures ${FROM[figuresFrom]}`,
    [{ title: 'Figure' }, { title: 'Before', numeric: true }, { title: 'After', numeric: true }],
    all.map((figure) => [figure.label, value(figure, 'before'), value(figure, 'after')]),
  )
}
