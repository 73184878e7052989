// The report's sections about the runs: service levels, live against twin, the whole show, conservation.
import type { RunResult } from '../simulator/run-result.ts'
import { fidelityRows, intervalText } from './fidelity.ts'
import { formatClock, formatCount, formatSeconds, formatValue } from './format.ts'
import { judgedRuns, levelRows, OUTCOME_TEXT, RUN_TEXT } from './headline.ts'
import { html, type Markup } from './html.ts'
import { dayPlot } from './plots/day.ts'
import { figure, type LegendKey, NARROW_PX } from './plots/figure.ts'
import { rehearsalBacklog, rehearsalLatency } from './plots/rehearsal.ts'
import { isScored, type PreflightReport, type ScoredRehearsal } from './preflight-input.ts'
import { table, underneath } from './table.ts'

export function serviceLevels(report: PreflightReport): Markup {
  const rows = levelRows(report).map(({ level, limit, cells }) => [
    level,
    limit,
    ...cells.map(({ text, outcome }) => {
      if (outcome === null) return text
      const { text: word, standing } = OUTCOME_TEXT[outcome]
      return html`<span>${text}<span class="outcome ${standing}">${word}</span></span>`
    }),
  ])
  const runs = judgedRuns(report).map((run) => ({ title: RUN_TEXT[run], numeric: true }))
  return html`<h2>Service levels</h2>
${table('Each service level, by run', [{ title: 'Level' }, { title: 'Limit', numeric: true }, ...runs], rows)}`
}

export function rehearsalSection(report: PreflightReport): Markup {
  const { rehearsal, event } = report
  if (!isScored(rehearsal)) {
    return html`<h2>Rehearsal</h2>
<p>There was no live run: ${rehearsal.leftOut}</p>`
  }
  const { measured } = rehearsal
  const outage: [LegendKey, string][] = measured.outages.length > 0 ? [['outage', 'outage']] : []
  const lines: [LegendKey, string][] = [
    ['measured', 'measured'],
    ['twin', 'twin'],
  ]
  return html`<h2>Rehearsal: measured and predicted</h2>
<p>${rehearsalText(rehearsal, report)}</p>
${figure(
  'rehearsal-latency',
  'Acknowledgement p99, second by second',
  [...lines, ['limit', 'service level'], ...outage],
  (id, width) => rehearsalLatency(rehearsal, event.serviceLevels.ackP99Ms, id, sized(width, 260)),
  'From the intended send to the acknowledgement. A gap is a second without a measurement.',
)}
${figure(
  'rehearsal-backlog',
  'Queue depth: records waiting for central',
  [...lines, ...outage],
  (id, width) => rehearsalBacklog(rehearsal, id, sized(width, 220)),
  'At the end of each second, summed over the PoPs.',
)}
${fidelityTable(rehearsal)}`
}

function rehearsalText({ measured, calibratedOn }: ScoredRehearsal, { event }: PreflightReport): string {
  const from = formatClock(event.startsMs + measured.window.startS * 1000, event.timezone, 'seconds')
  const to = formatClock(event.startsMs + measured.window.endS * 1000, event.timezone, 'seconds')
  return (
    `Real processes and real sockets, ${formatCount(measured.sessions)} sessions standing for ` +
    `${formatCount(measured.attendees)} attendees with shared links scaled alike, over the window from ${from} ` +
    `to ${to} of the show. The twin repeated the same sessions and actions; its parameters come from another run: ` +
    `${calibratedOn}.`
  )
}

function fidelityTable({ measured, twin }: ScoredRehearsal): Markup {
  return table(
    'How far the twin was off (under a measured value its 95 % interval; samples measured / twin)',
    [
      { title: 'Figure' },
      { title: 'Measured', numeric: true },
      { title: 'Twin', numeric: true },
      { title: 'Error', numeric: true },
      { title: 'Difference', numeric: true },
      { title: 'Samples', numeric: true },
      { title: 'Note' },
    ],
    fidelityRows(measured, twin).map((row) => [
      row.label,
      row.interval === '' ? row.measured : underneath(row.measured, row.interval),
      row.twin,
      row.error,
      row.difference,
      row.samples,
      row.note === '' ? '' : html`<span class="none">${row.note}</span>`,
    ]),
  )
}

export function daySection(report: PreflightReport): Markup {
  const { day } = report
  const legend: [LegendKey, string][] = [
    ['solid-twin', 'twin'],
    ['limit', 'service level'],
    ...(day.outages.length > 0 ? ([['outage', 'outage']] as [LegendKey, string][]) : []),
  ]
  const length = formatSeconds(day.window.endS - day.window.startS)
  return html`<h2>The whole day in the twin</h2>
<p>${`${length} with ${formatCount(day.sessions)} sessions for ${formatCount(day.attendees)} attendees, simulated in ${formatSeconds(day.tookS)}. Nothing in this section is measured.`}</p>
${figure(
  'day',
  'Latency, queue depth and sessions over the day',
  legend,
  (id, width) => dayPlot(report, id, { width, height: width === NARROW_PX ? 470 : 460 }),
  `Clock of ${report.event.timezone}. Each point is the worst second of its pixel, so no peak is hidden. Segments are numbered as in the run of show below.`,
)}
${table(
  'Figures of the whole day',
  [
    { title: 'Figure' },
    { title: 'Twin', numeric: true },
    { title: '95 % interval', numeric: true },
    { title: 'Samples', numeric: true },
  ],
  day.figures.map((figure) => [
    figure.label,
    formatValue(figure.value, figure.unit),
    intervalText(figure),
    formatCount(figure.samples),
  ]),
)}`
}

export function conservationSection(report: PreflightReport): Markup {
  const { rehearsal, day } = report
  const runs: [string, RunResult][] = isScored(rehearsal)
    ? [
        [RUN_TEXT.measured, rehearsal.measured],
        [RUN_TEXT.twin, rehearsal.twin],
        [RUN_TEXT.day, day],
      ]
    : [[RUN_TEXT.day, day]]
  const row = (label: string, of: (run: RunResult) => number, mustBeZero = false) => [
    label,
    ...runs.map(([, run]) => {
      const standing = mustBeZero && (of(run) === 0 ? 'good' : 'bad')
      return standing
        ? html`<strong class="${standing}">${formatCount(of(run))}</strong>`
        : formatCount(of(run))
    }),
  ]
  return html`<h2>Messages, counted at both ends</h2>
${table(
  'Conservation of messages',
  [{ title: 'Count' }, ...runs.map(([title]) => ({ title, numeric: true }))],
  [
    row('Published', (run) => run.conservation.published),
    row('Refused, told to the sender', (run) => run.conservation.refused),
    row('Acknowledged', (run) => run.conservation.acknowledged),
    row('At central after the drain', (run) => run.conservation.atCentral),
    row('Acknowledged durably, then lost', (run) => run.conservation.lost, true),
    row('Applied twice', (run) => run.conservation.appliedTwice, true),
  ],
)}`
}

function sized(width: number, height: number) {
  return { width, height: width === NARROW_PX ? Math.round(height * 0.9) : height }
}
