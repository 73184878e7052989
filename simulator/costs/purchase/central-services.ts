// What central services would cost under a commitment: their hours on demand, and each term whose rate is known.
import type { EventSpec } from '../../../infra/event/event.ts'
import { discountShare, serviceOf } from '../discount.ts'
import type { PriceBook } from '../price-book.ts'
import { eventWindow, type Window } from '../window.ts'
import { beyondMs, peakOf } from './machine-uses.ts'
import type { CentralService, Commitment } from './policies-result.ts'
import { Rates, termHours, WAYS } from './ways.ts'

const HOUR_MS = 3_600_000
const GIB = 2 ** 30
/** The ingest's tasks run on this. */
const CHIP = 'x86'
const TERMS = WAYS.filter(({ termYears }) => termYears > 0)

interface Use extends Window {
  /** Its rate on demand; a commitment's has a suffix. */
  rateId: string
  region: string
  discount: number
  /** vCPUs or GB; of a database 1. */
  units: number
  days: number
}

/**
 * Services of one rate, region and discount stand in for each other over all events. A database is committed to by
 * reservation, Fargate by Savings Plan; a commitment without a rate is named and has no amount.
 */
export function centralServices(events: readonly EventSpec[], book: PriceBook): CentralService[] {
  const pools = Map.groupBy(events.flatMap(usesOf), ({ rateId, region, discount, units }) =>
    [rateId, region, discount, units].join(' '),
  )
  return [...pools.values()].map((uses) => priced(uses, book))
}

function usesOf(event: EventSpec): Use[] {
  const { database, ingest } = event.central
  const { engine, instanceClass, multiAz } = database
  const use = (rateId: string, units: number): Use => ({
    ...eventWindow(event),
    ...{ rateId, units, region: event.region, days: event.days },
    discount: discountShare(serviceOf(rateId), event.finance),
  })
  const zones = multiAz ? 'multi-az' : 'single-az'
  const databases =
    engine === 'aurora'
      ? Array.from({ length: multiAz ? 2 : 1 }, () => use(`rds.aurora-postgresql.${instanceClass}`, 1))
      : [use(`rds.postgresql.${instanceClass}.${zones}`, 1)]
  return [
    ...databases,
    use(`fargate.${CHIP}.vcpu`, ingest.vcpu * ingest.tasks),
    use(`fargate.${CHIP}.memory`, (ingest.memoryBytes / GIB) * ingest.tasks),
  ]
}

function priced(uses: readonly Use[], book: PriceBook): CentralService {
  const { rateId, region, discount, units } = uses[0] as Use
  const rates = new Rates(book)
  const ms = uses.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)
  const peak = peakOf(uses)
  const cost = (id: string, unitMs: number) =>
    rates.usd(region, id) === null ? null : rates.cost({ region, discount }, id, Math.round(unitMs * units))
  const onDemand = cost(rateId, ms)
  const days = uses.reduce((sum, use) => sum + use.days, 0)
  const commitments = TERMS.filter(({ policy }) => policy.startsWith(kindOf(rateId))).map(
    (way): Commitment => {
      const id = `${rateId}.${way.policy}`
      const cash = cost(id, peak * termHours(way) * HOUR_MS)
      const breakEven = cash === null || !onDemand ? null : (cash * BigInt(days) + onDemand - 1n) / onDemand
      return {
        label: way.label,
        missing: cash === null ? id : null,
        cash,
        attributed: cost(id, ms - beyondMs(uses, peak)),
        breakEvenDays: breakEven === null ? null : Number(breakEven),
      }
    },
  )
  return { rateId, region, units, discount, peak, hours: ms / HOUR_MS, onDemand, commitments }
}

/** AWS sells no reservation of Fargate, and Savings Plans are asked for Fargate alone here. */
function kindOf(rateId: string): 'reserved-' | 'savings-plan-' {
  return serviceOf(rateId) === 'fargate' ? 'savings-plan-' : 'reserved-'
}
