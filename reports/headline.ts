// What the first screen says, in text and in HTML alike: the decision, the five numbers, the levels by run.
import type { Figure, FigureId, JudgedRun, RunResult, Verdict } from '../simulator/run-result.ts'
import { isUnbounded } from './fidelity.ts'
import { formatCount, formatMs, formatSeconds, formatUsd, formatValue } from './format.ts'
import { isScored, type JudgedVerdict, type PreflightReport } from './preflight-input.ts'

export type Standing = 'good' | 'bad' | 'unknown'

export interface KeyNumber {
  id: 'cost' | 'ack-p99' | 'recovery' | 'lost' | 'applied-twice'
  label: string
  /** Live where there was a live run, else the twin's of the whole day; `details` opens with which. */
  value: string
  /** Short phrases: where the value comes from, what the other runs say, the limit. */
  details: string[]
  standing: Standing
}

export interface LevelRow {
  level: string
  /** `≤ 250 ms`; `none` where the limit is zero. */
  limit: string
  /** A cell for each judged run of this report, in the order of `judgedRuns`. */
  cells: { text: string; outcome: JudgedVerdict['outcome'] | null }[]
}

export const DECISION_TEXT: Record<PreflightReport['decision'], string> = {
  go: 'GO',
  'no-go': 'NO-GO',
  inconclusive: 'INCONCLUSIVE',
}

export const RUN_TEXT: Record<JudgedRun, string> = {
  measured: 'Live rehearsal',
  twin: 'Twin of the rehearsal',
  day: 'Twin, whole day',
}

export const OUTCOME_TEXT: Record<JudgedVerdict['outcome'], { text: string; standing: Standing }> = {
  met: { text: 'met', standing: 'good' },
  missed: { text: 'MISSED', standing: 'bad' },
  inconclusive: { text: 'inconclusive', standing: 'unknown' },
  unknown: { text: 'not measured', standing: 'unknown' },
}

/** In place of a recovery time that the run ended before. */
export const NOT_REACHED = 'not within the run'

/** The sentence that is said first and last where there was no live run; null where there was one. */
export function leftOutNotice({ rehearsal }: PreflightReport): string | null {
  return isScored(rehearsal) ? null : `The live part was left out: ${rehearsal.leftOut}`
}

export function judgedRuns({ rehearsal }: PreflightReport): JudgedRun[] {
  return isScored(rehearsal) ? ['measured', 'twin', 'day'] : ['day']
}

export function figureOf(run: RunResult, id: FigureId): Figure | null {
  return run.figures.find((figure) => figure.id === id) ?? null
}

export function keyNumbers(report: PreflightReport): KeyNumber[] {
  const { ackP99Ms, recoveryS } = report.event.serviceLevels
  return [
    cost(report),
    level(report, 'ack-p99', 'Acknowledgement p99', ackP99Ms, formatMs(ackP99Ms)),
    level(report, 'recovery', 'Recovery', recoveryS, formatSeconds(recoveryS)),
    count(report, 'lost', 'Messages lost'),
    count(report, 'applied-twice', 'Applied twice'),
  ]
}

/** Verdicts by level, with a cell for each run; a run that is not judged on a level has a dash and no outcome. */
export function levelRows(report: PreflightReport): LevelRow[] {
  const levels = new Map(report.verdicts.map((verdict) => [verdict.level, verdict]))
  return [...levels.values()].map((any) => ({
    level: any.level,
    limit: limitText(any),
    cells: judgedRuns(report).map((run) => {
      const verdict = report.verdicts.find(({ level, run: judged }) => level === any.level && judged === run)
      if (!verdict) return { text: '–', outcome: null }
      return { text: verdictValue(verdict), outcome: verdict.outcome }
    }),
  }))
}

/** `≤ 250 ms`; `none` where the limit is zero. */
export function limitText({ limit, unit }: Verdict): string {
  return limit === 0 ? 'none' : `≤ ${formatValue(limit, unit)}`
}

