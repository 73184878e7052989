// The page for finance: what the event's outage costs, as one short table, and how PoPs come through it.
import type { OutageCost } from '../simulator/costs/outage/outage-cost-result.ts'
import { formatUsdChange } from './format.ts'
import { html, type Markup } from './html.ts'
import { table, underneath } from './table.ts'
import {
  changeOf,
  missedText,
  NOTHING_IS_CUT,
  outageTitle,
  reasonsOf,
  recoveryText,
  sourceOf,
  sumText,
  whatOf,
} from './terminal-outage.ts'

export function outageSection(outage: OutageCost | null): Markup {
  if (outage === null) return html`<h2>What an outage costs</h2><p>${NOTHING_IS_CUT}</p>`
  const { recoveries, lines, total } = outage
  const others = reasonsOf({ ...outage, lines: [] })
  return html`<h2>What an outage costs</h2>
<p>${`${outageTitle(outage)}. ${sumText(outage)}`}</p>
<p>${missedText(outage)}</p>
<ul>${recoveries.map((recovery) => html`<li>${`${recoveryText(recovery, recoveries)}.`}</li>`)}</ul>
${
  lines.length > 0 &&
  table(
    'What the outage adds, before tax',
    [
      { title: 'What, and why' },
      { title: 'Quantity', numeric: true },
      { title: 'Rate, USD', numeric: true },
      { title: 'Amount', numeric: true },
    ],
    lines.map((line) => [
      underneath(whatOf(line), line.why),
      underneath(changeOf(line), line.unit),
      underneath(line.rate, sourceOf(line)),
      formatUsdChange(line.amount),
    ]),
    ['In all', '', '', formatUsdChange(total)],
  )
}
${others.map((text) => html`<p class="small">${text}</p>`)}`
}
