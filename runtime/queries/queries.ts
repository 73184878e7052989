// Live queries: one aggregator for each that is open, however many sessions ask it, told again when it has changed.
import type { Denial, Part, PartEffect } from '../broker/part.ts'
import type { Aggregate, AggregateValue, Filter } from '../protocol/filter.ts'
import type { LogRecord } from '../queue/record.ts'
import { createAggregator } from './aggregates.ts'
import type { Aggregator } from './aggregator.ts'
import {
  OPEN_QUERIES_MAX,
  OPEN_QUERIES_PER_CHANNEL_MAX,
  OPEN_QUERIES_PER_CLIENT_MAX,
  RESULT_EVERY_MS,
} from './bounds.ts'
import { compileFilter, type Predicate, type Readable } from './filter.ts'
import type { StandingAggregates } from './standing-aggregates.ts'

export interface QueryDefinition {
  ch: string
  where?: Filter | undefined
  agg: Aggregate
}

interface OpenQuery extends QueryDefinition {
  key: string
  matches: Predicate
  /** Null where a standing aggregate counts. */
  aggregator: Aggregator | null
  /** First offset counted since the opening, by partition (-1: the channel has one order). */
  firstOff: Map<number, number>
  askers: number
  /** Messages in the value that was told last. */
  toldTaken: number
  toldAtMs: number
}

/** A message of a channel's history. */
export type PastMessage = Readable & { part?: number | undefined }

/**
 * A query counts the messages that become durable while it is open. Where a standing aggregate of the same meaning
 * covers the channel it is answered from that instead, and has every message since that began; elsewhere `prime` adds
 * what the caller still has of the past.
 */
export class Queries implements Part {
  readonly name = 'queries'
  readonly #standing: StandingAggregates | null
  readonly #open = new Map<string, OpenQuery>()
  readonly #byChannel = new Map<string, Set<OpenQuery>>()
  /** Changed since they were told. */
  readonly #changed = new Set<OpenQuery>()
  #perClient = 0
  #wakeAtMs = Number.POSITIVE_INFINITY

  /** `standing` is a part too, before this one. */
  constructor(standing: StandingAggregates | null = null) {
    this.#standing = standing
  }

  get wakeAtMs(): number {
    return this.#wakeAtMs
  }

  /**
   * Someone asks a query; `key` is its `queryKey`. Tells its value at once. Close it as often as it was opened.
   * A denial where too many different queries are open, and then there is nothing to close.
   */
  open(key: string, definition: QueryDefinition, nowMs: number): PartEffect[] | Denial {
    const known = this.#open.get(key)
    if (known) {
      known.askers++
      return [this.#tell(known, nowMs)]
    }
    const { ch, where, agg } = definition
    const onChannel = this.#byChannel.get(ch) ?? new Set()
    const perClient = isPerClient(agg)
    // Where no standing aggregate counts yet there was no message: from here on both count the same.
    const standing = this.#standing?.find(ch, where, agg) ?? null
    if (
      this.#open.size >= OPEN_QUERIES_MAX ||
      onChannel.size >= OPEN_QUERIES_PER_CHANNEL_MAX ||
      (perClient && standing === null && this.#perClient >= OPEN_QUERIES_PER_CLIENT_MAX)
    ) {
      return { code: 'MP_OVERLOADED', why: 'as many different queries are open as this PoP keeps: ask later' }
    }
    const query: OpenQuery = {
      ...definition,
      key,
      matches: compileFilter(where),
      aggregator: standing === null ? createAggregator(agg) : null,
      firstOff: new Map(),
      askers: 1,
      toldTaken: 0,
      toldAtMs: 0,
    }
    if (query.aggregator && perClient) this.#perClient++
    this.#open.set(key, query)
    this.#byChannel.set(ch, onChannel.add(query))
    return [this.#tell(query, nowMs)]
  }

  /** One of those who asked ends it; nothing where it is not open. */
  close(key: string): void {
    const query = this.#open.get(key)
    if (!query || --query.askers > 0) return
    if (query.aggregator && isPerClient(query.agg)) this.#perClient--
    this.#open.delete(key)
    this.#changed.delete(query)
    const onChannel = this.#byChannel.get(query.ch)
    onChannel?.delete(query)
    if (onChannel?.size === 0) this.#byChannel.delete(query.ch)
  }

  /** Null where it is not open. */
  value(key: string): AggregateValue | null {
    const query = this.#open.get(key)
    return query ? this.#aggregator(query).value() : null
  }

  /**
   * Adds messages from before the opening, oldest first, and tells the value at once; those that have been counted
   * since are skipped. To miss none, take them from a history that knows all that was delivered before `open` returned.
   * Where a standing aggregate answers there is nothing to add.
   */
  prime(key: string, messages: Iterable<PastMessage>, nowMs: number): PartEffect[] {
    const query = this.#open.get(key)
    if (!query?.aggregator) return []
    const past = createAggregator(query.agg)
    for (const message of messages) {
      const first = query.firstOff.get(message.part ?? -1) ?? Number.POSITIVE_INFINITY
      if (message.off < first && query.matches(message)) past.take(message)
    }
    past.merge(query.aggregator)
    query.aggregator = past
    return [this.#tell(query, nowMs)]
  }

  /** Whether the query counts from its opening, and may be primed. */
  isPrimable(key: string): boolean {
    return (this.#open.get(key)?.aggregator ?? null) !== null
  }

  admit(): Denial | null {
    return null
  }

  apply(record: LogRecord, _live: boolean, nowMs: number): PartEffect[] {
    for (const query of this.#byChannel.get(record.ch) ?? []) {
      const part = record.part ?? -1
      if (!query.firstOff.has(part)) query.firstOff.set(part, record.off)
      if (!query.matches(record)) continue
      query.aggregator?.take(record)
      this.#change(query, nowMs)
    }
    return []
  }

  joined(): PartEffect[] {
    return []
  }

  left(): PartEffect[] {
    return []
  }

  wake(nowMs: number): PartEffect[] {
    const effects: PartEffect[] = []
    this.#wakeAtMs = Number.POSITIVE_INFINITY
    for (const query of this.#changed) {
      const dueMs = query.toldAtMs + RESULT_EVERY_MS
      if (this.#aggregator(query).taken === query.toldTaken) this.#changed.delete(query)
      else if (dueMs <= nowMs) effects.push(this.#tell(query, nowMs))
      else this.#wakeAtMs = Math.min(this.#wakeAtMs, dueMs)
    }
    return effects
  }

  /** Nothing of it outlives the process: sessions ask again when they are back. */
  snapshot(): null {
    return null
  }

  restore(): void {}

  #tell(query: OpenQuery, nowMs: number): PartEffect {
    const aggregator = this.#aggregator(query)
    query.toldTaken = aggregator.taken
    query.toldAtMs = nowMs
    this.#changed.delete(query)
    return { do: 'result', key: query.key, value: aggregator.value() }
  }

  #change(query: OpenQuery, nowMs: number): void {
    if (this.#changed.has(query)) return
    this.#changed.add(query)
    this.#wakeAtMs = Math.min(this.#wakeAtMs, Math.max(nowMs, query.toldAtMs + RESULT_EVERY_MS))
  }

  #aggregator({ aggregator, ch, where, agg }: OpenQuery): Aggregator {
    const counts = aggregator ?? this.#standing?.find(ch, where, agg)
    if (!counts) throw new Error('a standing aggregate is gone')
    return counts
  }
}

function isPerClient(agg: Aggregate): boolean {
  return agg.is === 'count' && agg.per === 'client'
}
