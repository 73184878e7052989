// The whole forecast of an event: lines, interval, phases, what goes on costing, and what was approved.
import type { Calibration } from '../calibration/calibration.ts'
import { defaultCalibration } from '../calibration/default-calibration.ts'
import type { DayFigures } from '../monte-carlo/run-day.ts'
import type { Scenario } from '../scenario.ts'
import { surrogateUsage } from '../surrogate/surrogate.ts'
import { forecast } from './forecast.ts'
import type { ForecastReport } from './forecast-report-result.ts'
import type { Forecast } from './forecast-result.ts'
import { CostDraws } from './interval/cost-draws.ts'
import { costInterval } from './interval/cost-interval.ts'
import type { CostInterval } from './interval/interval-result.ts'
import { compareApproved } from './ledger/compare-approved.ts'
import { coverageOf } from './ledger/coverage.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { OutageCost } from './outage/outage-cost-result.ts'
import type { TwinOutageDay } from './outage/twin-pairs.ts'
import { phaseCosts } from './phases.ts'
import type { PriceBook } from './price-book.ts'
import type { MeasuredFrom } from './so-far/so-far.ts'
import { tailsOf } from './tails.ts'

const HOUR_S = 3_600

export interface ForecastOptions {
  /** Possible bills; 0: no interval. */
  runs: number
  seed: number
  /** A day in the twin for each run, in their order; null: by formulas. */
  days: readonly DayFigures[] | null
  /** The outage in the twin; null or left out: by formulas. */
  twinOutage?: readonly TwinOutageDay[] | null
  /** Of all events, for its coverage. */
  ledger: Ledger
  /** SHA-256 of the event file. */
  eventHash: string
  book: PriceBook
  /** Measured usage; null: none. */
  measured: MeasuredFrom | null
}

export async function forecastReport(scenario: Scenario, options: ForecastOptions): Promise<ForecastReport> {
  const { graph, event } = scenario
  const { ledger, eventHash, measured, book } = options
  const calibration = defaultCalibration()
  const usages = surrogateUsage(graph, event, calibration)
  const cost = forecast(graph, event, usages, book)
  const longer = { ...event, teardownS: event.teardownS + HOUR_S }
  const anHourLonger =
    forecast(graph, longer, surrogateUsage(graph, longer, calibration), book).total - cost.total
  const approved = ledger.entries.findLast((entry) => entry.event === event.name && entry.kind === 'approved')
  const interval = options.runs === 0 ? null : intervalOf(scenario, cost, calibration, options)
  const limit = isOver(cost, interval) ? event.budget : null
  return {
    ...cost,
    timezone: event.timezone,
    interval,
    phases: phaseCosts(event, cost),
    tails: tailsOf({ graph, event, usages, book }),
    anHourLonger,
    cheaper: limit === null ? null : await cheaperThan(limit, scenario, calibration, book),
    approved: approved === undefined ? null : compareApproved(cost, approved, eventHash),
    soFar: measured === null ? null : await soFarBy(measured, scenario, calibration, book),
    coverage: coverageOf(ledger),
    outage: event.outage === null ? null : await outageOf(scenario, calibration, cost, options),
  }
}

/** Modules that most forecasts need not load are loaded where they are needed. */
async function cheaperThan(limit: bigint, scenario: Scenario, calibration: Calibration, book: PriceBook) {
  const { cheaperWays } = await import('./cheaper/cheaper-ways.ts')
  return cheaperWays(scenario, { calibration, book, limit })
}

async function outageOf(
  scenario: Scenario,
  calibration: Calibration,
  cost: Forecast,
  { book, twinOutage }: Pick<ForecastOptions, 'book' | 'twinOutage'>,
): Promise<OutageCost | null> {
  const { outageCost } = await import('./outage/outage-cost.ts')
  return outageCost(scenario, { calibration, book, cost, twin: twinOutage ?? null })
}

async function soFarBy(
  measured: MeasuredFrom,
  scenario: Scenario,
  calibration: Calibration,
  book: PriceBook,
) {
  const { soFar } = await import('./so-far/so-far.ts')
  return soFar(scenario, { ...measured, calibration, book })
}

function isOver({ budget }: Pick<Forecast, 'budget'>, interval: CostInterval | null): boolean {
  return (interval === null ? budget : interval.over)?.outcome === 'over'
}

/** What the bills of possible days spread over, with the budget of the event. */
export function intervalOf(
  scenario: Scenario,
  { unpriced }: { unpriced: readonly unknown[] },
  calibration: Calibration,
  { runs, seed, days, book }: Pick<ForecastOptions, 'runs' | 'seed' | 'days' | 'book'>,
): CostInterval {
  const { event } = scenario
  return costInterval({
    event,
    draws: new CostDraws(scenario, calibration, book),
    runs,
    seed,
    budget: event.budget,
    unpriced: unpriced.length > 0,
    days,
  })
}
