// The twin against repeated live runs of the same plan: the error of each figure, and what it may be.
import { CPU_FIGURE } from '../figure-labels.ts'
import type { RunResult } from '../run-result.ts'
import type { Fidelity, MeasuredFidelity, MeasuredFigure, ScoredFigure } from './fidelity-result.ts'

/** Goal for the error of a figure, as a share of the measured value; a p99 is estimated from few samples. */
export const GOAL = { p99: 0.15, other: 0.1 }

/**
 * Each figure that every run has a value of, the processor time of all PoPs among them. `twins`: of the same plan with
 * other draws; their median is compared.
 */
export function measuredFigures(live: readonly RunResult[], twins: readonly RunResult[]): MeasuredFigure[] {
  const [first] = live
  const figures = (first?.figures ?? []).flatMap(({ id, label, unit }): MeasuredFigure[] => {
    const figureOf = (run: RunResult) => run.figures.find((figure) => figure.id === id)?.value ?? null
    const values = live.map(figureOf)
    const ofTwins = twins.map(figureOf)
    if ([...values, ...ofTwins].some((value) => value === null)) return []
    return [{ id, label, unit, live: values as number[], twin: medianOf(ofTwins as number[]) }]
  })
  return [...figures, { ...CPU_FIGURE, live: live.map(cpuMsOfRun), twin: medianOf(twins.map(cpuMsOfRun)) }]
}

/** Processor time of all PoPs. */
export function cpuMsOfRun({ usage }: RunResult): number {
  return (
    usage.reduce((sum, { meter, quantity }) => (meter === 'cpu-time' ? sum + quantity : sum), 0) * 3_600_000
  )
}

export function score({ rehearsals, ...measured }: MeasuredFidelity): Fidelity {
  return {
    ...measured,
    rehearsals: rehearsals.map((rehearsal) => ({
      ...rehearsal,
      figures: rehearsal.figures.map(scoreFigure),
    })),
  }
}

export function scoreFigure(figure: MeasuredFigure): ScoredFigure {
  const { id, live, twin } = figure
  const median = medianOf(live)
  const share = (difference: number) =>
    difference === 0 ? 0 : median === 0 ? Number.POSITIVE_INFINITY : difference / median
  const spread = share(Math.max(...live) - Math.min(...live))
  const error = share(twin - median)
  const allowed = Math.max(id.endsWith('p99') ? GOAL.p99 : GOAL.other, spread)
  return { ...figure, median, spread, error, allowed, met: Math.abs(error) <= allowed }
}

/** Of at least one value. */
function medianOf(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b)
  const middle = (ascending.length - 1) / 2
  return ((ascending[Math.floor(middle)] as number) + (ascending[Math.ceil(middle)] as number)) / 2
}
