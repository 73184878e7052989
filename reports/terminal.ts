// Summaries of a preflight and of a single run for the terminal, in 100 columns.
import type { FigureId, RunResult, Verdict } from '../simulator/run-result.ts'
import { fidelityRows, intervalText } from './fidelity.ts'
import { formatClock, formatCount, formatDate, formatSeconds, formatUsd, formatValue } from './format.ts'
import {
  DECISION_TEXT,
  judgedRuns,
  keyNumbers,
  leftOutNotice,
  levelRows,
  limitText,
  OUTCOME_TEXT,
  type Standing,
  verdictValue,
} from './headline.ts'
import { columns, plain, shortened, wrapped } from './plain-text.ts'
import { isScored, type PreflightReport } from './preflight-input.ts'

export interface TerminalOptions {
  /** ANSI colours on the decision and on what is missed. Off by default. */
  colour?: boolean
}

const WIDTH = 100
const LEVEL_CHARS_MIN = 16
const COST_LINES_SHOWN = 4
const FIGURES_SHOWN: FigureId[] = [
  'ack-p99',
  'delivery-p99',
  'page-p50',
  'sync-p99',
  'recovery',
  'backlog-peak',
  'uplink-bytes',
]
const RUN_TITLE = { measured: 'Live', twin: 'Twin', day: 'Day, twin' }
const ANSI: Record<Standing, string> = { good: '\u001b[32m', bad: '\u001b[31m', unknown: '\u001b[33m' }
const DECISION_STANDING = { go: 'good', 'no-go': 'bad', inconclusive: 'unknown' } as const

/** About 35 lines. Where the live part was left out, the first line and the last say so. */
export function renderPreflightText(report: PreflightReport, options: TerminalOptions = {}): string {
  const { event } = report
  const notice = leftOutNotice(report)
  const noticeLines = notice === null ? [] : wrapped(plain(notice), WIDTH)
  const attendees = event.venues.reduce((sum, venue) => sum + venue.attendees, 0)
  const when = `${formatDate(event.startsMs, event.timezone)} ${formatClock(event.startsMs, event.timezone)}`
  return `${[
    ...noticeLines,
    ...wrapped(
      `${plain(event.title)}: ${when} ${event.timezone}, ${formatCount(attendees)} attendees`,
      WIDTH,
    ),
    '',
    painted(DECISION_TEXT[report.decision], DECISION_STANDING[report.decision], options),
    ...report.reasons.flatMap((reason) => wrapped(plain(reason), WIDTH, '  ')),
    '',
    ...costLines(report),
    '',
    ...levelLines(report, options),
    '',
    ...fidelityLines(report),
    'Reproduce',
    ...report.reproduce.map((command) => `  ${plain(command)}`),
    ...noticeLines,
  ].join('\n')}\n`
}

/** One run, for `simulate` and `rehearse`: figures, messages, and the verdicts where it was judged. */
export function renderRunText(
  run: RunResult,
  verdicts: readonly Verdict[] = [],
  options: TerminalOptions = {},
): string {
  const { conservation: messages, outages, window } = run
  const outage = outages.map(
    (cut) =>
      `${cut.target} of ${plain(cut.venue)} ${cut.target === 'pop' ? 'killed' : 'cut'} from ${formatSeconds(cut.startS)} for ${formatSeconds(cut.endS - cut.startS)}`,
  )
  const title = run.source === 'twin' ? 'Twin' : 'Live run'
  return `${[
    `${title} of ${plain(run.event)}: ${formatSeconds(window.endS - window.startS)}, ${formatCount(run.sessions)} sessions for ${formatCount(run.attendees)} attendees, seed ${run.seed}`,
    ...wrapped(`Outage: ${outage.length > 0 ? outage.join('; ') : 'none'}`, WIDTH),
    '',
    ...columns([
      ['Figure', 'Value', '95 % interval', 'Samples'],
      ...run.figures.map((figure) => [
        figure.label,
        formatValue(figure.value, figure.unit),
        intervalText(figure),
        formatCount(figure.samples),
      ]),
    ]),
    '',
    `Messages: ${formatCount(messages.published)} published, ${formatCount(messages.acknowledged)} acknowledged, ${formatCount(messages.atCentral)} at central, ${formatCount(messages.refused)} refused`,
    `          ${formatCount(messages.lost)} lost, ${formatCount(messages.appliedTwice)} applied twice`,
    '',
    ...outsideRangeLines(run),
    ...verdictLines(verdicts, options),
    `Took ${formatSeconds(run.tookS)}. Again: ${plain(run.reproduce)}`,
  ].join('\n')}\n`
}

