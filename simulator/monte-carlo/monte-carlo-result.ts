// What many possible days of an event have in common: quantiles, chances of meeting the service levels, what they depend on.
import type { Uncertainty } from '../../infra/event/event.ts'
import type { Figure, Verdict } from '../run-result.ts'
import type { FactorId } from '../uncertainty/draw-variant.ts'
import type { SpotShare } from '../uncertainty/spot-share-result.ts'

export interface QuantileEstimate {
  /** 0.9: nine days in ten are at or below. */
  p: number
  /** null: endless, a recovery that the day did not see. */
  value: number | null
  /** Where the quantile of all possible days is, with the confidence of the result; null: not bounded on that side. */
  low: number | null
  high: number | null
}

export interface FigureSpread extends Pick<Figure, 'id' | 'label' | 'unit'> {
  /** Days that had something to measure it on. */
  days: number
  quantiles: QuantileEstimate[]
}

export interface LevelChance extends Pick<Verdict, 'level' | 'limit' | 'unit'> {
  /** Days that could tell, and how many of them met it. */
  days: number
  met: number
  /** Wilson's interval of the chance that a day meets it. */
  low: number
  high: number
  /** Against the target. `unknown`: no day could tell. */
  outcome: Verdict['outcome']
}

/** One end of a factor's range. */
export interface FactorEnd {
  /**
   * Where the factor stands: a share of the plan; of the credits; seconds for the outage's start and the moment that a
   * spot machine is taken back (null: never); 1 where an outage happens, 0 where not.
   */
  at: number | null
  /** null: not measured there. */
  value: number | null
}

/** The figure where one factor stands at its 10th and 90th percentile and every other one as planned. */
export interface FactorSwing {
  factor: FactorId
  low: FactorEnd
  high: FactorEnd
  /**
   * Spearman's rank correlation of the factor with the figure over all days that have both, every factor drawn; null:
   * fewer than three of them, or one of the two is the same in each.
   */
  rankCorrelation: number | null
}

export interface Tornado extends Pick<Figure, 'id' | 'label' | 'unit'> {
  /** As planned. */
  base: number | null
  /** Those that move the figure most first. */
  swings: FactorSwing[]
}

export interface UsageSpread {
  urn: string
  meter: string
  unit: string
  /** Quantities at each of the result's `ps`. */
  quantities: number[]
}

/** Where days leave what the twin was calibrated on; there its figures are extrapolations. */
export interface OutsideRange {
  /** Of the day that goes furthest. */
  what: string
  days: number
}

export interface MonteCarloResult {
  event: string
  outage: string | null
  /** Seconds after the show's start. */
  window: { startS: number; endS: number }
  /** Days of seeds from the first one on. */
  firstSeed: number
  days: number
  /** Of every interval: `asked` for that many days, or `auto` until they were tight enough. */
  confidence: number
  stopped: 'asked' | 'tight' | 'most'
  target: number
  /** What was assumed of a day. */
  uncertainty: Uncertainty
  /** Of the event's spot machines. */
  spotShares: SpotShare[]
  ps: number[]
  figures: FigureSpread[]
  levels: LevelChance[]
  tornados: Tornado[]
  usage: UsageSpread[]
  outsideRange: OutsideRange[]
}
