// One event or a calendar of events under every way of buying: cost, utilisation, break-even, regret, cash by month.
import type { EventSpec } from '../../../infra/event/event.ts'
import { shuffle, stream } from '../../engine/random.ts'
import { distinctShares } from '../../uncertainty/spot-share.ts'
import type { PriceBook } from '../price-book.ts'
import { eventWindow, months, type Window } from '../window.ts'
import { centralServices } from './central-services.ts'
import { committable, type Fleet, fleetRisk, paid } from './fleet.ts'
import {
  beyondMs,
  type MachineUse,
  machineUses,
  type Pool,
  peakOf,
  poolKey,
  poolsOf,
} from './machine-uses.ts'
import { cheapestMix } from './mixed-fleet.ts'
import type { MonthFlow, PolicyComparison, PolicyCost } from './policies-result.ts'
import { hourlyCost, Rates, termHours, WAYS, type Way } from './ways.ts'

const HOUR_MS = 3_600_000
const DAYS_PER_YEAR = 365
const DRAWS = 200

/**
 * Every way of buying the machines of `events`. A commitment starts with the first event's window. `owned` machines are
 * as many as are in use at once at most; the mixed reservation owns one less and buys the rest on demand; the
 * cheapest mix is searched for.
 */
export function comparePolicies(
  name: string,
  events: readonly EventSpec[],
  book: PriceBook,
  seed = 1,
): PolicyComparison {
  const uses = machineUses(events)
  const pools = poolsOf(uses)
  const eventDays = events.reduce((sum, { days }) => sum + days, 0)
  const mix = cheapestMix(pools, book)
  const fleets = [...fleetsFor(uses, pools), ...(mix ? [mix] : [])]
  const priced = fleets.map((fleet) => priceFleet(fleet, uses, pools, eventDays, book))
  const many = events.length > 1
  if (many) addRegret(fleets, priced, uses, events.length, book, seed)
  return {
    name,
    events: events.map((event) => ({ name: event.name, days: event.days, ...eventWindow(event) })),
    eventDays,
    pools: pools.map(({ region, instanceType, discount, uses: pooled }) => ({
      ...{ region, instanceType, discount, peak: peakOf(pooled) },
      hours: lengthOf(pooled) / HOUR_MS,
    })),
    spotShares: distinctShares(uses.map(({ spotShare }) => spotShare)),
    policies: priced,
    central: centralServices(events, book),
    draws: many ? { count: DRAWS, seed } : null,
  }
}

function fleetsFor(uses: readonly MachineUse[], pools: readonly Pool[]): Fleet[] {
  const peak = peaksOf(pools)
  const fewer = (pool: Pool) => Math.max(0, peak(pool) - 1)
  const shared = pools.some((pool) => peak(pool) > 1)
  return WAYS.flatMap((way) => {
    if (way.termYears === 0 && way.policy !== 'on-demand' && !uses.some(way.takes)) return []
    const whole = { way, owned: way.termYears > 0 ? peak : () => 0 }
    if (way.policy !== 'reserved-1y-no-upfront' || !shared) return [whole]
    const mixed = { ...way, policy: 'mixed-reserved', label: 'mixed: 1 y reserved, peak on demand' }
    return [whole, { way: mixed, owned: fewer }]
  })
}

/** Machines in use at once at most, of all uses: those that are left of cancelled events ask for the same pool. */
function peaksOf(pools: readonly Pool[]): (pool: Pool) => number {
  const peaks = new Map(pools.map((pool) => [poolKey(pool), peakOf(pool.uses)]))
  return (pool) => peaks.get(poolKey(pool)) ?? 0
}

function lengthOf(uses: readonly Window[]): number {
  return uses.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)
}

function priceFleet(
  fleet: Fleet,
  uses: readonly MachineUse[],
  pools: readonly Pool[],
  eventDays: number,
  book: PriceBook,
): PolicyCost {
  const { way, owned } = fleet
  const rates = new Rates(book)
  const { committed, hourly } = paid(fleet, uses, pools, rates)
  const risk = fleetRisk(fleet, uses, rates)
  const machines = pools.reduce((sum, pool) => sum + owned(pool), 0)
  const servedMs = (pool: Pool) => {
    const served = committable(fleet, pool)
    return lengthOf(served) - beyondMs(served, owned(pool))
  }
  const ownedMs = pools.reduce((sum, pool) => sum + servedMs(pool), 0)
  const termMs = termHours(way) * HOUR_MS
  const used = pools.reduce((sum, pool) => {
    return way.termYears === 0 ? 0n : sum + rates.cost(pool, way.rateId(pool.instanceType), servedMs(pool))
  }, 0n)
  const onDemand = hourlyCost(WAYS[0] as Way, uses, new Rates(book)) - hourly
  const missing = [...rates.missing].sort()
  const known = (amount: bigint) => (missing.length === 0 ? amount : null)
  const upfront = (committed * BigInt(way.upfrontPct)) / 100n
  return {
    policy: way.policy,
    label: way.label,
    missing,
    oldestRate: rates.oldest,
    upfront: known(upfront),
    attributed: known(used + hourly),
    cash: known(committed + hourly),
    risk: known(risk.loss),
    interruptions: risk.interruptions,
    missedLevels: risk.missedLevels,
    committed: machines,
    utilisation: machines === 0 ? null : ownedMs / (machines * termMs),
    breakEvenDays:
      machines === 0 || missing.length > 0 || onDemand <= 0n
        ? null
        : Number((committed * BigInt(eventDays) + onDemand - 1n) / onDemand),
    termDays: machines === 0 ? null : daysAtMost(way, machines, eventDays, ownedMs),
    regret: null,
    months: missing.length > 0 ? [] : flows(fleet, uses, { upfront, committed, hourly }),
  }
}

