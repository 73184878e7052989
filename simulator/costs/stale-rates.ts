// Rates of a forecast that were said too long before the event to be relied on.
import type { CostLine, StaleRate } from './forecast-result.ts'

/** Half a year: AWS changes list prices a few times in that, and the spot market many times. */
export const PRICE_AGE_MAX_DAYS = 180

const DAY_MS = 86_400_000

/** Whole days from a source's day to `atMs`. */
export function ageDays(date: string, atMs: number): number {
  return Math.floor((atMs - Date.parse(date)) / DAY_MS)
}

/**
 * Rates of the price book older than `PRICE_AGE_MAX_DAYS` when the event starts, each once, by what the forecast charges at them;
 * what the event file states has no age.
 */
export function staleRates(lines: CostLine[], startMs: number): StaleRate[] {
  const stale = new Map<string, StaleRate>()
  for (const { rateId, region, rateSource, amount } of lines) {
    if (rateId === null) continue
    const age = ageDays(rateSource.date, startMs)
    if (age <= PRICE_AGE_MAX_DAYS) continue
    const key = `${region} ${rateId} ${rateSource.date}`
    const known = stale.get(key)
    if (known) known.amount += amount
    else stale.set(key, { rateId, region, rateSource, ageDays: age, amount })
  }
  return [...stale.values()].sort((a, b) =>
    a.amount === b.amount ? (a.rateId < b.rateId ? -1 : 1) : a.amount > b.amount ? -1 : 1,
  )
}
