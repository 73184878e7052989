// What every aggregate can do. Each keeps cells with the number of the message that changed them last, so that what
// changed since any number can be told, as absolute values: a delta-state CRDT, whose deltas may come twice and in any
// order. Source: Almeida, Shoker, Baquero, "Delta state replicated data types", 2018.
import type { AggregateValue } from '../protocol/filter.ts'
import type { Readable } from './filter.ts'

export interface Aggregator {
  /** Messages taken so far: the clock that its cells and deltas count by. */
  readonly taken: number
  /** Takes a message that has passed the filter; one that lacks the field changes nothing. O(log k) at most. */
  take(message: Readable): void
  value(): AggregateValue
  /** Adds what `later`, of the same definition, has counted: its messages came after these or elsewhere. */
  merge(later: Aggregator): void
  /** The cells that changed after message `since`; JSON. */
  delta(since: number): unknown
  /**
   * For a copy elsewhere: takes the cells of a delta that reaches to message `to`, but those that a later delta has
   * brought already. False where it is no delta of such an aggregate; then nothing has changed.
   */
  patch(delta: unknown, to: number): boolean
  /** JSON, bounded; deltas since `since` and later can be made of what it restores. */
  snapshot(since: number): unknown
  /** Into a new aggregate. */
  restore(snapshot: unknown): void
}
