// docs/fidelity.md: how far the twin is off, figure by figure, good or bad.
import type {
  Fidelity,
  MeasuredRehearsal,
  ScoredFigure,
  ScoredUnit,
} from '../simulator/fidelity/fidelity-result.ts'
import { formatCount, formatMs, formatPercent, formatValue } from './format.ts'

/** Why a figure is missed, and what would mend it. */
export type Misses = Record<string, { reason: string; fix: string }>

/** Throws where a figure is missed and nobody says why. */
export function fidelityPage(fidelity: Fidelity, misses: Misses): string {
  const { date, commit, machine, rehearsals } = fidelity
  const repeats = Math.max(...rehearsals.flatMap(({ figures }) => figures.map(({ live }) => live.length)))
  const all = rehearsals.flatMap(({ figures }) => figures)
  const met = all.filter((figure) => figure.met).length
  return `${[
    '# How far the twin is off',
    '',
    '<!-- Written by tools/measure-fidelity.ts from what it measured. Do not edit. -->',
    '',
    `${rehearsals.length} rehearsals were run live, ${repeats} times each, and repeated by the twin: the same plan of sessions and`,
    'actions, the same outage, real processes on one side and virtual time on the other. The parameters that the twin had were',
    'calibrated on the runs of the *other* rehearsals, never on the one it is scored on. Measured on',
    `${date} at commit ${commit ?? 'unknown'} on ${machine}; load generator, links and processes shared it.`,
    '',
    `**${met} of ${all.length} figures are near enough:** within 10 % of the median of the live runs (a p99: 15 %), or within their own`,
    'spread, largest less smallest over the median, where that is larger. An error beyond that is set in bold.',
    '',
    ...summary(rehearsals),
    '',
    ...rehearsals.flatMap(details),
    ...missed(all, misses),
    '## Again',
    '',
    '```sh',
    'node tools/measure-fidelity.ts runs',
    '```',
    '',
    'It takes as long as the runs last, some 70 s each, and wants the machine for itself.',
  ].join('\n')}\n`
}

/** The error of each figure in each rehearsal. */
function summary(rehearsals: Fidelity['rehearsals']): string[] {
  const labels = new Map(rehearsals.flatMap(({ figures }) => figures.map(({ id, label }) => [id, label])))
  return [
    ...markdownTable(
      ['error of the twin', ...rehearsals.map(({ id }) => `[${id}](#${id})`)],
      [...labels].map(([id, label]) => [
        label,
        ...rehearsals.map(({ figures }) => {
          const figure = figures.find((candidate) => candidate.id === id)
          return figure ? errorText(figure) : '–'
        }),
      ]),
    ),
  ]
}

function details(rehearsal: Omit<MeasuredRehearsal, 'figures'> & { figures: ScoredFigure[] }): string[] {
  const { id, title, event, sessions, publishes, durationS, calibratedOn, voidRuns, figures } = rehearsal
  return [
    `## ${id}`,
    '',
    `${title}: ${event}, ${sessions} sessions, ${formatCount(publishes)} publishes in ${durationS} s. Calibrated on`,
    `${calibratedOn.join(', ')}.${voidRuns.length > 0 ? ` ${voidRuns.length} void runs were made again: ${voidRuns.join('; ')}.` : ''}`,
    '',
    ...markdownTable(
      ['figure', 'live, median', 'live, from', 'to', 'twin', 'error', 'may be'],
      figures.map((figure) => {
        const { label, unit, live, median, twin, allowed } = figure
        const value = (of: number) => valueText(of, unit)
        return [
          label,
          value(median),
          value(Math.min(...live)),
          value(Math.max(...live)),
          value(twin),
          errorText(figure),
          `±${Math.round(allowed * 100)} %`,
        ]
      }),
    ),
    '',
  ]
}

function missed(figures: readonly ScoredFigure[], misses: Misses): string[] {
  const labels = new Map(figures.filter(({ met }) => !met).map(({ id, label }) => [id, label]))
  if (labels.size === 0) return []
  return [
    '## What is missed, and why',
    '',
    ...markdownTable(
      ['figure', 'why', 'what would mend it'],
      [...labels].map(([id, label]) => {
        const miss = misses[id]
        if (!miss) throw new Error(`${id} is missed: say why in simulator/fidelity/misses.ts`)
        return [label, miss.reason, miss.fix]
      }),
    ),
    '',
  ]
}

function errorText({ error, met }: ScoredFigure): string {
  const text = Number.isFinite(error) ? formatPercent(error) : 'not measured live'
  return met ? text : `**${text}**`
}

function valueText(value: number, unit: ScoredUnit): string {
  return unit === 'CPU ms' ? formatMs(value) : formatValue(value, unit)
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}