/** As many as there are days, on each machine, and as their hours fit into the hours that are committed to. */
function daysAtMost(way: Way, machines: number, eventDays: number, ownedMs: number): number {
  const byDay = way.termYears * DAYS_PER_YEAR * machines
  const byHour = Math.floor((eventDays * machines * termHours(way) * HOUR_MS) / ownedMs)
  return Math.min(byDay, byHour)
}

function flows(
  { way }: Fleet,
  uses: readonly MachineUse[],
  { upfront, committed, hourly }: { upfront: bigint; committed: bigint; hourly: bigint },
): MonthFlow[] {
  const byMonth = new Map<string, MonthFlow>()
  const add = (month: string, key: 'cash' | 'amortised', amount: bigint) => {
    const flow = byMonth.get(month) ?? { month, cash: 0n, amortised: 0n }
    flow[key] += amount
    byMonth.set(month, flow)
  }
  const startMs = Math.min(...uses.map((use) => use.startMs))
  if (committed > 0n) {
    const term = { startMs, endMs: startMs + termHours(way) * HOUR_MS }
    add(new Date(startMs).toISOString().slice(0, 7), 'cash', upfront)
    for (const [month, amount] of spread(committed - upfront, [term])) add(month, 'cash', amount)
    for (const [month, amount] of spread(committed, [term])) add(month, 'amortised', amount)
  }
  if (hourly > 0n) {
    for (const [month, amount] of spread(hourly, uses)) {
      add(month, 'cash', amount)
      add(month, 'amortised', amount)
    }
  }
  return [...byMonth.values()].sort((a, b) => (a.month < b.month ? -1 : 1))
}

/** `amount` over calendar months in proportion to time; the last takes what rounding left, so that the sum is exact. */
function spread(amount: bigint, windows: readonly Window[]): [month: string, amount: bigint][] {
  const parts = windows.flatMap((window) => months(window))
  const lengthMs = BigInt(lengthOf(parts))
  let left = amount
  return parts.map(({ month, startMs, endMs }, i) => {
    const share = i === parts.length - 1 ? left : (amount * BigInt(endMs - startMs)) / lengthMs
    left -= share
    return [month, share]
  })
}

/** Half of the events, rounded down, are cancelled after the commitment is made: what each way then costs too much. */
function addRegret(
  fleets: readonly Fleet[],
  priced: PolicyCost[],
  uses: readonly MachineUse[],
  events: number,
  book: PriceBook,
  seed: number,
): void {
  const pools = poolsOf(uses)
  const random = stream(seed, 'cancelled-events')
  const sums = priced.map(() => ({ total: 0n, worst: 0n }))
  for (let draw = 0; draw < DRAWS; draw++) {
    const order = shuffle(
      Array.from({ length: events }, (_, i) => i),
      random,
    )
    const kept = new Set(order.slice(Math.floor(events / 2)))
    const left = uses.filter(({ event }) => kept.has(event))
    const costs = fleets.map((fleet, i) => {
      if (priced[i]?.cash === null) return null
      const rates = new Rates(book)
      const { committed, hourly } = paid(fleet, left, pools, rates)
      return committed + hourly + fleetRisk(fleet, left, rates).loss
    })
    const known = costs.filter((cost) => cost !== null)
    const least = known.reduce((a, b) => (a < b ? a : b), known[0] ?? 0n)
    costs.forEach((cost, i) => {
      const sum = sums[i]
      if (cost === null || !sum) return
      const regret = cost - least
      sum.total += regret
      if (regret > sum.worst) sum.worst = regret
    })
  }
  priced.forEach((policy, i) => {
    const sum = sums[i]
    if (policy.cash !== null && sum) {
      policy.regret = { expected: sum.total / BigInt(DRAWS), worst: sum.worst }
    }
  })
}
