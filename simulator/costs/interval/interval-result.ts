// What an event may cost over its possible days: quantiles with their own uncertainty, what drives them, the budget.
import type { PicoUsd, Uncertainty } from '../../../infra/event/event.ts'
import type { FactorId } from '../../uncertainty/draw-variant.ts'
import type { SpotShare } from '../../uncertainty/spot-share-result.ts'

export interface CostQuantile {
  /** 0.9: nine bills in ten are at or below. */
  p: number
  /** Before tax. */
  value: PicoUsd
  /** Where the quantile of all possible bills is, with the confidence of the result; null: not bounded on that side. */
  low: PicoUsd | null
  high: PicoUsd | null
}

/** The cost where one factor stands at one end of its range and every other one in its middle. */
export interface CostEnd {
  /** As `FactorEnd.at` of a Monte Carlo simulation. */
  at: number | null
  value: PicoUsd
}

export interface CostDriver {
  factor: FactorId
  low: CostEnd
  high: CostEnd
  /** Spearman's rank correlation with the cost over all draws; null: the factor or the cost is the same in each. */
  correlation: number | null
}

export interface OverBudget {
  limit: PicoUsd
  /** Draws above it, and Wilson's interval of the chance that the bill is. */
  runs: number
  low: number
  high: number
  /**
   * `over`: more probably above than not, beyond the interval of that chance; `within`: less probably; `inconclusive`:
   * the interval reaches over one half; `unknown`: not over, and something has no price.
   */
  outcome: 'within' | 'over' | 'inconclusive' | 'unknown'
}

export interface CostInterval {
  runs: number
  /** Draws of seeds from this one on. */
  seed: number
  through: 'surrogate' | 'twin'
  /** Of every bound. */
  confidence: number
  /** Every factor in its middle, before tax. */
  middle: PicoUsd
  quantiles: CostQuantile[]
  /** Those that move the cost most first. */
  drivers: CostDriver[]
  over: OverBudget | null
  /** Draws beyond what the formulas were compared with, where usage is an extrapolation; the one that goes furthest. */
  outside: { what: string; runs: number }[]
  /** What was assumed of a day. */
  uncertainty: Uncertainty
  /** Of the event's spot machines. */
  spotShares: SpotShare[]
}
