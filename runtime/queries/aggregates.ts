// The aggregates by name.
import type { Aggregate } from '../protocol/filter.ts'
import type { Aggregator } from './aggregator.ts'
import { Count, type Room } from './count.ts'
import { Distinct } from './distinct.ts'
import { Histogram } from './histogram.ts'
import { Top } from './top.ts'

/** A new, empty aggregator; `agg` as `parseAggregate` gives it. `room`: for clients, shared with others. */
export function createAggregator(agg: Aggregate, room?: Room): Aggregator {
  switch (agg.is) {
    case 'count':
      return new Count(agg, room)
    case 'top':
      return new Top(agg)
    case 'histogram':
      return new Histogram(agg)
    case 'distinct':
      return new Distinct(agg)
  }
}

/** To patch with deltas and to add up. What each client said last is known where it said it: a copy has sums only. */
export function createCopy(agg: Aggregate): Aggregator {
  return createAggregator(agg.is === 'count' ? { ...agg, per: undefined } : agg)
}
