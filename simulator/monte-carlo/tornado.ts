// What the figures of a day depend on: each factor at the two ends of its range while every other one is as planned, on
// the same seed, so that nothing else differs (common random numbers).
// Source: T. G. Eschenbach, "Spiderplots versus tornado diagrams for sensitivity analysis", Interfaces 22 (1992), 40–46.
import type { EventSpec } from '../../infra/event/event.ts'
import { rankCorrelation } from '../costs/interval/rank-correlation.ts'
import type { FigureId } from '../run-result.ts'
import { type FactorId, type Factors, factorsOf, spotLevelAt } from '../uncertainty/draw-variant.ts'
import { isSpot, spotShareOf } from '../uncertainty/spot-share.ts'
import type { FactorEnd, FactorSwing, Tornado } from './monte-carlo-result.ts'
import type { DayFigures, Task } from './run-day.ts'

/** Two days are always in order. */
const CORRELATED_DAYS_MIN = 3

/** Eight days in ten are between. */
const ENDS = [0.1, 0.9] as const

/** The day as planned, then two of each factor, in the order of `factorsOf`. */
export function tornadoTasks(event: EventSpec, seed: number): Task[] {
  const ends = factorsOf(event).flatMap((factor) =>
    endsOf(factor, event).map((level): Task => ({ seed, levels: [[factor, level]] })),
  )
  return [{ seed, levels: [] }, ...ends]
}

/** An outage that may happen: without and with it. A spot machine: never taken back, and taken back in mid-day. */
export function endsOf(factor: FactorId, event: EventSpec): readonly [number, number] {
  const { outage } = event.uncertainty
  if (factor === 'outage-happens') return [(1 + outage.probability) / 2, outage.probability / 2]
  const onSpot = event.venues.filter(isSpot).find(({ name }) => factor === `spot/${name}`)
  if (!onSpot) return ENDS
  const { expected } = spotShareOf(event, onSpot)
  return [spotLevelAt(expected, Number.MAX_SAFE_INTEGER), spotLevelAt(expected, event.dayS / 2)]
}

/** `varied`: of `tornadoTasks`, in their order. `days`: with every factor drawn, for the rank correlations. */
export function tornados(
  event: EventSpec,
  varied: readonly DayFigures[],
  days: readonly DayFigures[],
): Tornado[] {
  const [base, ...ends] = varied
  if (!base) return []
  const factors = factorsOf(event)
  return base.figures.map(({ id, label, unit, value }): Tornado => {
    const end = (day: DayFigures | undefined, factor: FactorId): FactorEnd => ({
      at: day ? standing(day.factors, factor) : null,
      value: day ? figureOf(day, id) : null,
    })
    const swings = factors
      .map((factor, i): FactorSwing => {
        return {
          factor,
          low: end(ends[2 * i], factor),
          high: end(ends[2 * i + 1], factor),
          rankCorrelation: correlationOf(days, factor, id),
        }
      })
      .sort((a, b) => width(b) - width(a))
    return { id, label, unit, base: value, swings }
  })
}

function correlationOf(days: readonly DayFigures[], factor: FactorId, id: FigureId): number | null {
  const both = days.flatMap((day): [number, number][] => {
    const [at, value] = [standing(day.factors, factor), figureOf(day, id)]
    return at === null || value === null ? [] : [[at, value]]
  })
  if (both.length < CORRELATED_DAYS_MIN) return null
  return rankCorrelation(
    both.map(([at]) => at),
    both.map(([, value]) => value),
  )
}

function figureOf({ figures }: DayFigures, id: FigureId): number | null {
  return figures.find((figure) => figure.id === id)?.value ?? null
}

/** A figure that one end does not have (no outage: no recovery) has no width there. */
function width({ low, high }: FactorSwing): number {
  return low.value === null || high.value === null ? 0 : Math.abs(high.value - low.value)
}

export function standing(factors: Factors, factor: FactorId): number | null {
  switch (factor) {
    case 'attendance':
      return factors.attendance
    case 'engagement':
      return factors.engagement
    case 'outage-happens':
      return factors.outageHappens ? 1 : 0
    case 'outage-start':
      return factors.outageStartS
    case 'outage-duration':
      return factors.outageDuration
    case 'credits':
      return factors.credits
    case 'overrun':
      return factors.overrunS
    case 'spot-price':
      return factors.spotPrice
    default:
      return factors.spotInterruptions.find(({ venue }) => factor === `spot/${venue}`)?.atS ?? null
  }
}
