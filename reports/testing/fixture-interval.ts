// A synthetic cost interval for tests of the renderers: made up, and wide enough that each figure can be told apart.
import type { CostInterval } from '../../simulator/costs/interval/interval-result.ts'
import { manyDays } from './fixture-monte-carlo.ts'

const USD = 10n ** 12n

export function fixtureInterval(): CostInterval {
  const quantile = (p: number, usd: bigint) => ({
    p,
    value: usd * USD,
    low: (usd - 1n) * USD,
    high: p === 0.99 ? null : (usd + 1n) * USD,
  })
  return {
    runs: 500,
    seed: 1,
    through: 'surrogate',
    confidence: 0.95,
    middle: 187n * USD,
    quantiles: [quantile(0.1, 170n), quantile(0.5, 187n), quantile(0.9, 210n), quantile(0.99, 240n)],
    drivers: [
      {
        factor: 'attendance',
        low: { at: 0.9, value: 172n * USD },
        high: { at: 1.1, value: 204n * USD },
        correlation: 0.93,
      },
      {
        factor: 'outage-start',
        low: { at: -480, value: 187n * USD },
        high: { at: 480, value: 187n * USD },
        correlation: 0.01,
      },
    ],
    over: { limit: 400n * USD, runs: 0, low: 0, high: 0.0076, outcome: 'within' },
    outside: [{ what: 'sessions at one venue: 2610, compared up to 2400', runs: 12 }],
    uncertainty: manyDays.uncertainty,
    spotShares: manyDays.spotShares,
  }
}
