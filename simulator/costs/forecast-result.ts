// What `forecast` hands to the renderers. Money is exact: bigint pico-dollars, rounded once, at display.
import type { UsageSource } from '../usage.ts'

export interface CostLine {
  venue: string
  urn: string
  /** As a bill would show them: of the resource, else of its component; at least the event's and the venue's. */
  tags: Record<string, string>
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
  /** AWS service as the price book writes it, e.g. `ec2`; `venue` for what the event file states. */
  service: string
  /** Of the price book; null: the event file states the rate. */
  rateId: string | null
  region: string
  /** When the quantity is used. */
  window: { startMs: number; endMs: number }
  /** At the list price. */
  list: bigint
  /** Taken off it, as agreed; not negative. */
  discount: bigint
  /** `list` less `discount`, before tax. */
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

/** A rate that was said longer before the event than its price is taken to hold. */
export interface StaleRate {
  rateId: string
  region: string
  rateSource: { id: string; date: string }
  /** From the source's day to the start of the event's window. */
  ageDays: number
  /** What the forecast charges at it. */
  amount: bigint
}

export interface Forecast {
  event: string
  title: string
  region: string
  window: { startMs: number; endMs: number }
  priceBook: { date: string; sources: string[] }
  /** The most expensive first. */
  staleRates: StaleRate[]
  lines: CostLine[]
  unpriced: UnpricedLine[]
  /** Resource types of the graph that cost nothing by themselves, with why. */
  free: { type: string; count: number; why: string }[]
  /** Sum of the lines, before tax. */
  total: bigint
  /** On `total`; null: the event states none. */
  vat: { share: number; amount: bigint } | null
  budget: { limit: bigint; outcome: 'within' | 'over' | 'unknown' } | null
  attendees: number
}
