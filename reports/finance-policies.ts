// The page for finance: ways of buying the machines, of this event alone and of a calendar of events.
import type { PolicyComparison, PolicyCost } from '../simulator/costs/purchase/policies-result.ts'
import { share, spotShareTexts } from './factors.ts'
import { formatCount, formatUsd } from './format.ts'
import { html, type Markup } from './html.ts'
import { breakEvenPlot, commitmentsOf } from './plots/break-even.ts'
import { cashFlowPlot } from './plots/cash-flow.ts'
import { figure } from './plots/figure.ts'
import { table, underneath } from './table.ts'

export function policiesSection(comparison: PolicyComparison): Markup {
  return html`<h2>Ways of buying</h2>
<p>${`The machines on EC2 of this event alone: ${pools(comparison)}. Rents at venues are the same in every way.`}</p>
${policyTable('What its machines cost in each way', comparison)}
${spotRisk(comparison)}
${holes(comparison)}`
}

export function calendarSection(comparison: PolicyComparison | null): Markup | null {
  if (comparison === null) return null
  const { name, events, eventDays, draws } = comparison
  const committed = commitmentsOf(comparison)
  const [first] = committed
  return html`<h2>Over the calendar</h2>
<p>${`${name}: ${formatCount(events.length)} events, ${formatCount(eventDays)} event days; ${pools(comparison)}. Shares machines between events that do not overlap.`}</p>
${policyTable('What all machines cost in each way', comparison)}
${spotRisk(comparison)}
${
  committed.length > 0 &&
  figure(
    'break-even',
    'From how many event days on a commitment pays',
    [
      ['measured', 'on demand'],
      ['twin', 'commitments'],
      ['limit', 'days of the calendar'],
    ],
    (id, width) => breakEvenPlot(comparison, id, width),
    'A commitment costs the same however many days it is used. Left of where it meets the line of on demand, it loses money.',
  )
}
${
  first !== undefined &&
  first.months.length > 0 &&
  figure(
    'cash-flow',
    `Cash and amortised cost by month: ${first.label}`,
    [
      ['measured', 'cash'],
      ['solid-twin', 'amortised'],
    ],
    (id, width) => cashFlowPlot(first, id, width),
    'Cash is when it is paid; amortised is what the hours of each month take of it.',
  )
}
${
  draws !== null &&
  html`<p class="small">${`Regret: what it costs more than the cheapest way if half of the events are cancelled, over ${formatCount(draws.count)} draws (seed ${draws.seed}).`}</p>`
}
${holes(comparison)}`
}

function pools({ pools: all }: PolicyComparison): string {
  if (all.length === 0) return 'none'
  return all
    .map(
      ({ region, instanceType, discount, peak, hours }) =>
        `${formatCount(peak)} × ${instanceType} at once in ${region}, ${hours.toFixed(1)} machine hours` +
        (discount === 0 ? '' : `, ${share(discount)} off every price as agreed`),
    )
    .join('; ')
}

function policyTable(caption: string, comparison: PolicyComparison): Markup | null {
  const known = comparison.policies.filter(({ cash }) => cash !== null)
  if (known.length === 0) return null
  const many = comparison.draws !== null
  const usd = (amount: bigint | null | undefined) =>
    amount === null || amount === undefined ? '' : formatUsd(amount)
  return table(
    caption,
    [
      { title: 'Way' },
      { title: 'Up front', numeric: true },
      { title: 'Attributed', numeric: true },
      { title: 'Cash in all', numeric: true },
      { title: 'Risk', numeric: true },
      { title: 'Used', numeric: true },
      { title: 'Break-even', numeric: true },
      ...(many ? [{ title: 'Regret', numeric: true }] : []),
    ],
    known.map((policy) => [
      underneath(policy.label, policy.oldestRate === null ? '' : `oldest rate ${policy.oldestRate}`),
      usd(policy.upfront),
      usd(policy.attributed),
      usd(policy.cash),
      underneath(
        usd(policy.risk),
        policy.missedLevels === 0 ? '' : `${policy.missedLevels.toPrecision(2)} missed levels expected`,
      ),
      policy.utilisation === null ? '' : share(policy.utilisation),
      breakEven(policy),
      ...(many ? [underneath(usd(policy.regret?.expected), `worst ${usd(policy.regret?.worst)}`)] : []),
    ]),
  )
}

function spotRisk({ spotShares }: PolicyComparison): Markup | null {
  if (spotShares.length === 0) return null
  return html`<p class="small">${`Risk of spot: ${spotShareTexts(spotShares).join(' ')}`}</p>`
}

function breakEven({ breakEvenDays, termDays }: PolicyCost): string {
  if (breakEvenDays === null || termDays === null) return ''
  return breakEvenDays > termDays ? 'never' : `${formatCount(breakEvenDays)} days`
}

function holes({ policies }: PolicyComparison): Markup | null {
  const without = policies.filter(({ cash }) => cash === null)
  if (without.length === 0) return null
  const text = without.map(({ label, missing }) => `${label} (${missing.join(', ')})`).join('; ')
  return html`<p class="small">${`Not compared, for want of a rate: ${text}.`}</p>`
}
