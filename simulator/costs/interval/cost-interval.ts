// What an event may cost: many possible days priced, the quantiles of their bills, what drives them, and the budget.
import type { EventSpec, PicoUsd } from '../../../infra/event/event.ts'
import { quantile, quantileBounds, wilsonBounds } from '../../monte-carlo/intervals.ts'
import type { DayFigures } from '../../monte-carlo/run-day.ts'
import { endsOf, standing } from '../../monte-carlo/tornado.ts'
import { COMPARED } from '../../surrogate/compared-range.ts'
import { costFactorsOf, drawVariant, type FactorId, variantAt } from '../../uncertainty/draw-variant.ts'
import { spotShares } from '../../uncertainty/spot-share.ts'
import type { CostDraw, CostDraws } from './cost-draws.ts'
import type { CostDriver, CostInterval, CostQuantile, OverBudget } from './interval-result.ts'
import { rankCorrelation } from './rank-correlation.ts'

const PS = [0.1, 0.5, 0.9, 0.99]
const ALPHA = 0.05
/** The budget is passed where the bill is more probably above it than not. */
const PROBABLY = 0.5

export interface IntervalOptions {
  event: EventSpec
  draws: CostDraws
  runs: number
  seed: number
  /** What the bill is held against; null: nothing. */
  budget: PicoUsd | null
  /** Something has no price, so that no bill is known to stay below. */
  unpriced: boolean
  /** A day in the twin for each run, in their order; null: by formulas. */
  days: readonly DayFigures[] | null
}

/** The same for equal options, bit for bit. */
export function costInterval(options: IntervalOptions): CostInterval {
  const { event, draws, runs, seed, budget, unpriced, days } = options
  const bills = Array.from({ length: runs }, (_, i) =>
    draws.draw(drawVariant(event, seed + i), days?.[i]?.usage ?? null),
  )
  const totals = bills.map(({ total }) => total)
  return {
    runs,
    seed,
    through: days === null ? 'surrogate' : 'twin',
    confidence: 1 - ALPHA,
    middle: draws.draw(variantAt(event, new Map())).total,
    quantiles: quantilesOf(totals),
    drivers: driversOf(event, draws, bills),
    over: budget === null ? null : overBudget(totals, budget, unpriced),
    outside: outsideOf(bills),
    uncertainty: event.uncertainty,
    spotShares: spotShares(event),
  }
}

function quantilesOf(totals: readonly bigint[]): CostQuantile[] {
  const ascending = totals.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  // Pico-dollars are larger than numbers hold exactly: their ranks are looked for instead.
  const ranks = ascending.map((_, rank) => rank)
  const at = (rank: number) => ascending[rank] as bigint
  return PS.map((p) => {
    const { low, high } = quantileBounds(ranks, p, ALPHA)
    return {
      p,
      value: at(quantile(ranks, p)),
      low: low === null ? null : at(low),
      high: high === null ? null : at(high),
    }
  })
}

export function overBudget(totals: readonly bigint[], limit: PicoUsd, unpriced: boolean): OverBudget {
  const runs = totals.filter((total) => total > limit).length
  const { low, high } = wilsonBounds(runs, totals.length, ALPHA)
  const outcome = low > PROBABLY ? 'over' : unpriced ? 'unknown' : high < PROBABLY ? 'within' : 'inconclusive'
  return { limit, runs, low, high, outcome }
}

function driversOf(event: EventSpec, draws: CostDraws, bills: readonly CostDraw[]): CostDriver[] {
  const totals = bills.map(({ total }) => total)
  const end = (factor: FactorId, level: number) => {
    const { total, factors } = draws.draw(variantAt(event, new Map([[factor, level]])))
    return { at: standing(factors, factor), value: total }
  }
  return costFactorsOf(event)
    .map((factor): CostDriver => {
      const [low, high] = endsOf(factor, event)
      const stands = bills.map(({ factors }) => standing(factors, factor) ?? Number.POSITIVE_INFINITY)
      return {
        factor,
        low: end(factor, low),
        high: end(factor, high),
        correlation: rankCorrelation(stands, totals),
      }
    })
    .sort((a, b) => compareWidths(b, a))
}

function compareWidths(a: CostDriver, b: CostDriver): number {
  const width = ({ low, high }: CostDriver) =>
    high.value > low.value ? high.value - low.value : low.value - high.value
  return width(a) < width(b) ? -1 : width(a) > width(b) ? 1 : 0
}

function outsideOf(bills: readonly CostDraw[]): CostInterval['outside'] {
  const beyond = bills.map(({ outside }) => outside).filter((of) => of.length > 0)
  if (beyond.length === 0) return []
  const size = (of: string[]) => Number(/\d+/.exec(of[0] ?? '')?.[0] ?? COMPARED.sessions)
  const furthest = beyond.reduce((most, of) => (size(of) > size(most) ? of : most))
  return furthest.map((what) => ({ what, runs: beyond.length }))
}
