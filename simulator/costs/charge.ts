// What a meter returns: how much of which rate a resource uses. No prices here: pricing.ts puts them on.
import type { ResourceGraph, ResourceNode } from '../../infra/graph.ts'
import type { Usage, UsageSource } from '../usage.ts'
import { type Decimal, quantityOf, scaled } from './money.ts'
import type { Window } from './window.ts'

/** A quantity of a rate of the price book. */
export interface RatedCharge {
  kind: 'rated'
  description: string
  rateId: string
  /** Where it is not the event's region. */
  region?: string
  quantity: Decimal
  /** The rate's unit, as the price book writes it. */
  unit: string
  quantitySource: UsageSource
  /** When the quantity was used; monthly tiers and allowances are counted in the calendar months of it. */
  window: Window
  /** Rate whose tiers are taken off first, over all resources and regions together. */
  allowanceRateId?: string
}

/** A quantity of a rate that the event file states. */
export interface StatedCharge {
  kind: 'stated'
  description: string
  rateUsd: Decimal
  quantity: Decimal
  unit: string
}

/** A cost that exists, and why it cannot be worked out. */
export interface UnknownCharge {
  kind: 'unknown'
  description: string
  quantity: Decimal | null
  unit: string
  why: string
}

export type Charge = RatedCharge | StatedCharge | UnknownCharge

export interface MeterContext {
  /** The event's region, e.g. `eu-west-1`. */
  region: string
  graph: ResourceGraph
  window: Window
  /** Usage of this resource only. */
  usages: Usage[]
}

export interface Meter {
  /** `Usage.meter` to `Usage.unit`: all usage that this meter reads. */
  reads: Readonly<Record<string, string>>
  /** Why there may be nothing to charge. A resource without charges is listed with it. */
  freeWhy?: string
  charges(node: ResourceNode, context: MeterContext): Charge[]
}

/** GB of usage are 10⁹ bytes, GB of AWS's bills 2³⁰ (S3 price page: "1 GB / 1,073,741,824 bytes"). */
export function billedGb(gb: Decimal): Decimal {
  return scaled(gb, 10n ** 9n, 2n ** 30n)
}

export interface UsageRate {
  description: string
  rateId: string
  /** Where it is not the event's region. */
  region?: string
  /** Of the rate. */
  unit: string
  allowanceRateId?: string
  /** From the usage's unit to the rate's. */
  convert?: (quantity: Decimal) => Decimal
}

/** Charges for the usage called `meter`. Usage that nobody gave is an unknown cost, not none. */
export function usageCharges(context: MeterContext, meter: string, rate: UsageRate): Charge[] {
  const { description, unit, convert = (quantity) => quantity } = rate
  const found = context.usages.filter((usage) => usage.meter === meter)
  if (found.length === 0) {
    return [{ kind: 'unknown', description, quantity: null, unit, why: `no usage ${meter} is given for it` }]
  }
  return found.map((usage) => ({
    kind: 'rated',
    description,
    rateId: rate.rateId,
    quantity: convert(quantityOf(usage.quantity)),
    unit,
    quantitySource: usage.source,
    window: usage.window,
    ...(rate.region && { region: rate.region }),
    ...(rate.allowanceRateId && { allowanceRateId: rate.allowanceRateId }),
  }))
}

/** As `usageCharges`, for usage that most resources do not have: without any there is no charge. */
export function optionalUsageCharges(context: MeterContext, meter: string, rate: UsageRate): Charge[] {
  const given = context.usages.some((usage) => usage.meter === meter)
  return given ? usageCharges(context, meter, rate) : []
}

/** A charge for what the resource graph states, over the event's window. */
export function statedUse(
  { window }: MeterContext,
  rate: { description: string; rateId: string; unit: string; quantity: Decimal },
): RatedCharge {
  return { kind: 'rated', ...rate, quantitySource: 'stated', window }
}