function outsideRangeLines({ outsideRange }: RunResult): string[] {
  if (outsideRange.length === 0) return []
  return [
    'Not verified, since beyond what the twin was calibrated on:',
    ...outsideRange.flatMap((text) => wrapped(plain(text), WIDTH, '  ')),
    '',
  ]
}

function costLines(report: PreflightReport): string[] {
  const { lines, unpriced } = report.forecast
  const number = keyNumbers(report).find(({ id }) => id === 'cost')
  const dearest = [...lines].sort((a, b) => (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0))
  const rest = dearest.slice(COST_LINES_SHOWN)
  const sum = rest.reduce((total, line) => total + line.amount, 0n)
  return [
    `Cost ${[number?.value, ...(number?.details ?? [])].join(', ')}`,
    ...columns(
      [
        ...dearest
          .slice(0, COST_LINES_SHOWN)
          .map((line) => [
            formatUsd(line.amount),
            shortened(plain(`${line.description}, ${line.venue}`), WIDTH - 16),
          ]),
        ...(rest.length > 0 ? [[formatUsd(sum), `${rest.length} more lines`]] : []),
        ...unpriced.map((line) => [
          'no rate',
          shortened(plain(`${line.description}, ${line.venue}`), WIDTH - 16),
        ]),
      ],
      [1],
    ).map((line) => `  ${line}`),
  ]
}

function levelLines(report: PreflightReport, options: TerminalOptions): string[] {
  const runs = judgedRuns(report)
  const rows = levelRows(report)
  // A value stands closer to its outcome than to its neighbours.
  const outcomes = columns(
    [
      ['Limit', ...runs.flatMap((run) => [` ${RUN_TITLE[run]}`, ''])],
      ...rows.map(({ limit, cells }) => [
        limit,
        ...cells.flatMap(({ text, outcome }) => [
          ` ${text}`,
          outcome === null ? '' : OUTCOME_TEXT[outcome].text,
        ]),
      ]),
    ],
    [2, 4, 6],
    1,
  )
  // The name of a level gives way first where the outcomes need the room.
  const room = WIDTH - 2 - Math.max(...outcomes.map((line) => [...line].length))
  const names = ['Service level', ...rows.map(({ level }) => plain(level))]
  const lines = columns(
    outcomes.map((line, i) => [shortened(names[i] ?? '', Math.max(LEVEL_CHARS_MIN, room)), line]),
    [0, 1],
    2,
  )
  return lines.map((line, i) => {
    const missed = rows[i - 1]?.cells.some(({ outcome }) => outcome === 'missed')
    return missed ? painted(line, 'bad', options) : line
  })
}

function fidelityLines({ rehearsal }: PreflightReport): string[] {
  if (!isScored(rehearsal)) return []
  const rows = fidelityRows(rehearsal.measured, rehearsal.twin).filter(({ id }) => FIGURES_SHOWN.includes(id))
  return [
    ...columns([
      ['Twin against live', 'Measured', 'Twin', 'Error', 'Samples, measured / twin'],
      ...rows.map((row) => [row.label, row.measured, row.twin, row.error, row.samples]),
    ]),
    '',
  ]
}

function verdictLines(verdicts: readonly Verdict[], options: TerminalOptions): string[] {
  if (verdicts.length === 0) return []
  const lines = columns(
    [
      ['Service level', 'Limit', 'Value', ''],
      ...verdicts.map((verdict) => [
        plain(verdict.level),
        limitText(verdict),
        verdictValue(verdict),
        OUTCOME_TEXT[verdict.outcome].text,
      ]),
    ],
    [0, 3],
  )
  return [
    ...lines.map((line, i) => (verdicts[i - 1]?.outcome === 'missed' ? painted(line, 'bad', options) : line)),
    '',
  ]
}

function painted(text: string, standing: Standing, { colour }: TerminalOptions): string {
  return colour ? `${ANSI[standing]}${text}\u001b[0m` : text
}
