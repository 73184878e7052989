// What PoPs are worth to an event: one plan run with them and without, figure by figure.
import type { Figure, RunResult, Verdict } from '../run-result.ts'

export interface BenefitFigure extends Pick<Figure, 'id' | 'label' | 'unit'> {
  /** null: the run had nothing to measure it on. */
  with: number | null
  without: number | null
  /** Without less with: above zero where PoPs are better, since of all figures less is better. */
  benefit: number | null
}

export interface BenefitResult {
  with: RunResult
  without: RunResult
  figures: BenefitFigure[]
  /** Against the event's service levels. */
  verdicts: { with: Verdict[]; without: Verdict[] }
  /** Levels that are missed without PoPs and not with them. */
  missedWithout: Verdict[]
}
