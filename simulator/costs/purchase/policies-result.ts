// What machines cost under each way of buying, for one event or for a calendar of events.
import type { SpotShare } from '../../uncertainty/spot-share-result.ts'

/** Pico-dollars throughout; null where a rate is missing. */
export interface PolicyCost {
  /** `on-demand`, `spot`, `reserved-1y-no-upfront`… */
  policy: string
  /** What a reader calls it. */
  label: string
  /** Rates that the price book lacks; with any of them there is no amount. */
  missing: string[]
  /** Day of the oldest rate. */
  oldestRate: string | null
  /** Paid on the first day. */
  upfront: bigint | null
  /** The share of a commitment that the hours in use take; without a commitment, what is paid. */
  attributed: bigint | null
  /** All that is paid, over the whole term of a commitment. */
  cash: bigint | null
  /** Expected loss, beside what is paid. */
  risk: bigint | null
  interruptions: number
  /** Interruptions after which the service level of recovery is expected to be missed. */
  missedLevels: number
  /** Machines that are committed to. */
  committed: number
  /** Share of the committed hours that are used; null: nothing is committed. */
  utilisation: number | null
  /** Event days from which the commitment is cheaper than on demand; null: nothing is committed. */
  breakEvenDays: number | null
  /** Event days that the term could hold at most. */
  termDays: number | null
  /** If half of the events are cancelled: what it costs more than the cheapest policy for those that are left. */
  regret: { expected: bigint; worst: bigint } | null
  months: MonthFlow[]
}

export interface MonthFlow {
  /** UTC, e.g. `2026-11`. */
  month: string
  cash: bigint
  amortised: bigint
}

export interface PoolUse {
  region: string
  instanceType: string
  /** Agreed with AWS for EC2 and taken off every price, from 0 to 1. */
  discount: number
  /** Machines at once. */
  peak: number
  hours: number
}

/** A term of a commitment to a central service, for as many as are in use at once at most. */
export interface Commitment {
  label: string
  /** The rate that the price book lacks; null: it has it. */
  missing: string | null
  /** Pico-dollars over the whole term, used or not; null: not priced. */
  cash: bigint | null
  /** The share of the hours in use. */
  attributed: bigint | null
  /** Event days from which it is cheaper than on demand; null: not known. */
  breakEvenDays: number | null
}

export interface CentralService {
  /** On demand. */
  rateId: string
  region: string
  /** vCPUs or GB of Fargate; 1 for a database. */
  units: number
  discount: number
  peak: number
  hours: number
  /** Null: not priced. */
  onDemand: bigint | null
  commitments: Commitment[]
}

export interface PolicyComparison {
  name: string
  events: { name: string; startMs: number; endMs: number; days: number }[]
  eventDays: number
  pools: PoolUse[]
  /** Of the machines' types, were they on spot. */
  spotShares: SpotShare[]
  policies: PolicyCost[]
  /** What central services cost, which no way of buying machines changes. */
  central: CentralService[]
  /** Draws of the regret, and their seed; null for one event. */
  draws: { count: number; seed: number } | null
}
