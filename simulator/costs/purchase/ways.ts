// The ways of buying that are compared, and what each costs for a set of machine uses.
import { loadCatalog } from '../../../infra/catalog/catalog.ts'
import { atLaunch, chargeSurplus, isBurstable, runLoad, vcpuHoursOfCredits } from '../cpu-credits.ts'
import { shareOf } from '../discount.ts'
import { amountOf, type Decimal, isZero, quantityOf, scaled } from '../money.ts'
import type { PriceBook } from '../price-book.ts'
import { beyondMs, type MachineUse, type Pool, poolsOf } from './machine-uses.ts'

const HOUR_MS = 3_600_000
const HOURS_PER_YEAR = 8_760
/** AWS's month for estimates. */
const HOURS_PER_MONTH = 730
/** A new machine is found, boots, and takes over its queue's disk or log: assumed, five minutes. */
export const RELAUNCH_S = 300

export interface Way {
  policy: string
  label: string
  /** The rate of `pool`'s type. */
  rateId: (instanceType: string) => string
  /** 0: no commitment. */
  termYears: number
  /** Of the commitment, in percent. */
  upfrontPct: 0 | 50 | 100
  /** Which machines are bought so; the others are bought on demand. */
  takes: (use: MachineUse) => boolean
}

const all = () => true
const PAYMENTS = [
  ['no', 0],
  ['partial', 50],
  ['all', 100],
] as const

const BURSTABLE = 'burstable-unlimited'
const none = { termYears: 0, upfrontPct: 0 } as const

export const SPOT: Way = { policy: 'spot', label: 'spot', rateId: spotId, ...none, takes: all }

export const WAYS: readonly Way[] = [
  { policy: 'on-demand', label: 'on demand', rateId: onDemandId, ...none, takes: all },
  SPOT,
  {
    ...{ policy: BURSTABLE, label: 'unlimited credits', rateId: onDemandId, ...none },
    takes: ({ instanceType }) => isBurstable(instanceType),
  },
  {
    ...{ policy: 'mixed-spot-standby', label: 'mixed: standbys on spot', rateId: spotId },
    ...{ ...none, takes: ({ standby }: MachineUse) => standby },
  },
  ...[1, 3].flatMap((years) => [
    ...PAYMENTS.map(([payment, upfrontPct]) => ({
      policy: `reserved-${years}y-${payment}-upfront`,
      label: `reserved ${years} y, ${payment} upfront`,
      rateId: (type: string) => `ec2.${type}.reserved-${years}y-${payment}-upfront`,
      termYears: years,
      upfrontPct,
      takes: all,
    })),
    {
      policy: `savings-plan-${years}y-no-upfront`,
      label: `Savings Plan ${years} y, no upfront`,
      rateId: (type: string) => `ec2.${type}.savings-plan-${years}y-no-upfront`,
      ...{ termYears: years, upfrontPct: 0 as const, takes: all },
    },
  ]),
]

export function onDemandId(instanceType: string): string {
  return `ec2.${instanceType}.on-demand`
}

function spotId(instanceType: string): string {
  return `ec2.${instanceType}.spot`
}

export function termHours({ termYears }: Pick<Way, 'termYears'>): number {
  return termYears * HOURS_PER_YEAR
}

type Priced = Pick<Pool, 'region' | 'discount'>

/** Looks rates up, and notes what is missing and how old the oldest is. */
export class Rates {
  readonly missing = new Set<string>()
  oldest: string | null = null
  readonly #book: PriceBook

  constructor(book: PriceBook) {
    this.#book = book
  }

  /** USD an hour; null: the price book has a hole. */
  usd(region: string, id: string): Decimal | null {
    const tier = this.#book.rate(region, id)?.tiers[0]
    if (!tier) {
      this.missing.add(`${id} for ${region}`)
      return null
    }
    const { date } = tier.source
    if (this.oldest === null || date < this.oldest) this.oldest = date
    return tier.priceUsd
  }

  /** Of `ms` machine-milliseconds, after the discount. */
  cost(of: Priced, id: string, ms: number): bigint {
    return this.amount(of, id, scaled({ digits: BigInt(ms), scale: 0 }, 1n, BigInt(HOUR_MS)))
  }

