// What `forecast` hands to the renderers. Money is exact: bigint pico-dollars, rounded once, at display.
import type { UsageSource } from '../usage.ts'

export interface CostLine {
  venue: string
  urn: string
  /** Pulumi type, e.g. `aws:ec2/instance:Instance`. */
  type: string
  /** e.g. `t3.medium on-demand`, `EBS gp3 storage`. */
  description: string
  quantity: string
  unit: string
  /** USD per unit, the exact decimal of the price book. */
  rate: string
  rateSource: { id: string; date: string }
  quantitySource: UsageSource
  amount: bigint
}

/** A cost that exists but whose rate is not known. Never counted as zero. */
export interface UnpricedLine {
  venue: string
  urn: string
  type: string
  description: string
  quantity: string | null
  unit: string
  why: string
}

export interface Forecast {
  event: string
  title: string
  region: string
  window: { startMs: number; endMs: number }
  priceBook: { date: string; sources: string[] }
  lines: CostLine[]
  unpriced: UnpricedLine[]
  /** Resource types of the graph that cost nothing by themselves, with why. */
  free: { type: string; count: number; why: string }[]
  total: bigint
  budget: { limit: bigint; outcome: 'within' | 'over' | 'unknown' } | null
  attendees: number
}
