// The page for finance: what sponsors are expected to pay beside the cost, what an outage takes, and who bears what.
import type { Allocation } from '../simulator/costs/sponsors/allocation-result.ts'
import type { SponsorIncome } from '../simulator/costs/sponsors/sponsor-income-result.ts'
import { formatQuantity, formatUsd } from './format.ts'
import { html, type Markup } from './html.ts'
import { table } from './table.ts'

/** `cost`: of the event, before tax. */
export function sponsorsSection(income: SponsorIncome | null, cost: bigint): Markup | null {
  if (income === null) return null
  const { sponsors, total, outage } = income
  return html`<h2>Sponsors</h2>
<p>${`As expected, ${formatUsd(total)} of income against ${formatUsd(cost)} of cost: ${formatUsd(total - cost)} net, before tax.`}</p>
${table(
  'What sponsors are expected to pay',
  [
    { title: 'Sponsor' },
    { title: 'User-seconds', numeric: true },
    { title: 'By the rate', numeric: true },
    { title: 'Income', numeric: true },
  ],
  sponsors.map(({ sponsor, userSeconds, metered, income: paid, bound }) => [
    sponsor,
    formatQuantity(userSeconds, 0),
    formatUsd(metered),
    bound === null ? formatUsd(paid) : `${formatUsd(paid)}, by the ${bound}`,
  ]),
  ['Total', '', '', formatUsd(total)],
)}
${
  outage !== null &&
  html`<p>${`The outage ${outage.name} would take ${formatUsd(outage.withPops.income)} of it (${formatQuantity(outage.withPops.userSeconds, 0)} user-seconds); without PoPs ${formatUsd(outage.withoutPops.income)} (${formatQuantity(outage.withoutPops.userSeconds, 0)}).`}</p>`
}`
}

const BY = { sponsor: 'Sponsor', venue: 'Venue', 'cost-centre': 'Cost centre' } as const

/** Each sums to the total rounded to the cent. */
export function allocationSection(allocations: readonly Allocation[]): Markup | null {
  const split = allocations.filter(({ parts }) => parts.some(({ of }) => of !== null))
  if (split.length === 0) return null
  return html`<h2>Who bears what</h2>
<p>Each split sums to the total, to the cent. Sponsors bear each venue’s lines, and what venues share, in the proportions of their user-seconds.</p>
<div class="pair">${split.map(({ by, parts, total }) =>
    table(
      `By ${BY[by].toLowerCase()}`,
      [{ title: BY[by] }, { title: 'Amount', numeric: true }],
      parts.map(({ of, amount }) => [of ?? 'nobody is named', formatUsd(amount)]),
      ['Total', formatUsd(total)],
    ),
  )}</div>`
}
