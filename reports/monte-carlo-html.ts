// Many possible days as one HTML file: chances, quantiles, and a tornado plot of each figure that depends on something.
import type { LevelChance, MonteCarloResult } from '../simulator/monte-carlo/monte-carlo-result.ts'
import { assumptions, factorName, movingSwings, share, TORNADOS_SHOWN } from './factors.ts'
import { formatCount, formatSeconds, formatValue } from './format.ts'
import { limitText, OUTCOME_TEXT } from './headline.ts'
import { html, type Markup } from './html.ts'
import { renderPage } from './page.ts'
import { figure } from './plots/figure.ts'
import { figureBars, tornadoPlot } from './plots/tornado.ts'
import { table } from './table.ts'
import { between, STOPPED } from './terminal-monte-carlo.ts'

/** Equal results give equal files. `reproduce`: the command that repeats it. */
export function renderMonteCarloHtml(result: MonteCarloResult, reproduce: string): string {
  const { event, days, firstSeed, window, outage, outsideRange } = result
  return renderPage(
    `${event} · ${formatCount(days)} possible days`,
    html`<header>
<h1>${event}: ${formatCount(days)} possible days</h1>
<p class="facts">${formatSeconds(window.endS - window.startS)} each · seeds ${firstSeed} to ${firstSeed + days - 1} · outage: ${outage ?? 'none'} · ${STOPPED[result.stopped]}</p>
</header>
<section><h2>Service levels</h2>
<p>Wanted is that each is met on ${share(result.target)} of possible days.</p>
${chances(result)}</section>
<section><h2>How the days differ</h2>${quantiles(result)}</section>
<section><h2>What it depends on</h2>
<p>Each factor at its 10th and its 90th percentile while every other one is as planned, on one seed.</p>
${tornados(result)}</section>
<section><h2>What was assumed</h2>
<ul>${assumptions(result.uncertainty, result.spotShares).map((text) => html`<li>${text}</li>`)}</ul>
${
  outsideRange.length > 0 &&
  html`<p>Beyond what the twin was calibrated on, where its figures are not verified:</p>
<ul>${outsideRange.map(({ what, days: of }) => html`<li>${what} (${formatCount(of)} of ${formatCount(days)} days)</li>`)}</ul>`
}</section>
<section><h2>Again</h2><pre>${reproduce}</pre></section>`,
  )
}

function chances({ levels, confidence }: MonteCarloResult): Markup {
  const met = ({ days, met, outcome }: LevelChance) => {
    const { text, standing } = OUTCOME_TEXT[outcome]
    const word = html`<span class="outcome ${standing}">${text}</span>`
    return html`<span>${days === 0 ? '' : share(met / days)}${word}</span>`
  }
  return table(
    'How probably each is met',
    [
      { title: 'Level' },
      { title: 'Limit', numeric: true },
      { title: 'Days met', numeric: true },
      { title: `${share(confidence)} interval`, numeric: true },
      { title: 'Days', numeric: true },
    ],
    levels.map((chance) => [
      chance.level,
      limitText({ ...chance, value: null }),
      met(chance),
      chance.days === 0 ? '' : `${share(chance.low)} to ${share(chance.high)}`,
      formatCount(chance.days),
    ]),
  )
}

function quantiles({ figures, ps }: MonteCarloResult): Markup {
  return table(
    'A share of days is at or below; in small type where that share of all possible days is',
    [{ title: 'Figure' }, ...ps.map((p) => ({ title: `P${Math.round(p * 100)}`, numeric: true }))],
    figures.map(({ label, unit, quantiles: estimates, days }) => [
      label,
      ...estimates.map(
        (estimate) =>
          html`<span>${estimate.value === null ? 'not seen' : formatValue(estimate.value, unit)}<small>${between(estimate, unit, days)}</small></span>`,
      ),
    ]),
  )
}

function tornados({ tornados: all }: MonteCarloResult): Markup {
  const shown = all.filter(
    (tornado) => TORNADOS_SHOWN.includes(tornado.id) && movingSwings(tornado).length > 0,
  )
  if (shown.length === 0) return html`<p>Nothing that was varied moves any figure.</p>`
  return html`${shown.map((tornado) =>
    figure(
      `tornado-${tornado.id}`,
      `${tornado.label}: ${formatValue(tornado.base, tornado.unit)} as planned`,
      [
        ['measured', 'at the 10th percentile'],
        ['solid-twin', 'at the 90th percentile'],
      ],
      (id, width) => tornadoPlot(figureBars(tornado), id, width),
      `Rank correlation over all days: ${movingSwings(tornado)
        .map(
          ({ factor, rankCorrelation }) => `${factorName(factor)} ${rankCorrelation?.toFixed(2) ?? 'none'}`,
        )
        .join(', ')}.`,
    ),
  )}`
}
