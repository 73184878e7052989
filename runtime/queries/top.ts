// The most frequent values of a field, in bounded memory: Space-Saving. A value in more than one in `counters` of the
// messages is never missed, and no count is off by more than that share. Source: Metwally, Agrawal, El Abbadi,
// "Efficient computation of frequent and top-k elements in data streams", 2005.
import type { Aggregate, AggregateValue } from '../protocol/filter.ts'
import { isCount } from '../protocol/parse-object.ts'
import type { Aggregator } from './aggregator.ts'
import { areCells } from './cells.ts'
import { compileField, type Field, type Readable } from './filter.ts'
import { groupsOf } from './groups.ts'
import { MinHeap } from './min-heap.ts'
import { isFields } from './parse.ts'

/** Counters for each value that is told: the tail they watch decides the error. */
const COUNTERS_PER_VALUE = 8
const COUNTERS_MIN = 64

interface Counter {
  value: string
  count: number
  /** How much of the count may belong to values that this one took the place of. */
  error: number
  /** Number of the message that changed it last. */
  changed: number
}

/** [counter, value, count, error]. */
type CounterCell = [number, string, number, number]

interface TopSnapshot {
  taken: number
  counters: [string, number, number, number][]
}

export class Top implements Aggregator {
  taken = 0
  readonly #field: Field
  readonly #k: number
  readonly #max: number
  readonly #counters: (Counter | undefined)[] = []
  readonly #counterOf = new Map<string, number>()
  /** Counters by count, and by number among equals, so that a replay evicts the same. */
  readonly #least = new MinHeap((a, b) => this.#countOf(a) - this.#countOf(b) || a - b)

  constructor({ k, by }: Extract<Aggregate, { is: 'top' }>) {
    this.#field = compileField(by)
    this.#k = k
    this.#max = Math.max(COUNTERS_MIN, COUNTERS_PER_VALUE * k)
  }

  take(message: Readable): void {
    const values = groupsOf(this.#field(message))
    if (values.length === 0) return
    this.taken++
    for (const value of values) this.#count(value)
  }

  value(): AggregateValue {
    const top = this.#known()
      .sort((a, b) => b.count - a.count || a.error - b.error || (a.value < b.value ? -1 : 1))
      .slice(0, this.#k)
      .map(({ value, count, error }) => ({ value, count, error }))
    return { is: 'top', n: this.taken, top }
  }

  /** Source: Agarwal et al., "Mergeable summaries", 2013: what one side does not know may have its least count there. */
  merge(later: Top): void {
    this.taken += later.taken
    const [mine, theirs] = [this, later].map((side) => new Map(side.#known().map((one) => [one.value, one])))
    const [least, leastThere] = [this.#unknownMax(), later.#unknownMax()]
    const values = new Set([...(mine?.keys() ?? []), ...(theirs?.keys() ?? [])])
    const joined = [...values].map((value) => {
      const here = mine?.get(value) ?? { count: least, error: least }
      const there = theirs?.get(value) ?? { count: leastThere, error: leastThere }
      return { value, count: here.count + there.count, error: here.error + there.error, changed: this.taken }
    })
    joined.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    this.#replace(joined.slice(0, this.#max))
  }

  delta(since: number): { counters: CounterCell[] } {
    const counters = this.#counters.flatMap<CounterCell>((one, i) =>
      one && one.changed > since ? [[i, one.value, one.count, one.error]] : [],
    )
    return { counters }
  }

  patch(delta: unknown, to: number): boolean {
    if (!isFields(delta) || !areCells(delta.counters, 4, this.#max)) return false
    const cells = delta.counters as CounterCell[]
    if (!cells.every(([, value, ...counts]) => typeof value === 'string' && counts.every(isCount)))
      return false
    for (const [i, value, count, error] of cells) {
      if ((this.#counters[i]?.changed ?? 0) < to) this.#counters[i] = { value, count, error, changed: to }
    }
    this.taken = Math.max(this.taken, to)
    return true
  }

  snapshot(since: number): TopSnapshot {
    return {
      taken: this.taken,
      counters: this.#counters.map((one) => {
        const { value, count, error, changed } = one as Counter
        return [value, count, error, changed > since ? changed : 0]
      }),
    }
  }

  restore(snapshot: unknown): void {
    const { taken, counters } = snapshot as TopSnapshot
    this.taken = taken
    this.#replace(counters.map(([value, count, error, changed]) => ({ value, count, error, changed })))
  }

  #count(value: string): void {
    const known = this.#counterOf.get(value)
    if (known !== undefined) {
      const counter = this.#counters[known] as Counter
      counter.count++
      counter.changed = this.taken
      this.#least.rose(known)
    } else if (this.#counters.length < this.#max) {
      this.#counters.push({ value, count: 1, error: 0, changed: this.taken })
      this.#counterOf.set(value, this.#counters.length - 1)
      this.#least.push(this.#counters.length - 1)
    } else {
      const evicted = this.#least.first
      const { value: old, count } = this.#counters[evicted] as Counter
      this.#counterOf.delete(old)
      this.#counterOf.set(value, evicted)
      this.#counters[evicted] = { value, count: count + 1, error: count, changed: this.taken }
      this.#least.rose(evicted)
    }
  }

  #replace(counters: readonly Counter[]): void {
    this.#counters.length = 0
    this.#counterOf.clear()
    this.#least.clear()
    for (const [i, counter] of counters.entries()) {
      this.#counters.push(counter)
      this.#counterOf.set(counter.value, i)
      this.#least.push(i)
    }
  }

  /** A copy that misses a delta may hold a value twice for a while: the larger count is the newer. */
  #known(): Counter[] {
    const byValue = new Map<string, Counter>()
    for (const counter of this.#counters) {
      if (counter && counter.count > (byValue.get(counter.value)?.count ?? 0))
        byValue.set(counter.value, counter)
    }
    return [...byValue.values()]
  }

  /** The most often that a value without a counter can have come. */
  #unknownMax(): number {
    const known = this.#known()
    return known.length < this.#max ? 0 : Math.min(...known.map(({ count }) => count))
  }

  #countOf(i: number): number {
    return (this.#counters[i] as Counter).count
  }
}
