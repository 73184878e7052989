// Counts messages by the interval between fixed edges that a number of theirs lies in.
import type { Aggregate, AggregateValue } from '../protocol/filter.ts'
import { isCount } from '../protocol/parse-object.ts'
import type { Aggregator } from './aggregator.ts'
import { areCells } from './cells.ts'
import { compileField, type Field, type Readable } from './filter.ts'
import { isFields } from './parse.ts'

/** [bucket, count]. */
type BucketCell = [number, number]

interface HistogramSnapshot {
  taken: number
  buckets: number[]
  changed: number[]
}

export class Histogram implements Aggregator {
  taken = 0
  readonly #field: Field
  readonly #edges: readonly number[]
  readonly #buckets: number[]
  /** Number of the message that changed each bucket last. */
  readonly #changed: number[]

  constructor({ of, edges }: Extract<Aggregate, { is: 'histogram' }>) {
    this.#field = compileField(of)
    this.#edges = edges
    this.#buckets = Array(edges.length + 1).fill(0)
    this.#changed = Array(edges.length + 1).fill(0)
  }

  take(message: Readable): void {
    const value = this.#field(message)
    if (typeof value !== 'number') return
    this.taken++
    this.#add(this.#bucketOf(value), 1)
  }

  value(): AggregateValue {
    return { is: 'histogram', n: this.taken, buckets: [...this.#buckets] }
  }

  merge(later: Histogram): void {
    this.taken += later.taken
    for (const [i, count] of later.#buckets.entries()) if (count > 0) this.#add(i, count)
  }

  delta(since: number): { buckets: BucketCell[] } {
    return { buckets: [...this.#buckets.entries()].filter(([i]) => (this.#changed[i] as number) > since) }
  }

  patch(delta: unknown, to: number): boolean {
    if (!isFields(delta) || !areCells(delta.buckets, 2, this.#buckets.length)) return false
    if (!delta.buckets.every(([, count]) => isCount(count))) return false
    for (const [i, count] of delta.buckets as BucketCell[]) {
      if ((this.#changed[i] as number) >= to) continue
      this.#buckets[i] = count
      this.#changed[i] = to
    }
    this.taken = Math.max(this.taken, to)
    return true
  }

  snapshot(since: number): HistogramSnapshot {
    const changed = this.#changed.map((at) => (at > since ? at : 0))
    return { taken: this.taken, buckets: [...this.#buckets], changed }
  }

  restore(snapshot: unknown): void {
    const { taken, buckets, changed } = snapshot as HistogramSnapshot
    this.taken = taken
    for (const [i, count] of buckets.entries()) {
      this.#buckets[i] = count
      this.#changed[i] = changed[i] as number
    }
  }

  #add(i: number, count: number): void {
    this.#buckets[i] = (this.#buckets[i] as number) + count
    this.#changed[i] = this.taken
  }

  /** The number of edges at or below `value`, by bisection. */
  #bucketOf(value: number): number {
    let low = 0
    let high = this.#edges.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#edges[middle] as number) <= value) low = middle + 1
      else high = middle
    }
    return low
  }
}
