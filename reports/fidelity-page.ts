// docs/fidelity.md: how far the twin is off, figure by figure, good or bad.
import type {
  ComparedCase,
  Fidelity,
  MeasuredRehearsal,
  ScoredFigure,
  ScoredUnit,
} from '../simulator/fidelity/fidelity-result.ts'
import { formatCount, formatMs, formatPercent, formatValue } from './format.ts'

/** Why a figure is missed, and what would mend it. */
export type Misses = Record<string, { reason: string; fix: string }>

/** Throws where a figure is missed and nobody says why. */
export function fidelityPage(fidelity: Fidelity, compared: readonly ComparedCase[], misses: Misses): string {
  const { date, commit, machine, twinRuns, rehearsals } = fidelity
  const repeats = rehearsals.flatMap(({ figures }) => figures.map(({ live }) => live.length))
  const [least, most] = [Math.min(...repeats), Math.max(...repeats)]
  const all = rehearsals.flatMap(({ figures }) => figures)
  const labels = new Map(all.map(({ id, label }) => [id, label]))
  const met = all.filter((figure) => figure.met).length
  return `${[
    '# How far the twin is off',
    '',
    '<!-- Written by tools/measure-fidelity.ts from what it measured. Do not edit. -->',
    '',
    `${rehearsals.length} rehearsals were run live, ${least === most ? '' : `${least} to `}${most} times each, and repeated by the twin: the same plan of sessions and`,
    'actions, the same outage, real processes on one side and virtual time on the other. The twin ran',
    `${twinRuns} times, each with other draws of service times and retries; its median is shown. The parameters that it had were`,
    'calibrated on the runs of the *other* rehearsals, never on the one it is scored on. Measured on',
    `${date} at commit ${commit} on ${machine}; load generator, links and processes shared it.`,
    '',
    `**${met} of ${all.length} figures are near enough:** within 10 % of the median of the live runs (a p99: 15 %), or within their own`,
    'spread, largest less smallest over the median, where that is larger. An error beyond that is set in bold.',
    '',
    ...summary(rehearsals),
    '',
    ...rehearsals.flatMap(details),
    ...missed(all, misses),
    ...formulas(compared, labels),
    '## Again',
    '',
    '```sh',
    'node tools/measure-surrogate.ts        # the formulas, some minutes of one core',
    'node tools/measure-fidelity.ts runs    # the live runs, and this page',
    'node tools/measure-fidelity.ts runs --score-only    # the same from runs that are there, none is made',
    '```',
    '',
    'The live runs take some 70 s each and want the machine for themselves.',
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

/** The largest and the middle error of each figure over the cases. */
function formulas(compared: readonly ComparedCase[], labels: ReadonlyMap<string, string>): string[] {
  const ids = [...new Set(compared.flatMap(({ figures }) => figures.map(({ id }) => id)))]
  const events = [...new Set(compared.map(({ event }) => event))]
  const range = (of: (one: ComparedCase) => number) => {
    const values = compared.map(of)
    return `${Math.min(...values)} to ${Math.max(...values)}`
  }
  const took = compared.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b)
  return [
    '## The formulas beside the twin',
    '',
    'Where a forecast or a plan needs thousands of answers, queueing formulas give the same figures',
    `(\`simulator/surrogate\`), in ${formatMs(took[Math.floor(took.length / 2)] as number)} at the median here. Compared with the mean of three runs of the twin in`,
    `${compared.length} cases: ${events.join(', ')}, attendance ${range((one) => one.attendance)} times the plan, outages of`,
    `${range((one) => one.outageS)} s. Beyond what was compared they refuse to answer (\`MP_SURROGATE_RANGE\`).`,
    'Recovery by formula is the drain alone: the twin also waits for ten seconds in which no stalled phone lifts the p99.',
    '',
    ...markdownTable(
      ['figure', 'median error', 'nine in ten within', 'largest', 'where'],
      ids.map((id) => {
        const errors = compared
          .flatMap((one) => {
            const figure = one.figures.find((candidate) => candidate.id === id)
            return figure && figure.twin > 0 ? [{ one, error: figure.formula / figure.twin - 1 }] : []
          })
          .sort((a, b) => Math.abs(a.error) - Math.abs(b.error))
        const at = (share: number) => errors[Math.ceil(share * errors.length) - 1]
        const worst = errors.at(-1)
        const text = (of: (typeof errors)[number] | undefined) => (of ? formatPercent(of.error) : '–')
        return [
          labels.get(id) ?? id,
          text(at(0.5)),
          `±${formatPercent(Math.abs(at(0.9)?.error ?? 0)).replace('+', '')}`,
          text(worst),
          worst ? `${worst.one.event} × ${worst.one.attendance}, ${worst.one.outageS} s` : '–',
        ]
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
