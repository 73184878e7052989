// The cheapest mix of on demand, spot and reserved machines: a bounded search over how many are reserved and on spot.
import type { PriceBook } from '../price-book.ts'
import type { Fleet } from './fleet.ts'
import { beyondMs, type MachineUse, type Pool, peakOf, poolKey } from './machine-uses.ts'
import { onDemandId, Rates, riskOf, SPOT, termHours, WAYS, type Way } from './ways.ts'

const HOUR_MS = 3_600_000
/** Of each kind of machine; above it, counts that are evenly apart. */
const COUNTS_MAX = 21

interface Choice {
  pool: Pool
  owned: number
  onSpot: MachineUse[]
  total: bigint
}

/**
 * Least cash and risk together. Uses go to the spot market in the order of what that saves after its risk; what is left
 * above the reserved machines is bought on demand. All reservations of a mix are of one term and payment. Null: no
 * machine, or no price of one on demand.
 */
export function cheapestMix(pools: readonly Pool[], book: PriceBook): Fleet | null {
  const rates = new Rates(book)
  const searched = pools.map((pool) => openSearch(pool, rates))
  if (searched.length === 0 || searched.some((search) => search === null)) return null
  const mixes = WAYS.filter(({ termYears }) => termYears > 0).map((way) => {
    const choices = searched.map((search) => (search as Search)(way))
    return { way, choices, total: choices.reduce((sum, { total }) => sum + total, 0n) }
  })
  const best = mixes.reduce((a, b) => (b.total < a.total ? b : a))
  return fleetOf(best.way, best.choices)
}

type Search = (way: Way) => Choice

/** What does not hang on the way is worked out once; null: the type has no price on demand. */
function openSearch(pool: Pool, rates: Rates): Search | null {
  const { region, instanceType, uses } = pool
  if (rates.usd(region, onDemandId(instanceType)) === null) return null
  const spot = onSpotBySaving(pool, rates)
  const splits = countsTo(spot.length).map((y) => {
    const onSpot = spot.slice(0, y)
    const taken = new Set(onSpot.map(({ use }) => use))
    return {
      onSpot: [...taken],
      cost: onSpot.reduce((sum, { cost }) => sum + cost, 0n),
      others: uses.filter((use) => !taken.has(use)),
    }
  })
  const points = countsTo(peakOf(uses)).flatMap((owned) =>
    splits.map(({ onSpot, cost, others }) => {
      const hourly = rates.cost(pool, onDemandId(instanceType), beyondMs(others, owned))
      return { owned, onSpot, paid: cost + hourly }
    }),
  )
  return (way) => {
    const rateId = way.rateId(instanceType)
    const priced = rates.usd(region, rateId) !== null
    const choices = points
      .filter(({ owned }) => priced || owned === 0)
      .map(({ owned, onSpot, paid }) => {
        const committed = rates.cost(pool, rateId, owned * termHours(way) * HOUR_MS)
        return { pool, owned, onSpot, total: paid + committed }
      })
    return choices.reduce((a, b) => (b.total < a.total ? b : a))
  }
}

/** Those that cost less on spot, its risk included; the largest saving first. */
function onSpotBySaving(pool: Pool, rates: Rates): { use: MachineUse; cost: bigint }[] {
  const { region, instanceType, uses } = pool
  if (rates.usd(region, SPOT.rateId(instanceType)) === null) return []
  return uses
    .map((use) => {
      const ms = use.endMs - use.startMs
      const cost = rates.cost(use, SPOT.rateId(instanceType), ms) + riskOf(SPOT, [use], rates).loss
      return { use, cost, saving: rates.cost(use, onDemandId(instanceType), ms) - cost }
    })
    .filter(({ saving }) => saving > 0n)
    .sort((a, b) => (a.saving > b.saving ? -1 : a.saving < b.saving ? 1 : 0))
}

/** From 0 to `most`, always with both and the one before the last. */
function countsTo(most: number): number[] {
  if (most < COUNTS_MAX) return Array.from({ length: most + 1 }, (_, i) => i)
  const apart = Array.from({ length: COUNTS_MAX }, (_, i) => Math.round((i * most) / (COUNTS_MAX - 1)))
  return [...new Set([...apart, most - 1])].sort((a, b) => a - b)
}

function fleetOf(way: Way, choices: readonly Choice[]): Fleet {
  const onSpot = new Set(choices.flatMap((choice) => choice.onSpot))
  const owned = new Map(choices.map((choice) => [poolKey(choice.pool), choice.owned]))
  const counts = choices.map((choice) => ({
    spot: peakOf(choice.onSpot),
    onDemand: Math.max(0, peakOf(choice.pool.uses.filter((use) => !onSpot.has(use))) - choice.owned),
    reserved: choice.owned,
  }))
  const sum = (kind: 'onDemand' | 'spot' | 'reserved') => counts.reduce((all, of) => all + of[kind], 0)
  const of = sum('reserved') > 0 ? ` (${way.label})` : ''
  const label = `cheapest mix: ${sum('onDemand')} on demand + ${sum('spot')} spot + ${sum('reserved')} reserved${of}`
  return {
    way: { ...way, policy: 'mixed-cheapest', label },
    owned: (of) => owned.get(poolKey(of)) ?? 0,
    onSpot: (use) => onSpot.has(use),
  }
}