  /** Of `quantity` units, after the discount. */
  amount({ region, discount }: Priced, id: string, quantity: Decimal): bigint {
    // Nothing of something without a price is still nothing.
    if (isZero(quantity)) return 0n
    const rate = this.usd(region, id)
    if (rate === null) return 0n
    const list = amountOf(rate, quantity)
    return list - shareOf(list, discount)
  }
}

/** What machines cost that are paid by the hour in use: those that the way takes at its rate, the rest on demand. */
export function hourlyCost(way: Way, uses: readonly MachineUse[], rates: Rates): bigint {
  return uses.reduce((sum, use) => {
    const id = way.takes(use) ? way.rateId(use.instanceType) : onDemandId(use.instanceType)
    return sum + rates.cost(use, id, use.endMs - use.startMs)
  }, 0n)
}

/** Paid over the whole term for `owned` machines of each pool, used or not. */
export function commitment(
  way: Way,
  pools: readonly Pool[],
  owned: (pool: Pool) => number,
  rates: Rates,
): bigint {
  const ms = termHours(way) * HOUR_MS
  return pools.reduce(
    (sum, pool) => sum + rates.cost(pool, way.rateId(pool.instanceType), owned(pool) * ms),
    0n,
  )
}

/** Hours beyond the machines that are owned are bought on demand. */
export function overflow(uses: readonly MachineUse[], owned: (pool: Pool) => number, rates: Rates): bigint {
  return poolsOf(uses).reduce((sum, pool) => {
    const ms = beyondMs(pool.uses, owned(pool))
    return ms === 0 ? sum : sum + rates.cost(pool, onDemandId(pool.instanceType), ms)
  }, 0n)
}

export interface Risk {
  interruptions: number
  missedLevels: number
  loss: bigint
}

export const NO_RISK: Readonly<Risk> = { interruptions: 0, missedLevels: 0, loss: 0n }

/**
 * Interruptions come at a steady rate: of machines that run a month, the expected share is hit at least once. Each one
 * costs the sponsors' income of the seconds without the machine, and a minute on demand: what AWS bills at least for
 * the machine that takes its place. A standby that is lost takes no service with it.
 */
export function riskOf(way: Way, uses: readonly MachineUse[], rates: Rates): Risk {
  const risk: Risk = { ...NO_RISK }
  if (way.policy === BURSTABLE) return { ...risk, loss: mostSurplus(uses.filter(way.takes), rates) }
  if (way.rateId !== spotId) return risk
  for (const use of uses.filter(way.takes)) {
    const hours = (use.endMs - use.startMs) / HOUR_MS
    const expected = (-Math.log1p(-use.spotShare.expected) * hours) / HOURS_PER_MONTH
    risk.interruptions += expected
    if (!use.standby && RELAUNCH_S > use.recoveryS) risk.missedLevels += expected
    const each =
      use.incomePerSecond * BigInt(RELAUNCH_S) + rates.cost(use, onDemandId(use.instanceType), 60_000)
    risk.loss += amountOf({ digits: each, scale: 12 }, quantityOf(Number(expected.toFixed(9))))
  }
  return risk
}

/** What surplus credits cost if every vCPU is busy from the launch to the stop: no load is billed more. */
function mostSurplus(uses: readonly MachineUse[], rates: Rates): bigint {
  return uses.reduce((sum, use) => {
    const { instanceType, startMs, endMs } = use
    const type = loadCatalog().instanceTypes.get(instanceType)
    if (!type?.burst || type.vcpus === null) return sum
    const size = { vcpus: type.vcpus, ...type.burst }
    const busy = { hours: (endMs - startMs) / HOUR_MS, cpuPct: 100 }
    const { state } = runLoad(size, 'unlimited', atLaunch(instanceType, size, 'unlimited'), busy)
    const credits = Number(chargeSurplus(state).charged.toFixed(9))
    const family = instanceType.slice(0, instanceType.indexOf('.'))
    const vcpuHours = vcpuHoursOfCredits(quantityOf(credits))
    return sum + rates.amount(use, `ec2.surplus-credits.${family}`, vcpuHours)
  }, 0n)
}
