// The twin against repeated live runs of the same plan: the error of each figure, and what it may be.
import { CPU_FIGURE } from '../figure-labels.ts'
import type { RunResult } from '../run-result.ts'
import type { Fidelity, MeasuredFidelity, MeasuredFigure, ScoredFigure } from './fidelity-result.ts'

/** Goal for the error of a figure, as a share of the measured value; a p99 is estimated from few samples. */
export const GOAL = { p99: 0.15, other: 0.1 }

/** Each figure that every run has a value of, the processor time of all PoPs among them. */
export function measuredFigures(live: readonly RunResult[], twin: RunResult): MeasuredFigure[] {
  const [first] = live
  const figures = (first?.figures ?? []).flatMap(({ id, label, unit }): MeasuredFigure[] => {
    const figureOf = (run: RunResult) => run.figures.find((figure) => figure.id === id)?.value ?? null
    const values = live.map(figureOf)
    const ofTwin = figureOf(twin)
    if (ofTwin === null || values.some((value) => value === null)) return []
    return [{ id, label, unit, live: values as number[], twin: ofTwin }]
  })
  return [...figures, { ...CPU_FIGURE, live: live.map(cpuMsOfRun), twin: cpuMsOfRun(twin) }]
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
  const ascending = live.toSorted((a, b) => a - b)
  const middle = (ascending.length - 1) / 2
  const median = ((ascending[Math.floor(middle)] as number) + (ascending[Math.ceil(middle)] as number)) / 2
  const share = (difference: number) =>
    difference === 0 ? 0 : median === 0 ? Number.POSITIVE_INFINITY : difference / median
  const spread = share((ascending.at(-1) as number) - (ascending[0] as number))
  const error = share(twin - median)
  const allowed = Math.max(id.endsWith('p99') ? GOAL.p99 : GOAL.other, spread)
  return { ...figure, median, spread, error, allowed, met: Math.abs(error) <= allowed }
}