/** A dash where there is no value: the outcome beside it says why. */
export function verdictValue({ value, unit, outcome }: Verdict): string {
  if (value === null) return outcome === 'missed' ? NOT_REACHED : '–'
  return formatValue(value, unit)
}

function cost({ forecast }: PreflightReport): KeyNumber {
  const { budget, unpriced } = forecast
  const known: Record<string, Standing> = { within: 'good', over: 'bad' }
  const against = budget ? `budget ${formatUsd(budget.limit)}` : 'no budget set'
  return {
    id: 'cost',
    label: 'Forecast cost',
    value: formatUsd(forecast.total),
    details: [against, unpriced.length > 0 ? `without ${unpriced.length} unpriced` : 'nothing unpriced'],
    standing: known[budget?.outcome ?? 'unknown'] ?? 'unknown',
  }
}

function level(
  report: PreflightReport,
  id: 'ack-p99' | 'recovery',
  label: string,
  limit: number,
  limitText: string,
): KeyNumber {
  const { rehearsal, day } = report
  const unit = id === 'recovery' ? 's' : 'ms'
  const text = (run: RunResult) => {
    const value = figureOf(run, id)?.value ?? null
    return value === null && mustRecover(run, id) ? NOT_REACHED : formatValue(value, unit)
  }
  const runs = isScored(rehearsal) ? [rehearsal.measured, rehearsal.twin, day] : [day]
  const from = isScored(rehearsal)
    ? ['live', `twin ${text(rehearsal.twin)}`, `whole day, twin ${text(day)}`]
    : ['whole day, twin', 'live left out']
  return {
    id,
    label,
    value: text(runs[0] ?? day),
    details: [...from, `limit ${limitText}`],
    standing: worst(
      runs.map((run, i) => {
        const figure = figureOf(run, id)
        const missed = id === 'recovery' && isRecoveryMissed(report, judgedRuns(report)[i])
        if (figure?.value == null) return missed ? 'bad' : 'unknown'
        if (isUnbounded(figure)) return 'unknown'
        const { low, high } = figure.interval ?? { low: figure.value, high: figure.value }
        return high <= limit ? 'good' : low > limit ? 'bad' : 'unknown'
      }),
    ),
  }
}

/** Whether a recovery that was not seen is a miss: a run that ended before the limit cannot tell. */
function isRecoveryMissed({ verdicts }: PreflightReport, judged: JudgedRun | undefined): boolean {
  // Recovery is the one level in seconds.
  return verdicts.some(({ run, unit, outcome }) => run === judged && unit === 's' && outcome === 'missed')
}

/** An outage was there to recover from, so that no recovery time is not a missing measurement. */
function mustRecover(run: RunResult, id: FigureId): boolean {
  return id === 'recovery' && run.outages.length > 0
}

function count({ rehearsal, day }: PreflightReport, id: 'lost' | 'applied-twice', label: string): KeyNumber {
  const of = (run: RunResult) => (id === 'lost' ? run.conservation.lost : run.conservation.appliedTwice)
  const live = isScored(rehearsal) ? rehearsal.measured : null
  const acknowledged = formatCount((live ?? day).conservation.acknowledged)
  const runs = isScored(rehearsal) ? [rehearsal.measured, rehearsal.twin, day] : [day]
  return {
    id,
    label,
    value: formatCount(of(live ?? day)),
    details: live
      ? [`live, of ${acknowledged}`, `whole day, twin ${formatCount(of(day))}`]
      : [`whole day, twin, of ${acknowledged}`, 'live left out'],
    standing: worst(runs.map((run) => (of(run) === 0 ? 'good' : 'bad'))),
  }
}

function worst(standings: Standing[]): Standing {
  return (['bad', 'unknown'] as const).find((standing) => standings.includes(standing)) ?? 'good'
}
