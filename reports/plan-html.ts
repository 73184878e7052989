// The cheapest way of buying as one HTML file: the answer, every way by cost and lateness, what was tried, and what it hangs on.
import type { PlanResult, VenuePlan } from '../simulator/plan/plan-result.ts'
import { formatMs, formatUsd } from './format.ts'
import { html, type Markup } from './html.ts'
import { renderPage } from './page.ts'
import { figure } from './plots/figure.ts'
import { paretoPlot, plottedPoints } from './plots/pareto.ts'
import { table } from './table.ts'
import { headline, levelCells, notes, verdict } from './terminal-plan.ts'

/** Equal results give equal files. `reproduce`: the command that repeats it. */
export function renderPlanHtml(result: PlanResult, reproduce: string): string {
  const { event, firstSeed, seeds, chosen, venues } = result
  return renderPage(
    `${event} · the cheapest way of buying`,
    html`<header>
<h1>${event}: the cheapest way of buying</h1>
<p class="facts">seeds ${firstSeed} to ${firstSeed + seeds - 1} · the event as written costs ${formatUsd(result.own.cost)}</p>
</header>
<section><h2>What was found</h2>${headline(result).map((text) => html`<p>${text}</p>`)}
${chosen && levels(chosen)}</section>
${venues.map((venue, i) => html`<section><h2>${venue.venue}</h2>${ways(venue, i)}${finalists(venue)}</section>`)}
<section><h2>What it hangs on</h2>
<ul>${notes(result).map((text) => html`<li>${text}</li>`)}</ul></section>
<section><h2>Again</h2><pre>${reproduce}</pre></section>`,
  )
}

function levels({ levels: all }: NonNullable<PlanResult['chosen']>): Markup {
  return table(
    'Service levels with the chosen',
    [
      { title: 'Level' },
      { title: 'Limit', numeric: true },
      { title: 'Days met', numeric: true },
      { title: 'At least', numeric: true },
      { title: 'Worst day', numeric: true },
    ],
    all.filter(({ days }) => days > 0).map(levelCells),
  )
}

/** One point is no choice. */
function ways(venue: VenuePlan, i: number): Markup | null {
  if (plottedPoints(venue).length < 2) return null
  return figure(
    `ways-${i}`,
    'Cost against lateness',
    [],
    (id, width) => paretoPlot(venue, id, width),
    'The diamond is chosen; pale points are beaten by another in everything that is looked at. Lateness is by formulas; the table below has the twin’s.',
  )
}

function finalists({ finalists: all, chosen }: VenuePlan): Markup {
  const latency = (ms: number | null) => (ms === null ? '' : formatMs(ms))
  return table(
    'Tried in the twin, cheapest first',
    [
      { title: 'Way of buying' },
      { title: 'Event costs', numeric: true },
      { title: 'Ack p99', numeric: true },
      { title: 'Delivery p99', numeric: true },
      { title: 'by formulas', numeric: true },
      { title: 'Days', numeric: true },
      { title: 'Levels' },
    ],
    all.map((finalist, i) => [
      html`<span>${i === chosen ? html`<strong>${finalist.what}</strong>` : finalist.what}${finalist.own && html`<small>as is</small>`}</span>`,
      formatUsd(finalist.cost),
      latency(finalist.twin.ackP99Ms),
      latency(finalist.twin.deliveryP99Ms),
      latency(finalist.formulas?.deliveryP99Ms ?? null),
      String(finalist.days),
      verdict(finalist),
    ]),
  )
}
