// The preflight report as one HTML file: opens offline, runs no script, asks for nothing, prints.
import { counted, formatClock, formatCount, formatDate, formatInstant, formatSeconds } from './format.ts'
import { DECISION_TEXT, keyNumbers, leftOutNotice, type Standing } from './headline.ts'
import { html, type Markup } from './html.ts'
import { renderPage } from './page.ts'
import { costSection } from './preflight-cost.ts'
import type { PreflightReport } from './preflight-input.ts'
import { conservationSection, daySection, rehearsalSection, serviceLevels } from './preflight-runs.ts'
import { table } from './table.ts'

const STANDING: Record<PreflightReport['decision'], Standing> = {
  go: 'good',
  'no-go': 'bad',
  inconclusive: 'unknown',
}

/**
 * A complete HTML document, in UTF-8, that is well-formed XML too. Equal reports give equal files. Throws a
 * RangeError where `event.timezone` is not an IANA name.
 */
export function renderPreflightHtml(report: PreflightReport): string {
  const { event } = report
  return renderPage(
    `${DECISION_TEXT[report.decision]} · ${event.title} · preflight`,
    html`${firstScreen(report)}
<section>${serviceLevels(report)}</section>
<section>${rehearsalSection(report)}</section>
<section>${daySection(report)}</section>
<section>${conservationSection(report)}</section>
<section>${costSection(report)}</section>
<section>${eventSection(report)}</section>
<section>${assumptionsSection(report)}</section>
<section>${reproduceSection(report)}</section>
<footer>${notice(report)}</footer>`,
  )
}

function firstScreen(report: PreflightReport): Markup {
  const { event } = report
  const attendees = event.venues.reduce((sum, venue) => sum + venue.attendees, 0)
  const when = `${formatDate(event.startsMs, event.timezone)}, ${formatClock(event.startsMs, event.timezone)} ${event.timezone}`
  const facts = [
    when,
    counted(event.days, 'day'),
    counted(event.venues.length, 'venue'),
    `${formatCount(attendees)} attendees`,
    event.file,
  ]
  return html`<header>
${notice(report)}
<p class="over">micropop preflight</p>
<h1>${event.title}</h1>
<p class="facts">${facts.join(' · ')}</p>
<div class="decision ${STANDING[report.decision]}">
<h2 id="decision">${DECISION_TEXT[report.decision]}</h2>
<ul aria-label="Reasons">${report.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>
</div>
<dl class="numbers">
${keyNumbers(report).map(
  ({ id, label, value, details, standing }) =>
    html`<div id="number-${id}" class="is-${standing}"><dt>${label}</dt><dd class="value">${value}</dd>${details.map((detail) => html`<dd class="detail">${detail}</dd>`)}</div>\n`,
)}</dl>
</header>`
}

function notice(report: PreflightReport): Markup | null {
  const text = leftOutNotice(report)
  return text === null ? null : html`<p class="notice"><strong>${text}</strong></p>`
}

function eventSection({ event }: PreflightReport): Markup {
  const clock = (seconds: number) => formatClock(event.startsMs + seconds * 1000, event.timezone)
  return html`<h2>Event</h2>
<div class="pair">
${table(
  'Venues',
  [{ title: 'Venue' }, { title: 'Where the PoP stands' }, { title: 'Attendees', numeric: true }],
  event.venues.map(({ name, placement, attendees, platform, instance }) => [
    name,
    [PLACEMENT[placement], platform, instance].filter((part) => part !== null).join(', '),
    formatCount(attendees),
  ]),
)}
${table(
  event.days > 1 ? 'Run of show, each day' : 'Run of show',
  [{ title: 'Segment' }, { title: 'From' }, { title: 'Length', numeric: true }, { title: 'Engagement' }],
  event.runOfShow.map(({ name, startS, durationS, engagement }, i) => [
    `${i + 1} ${name}`,
    clock(startS),
    formatSeconds(durationS),
    engagement,
  ]),
)}
</div>`
}

const PLACEMENT = {
  'on-site': 'on site',
  region: 'in the region',
  'local-zone': 'in a Local Zone',
  outpost: 'on an Outpost',
}

function assumptionsSection({ assumptions }: PreflightReport): Markup {
  return html`<h2>Assumptions</h2>
${
  assumptions.length > 0
    ? table(
        'What this report takes for granted',
        [{ title: 'Assumption' }, { title: 'Source' }],
        assumptions.map(({ text, source }) => [text, source]),
      )
    : html`<p>None were stated.</p>`
}`
}

function reproduceSection(report: PreflightReport): Markup {
  const versions = Object.entries(report.versions).map(([tool, version]) => `${tool} ${version}`)
  const commit = report.commit ?? 'no revision: this was not run in a checkout'
  return html`<h2>Reproduce</h2>
<p>The same seed, revision and Node give the same forecast and the same <code>simulate</code>, to the bit. A live run repeats its sessions and actions; its times vary, and with them what a preflight's twin learns from them.</p>
<pre><code>${report.reproduce.join('\n')}</code></pre>
<p class="small commit">${`Made ${formatInstant(report.generatedMs)} · revision ${commit} · ${versions.join(' · ')}`}</p>`
}
