// Standing aggregates on the wire: what a PoP publishes to `agg.` and the aggregate's name when one has changed.
import type { Aggregate, Filter } from './filter.ts'

/** Only the PoP itself publishes to channels whose name starts with this. */
export const AGGREGATE_PREFIX = 'agg.'

/**
 * The cells that messages `from` + 1 to `to` of this PoP's count changed, with their values after message `to`. Deltas
 * may come twice and in any order: of two values of one cell, that of the larger `to` counts.
 */
export interface StandingDelta {
  /** What is counted: deltas of another channel, filter or aggregate do not add up with it. */
  ch: string
  where?: Filter
  agg: Aggregate
  /** When the first message came that this count holds, ms since the Unix epoch: a PoP that began anew counts again. */
  begins: number
  from: number
  to: number
  /** As the aggregator of `agg` makes it. */
  delta: unknown
}
