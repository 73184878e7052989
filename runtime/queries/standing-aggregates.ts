// Standing aggregates: counts that pop.json names, kept from the log, so that a restart finds them as they were, and
// told to central as deltas. Which delta is next follows from the log as well: one that is durable has been told.
import { matchesChannel } from '../broker/channel-rules.ts'
import { isOwn } from '../broker/own-publishes.ts'
import type { Denial, Part, PartEffect } from '../broker/part.ts'
import type { PublishInput } from '../broker/pop-io.ts'
import type { StandingAggregate } from '../pop-config.ts'
import { AGGREGATE_PREFIX, type StandingDelta } from '../protocol/standing.ts'
import type { LogRecord } from '../queue/record.ts'
import { createAggregator } from './aggregates.ts'
import type { Aggregator } from './aggregator.ts'
import { STANDING_CHANNELS_MAX, STANDING_CLIENTS_MAX } from './bounds.ts'
import type { Room } from './count.ts'
import { compileFilter, type Predicate, queryKey } from './filter.ts'

interface Definition extends StandingAggregate {
  matches: Predicate
  /** What is counted, whatever the channel. */
  of: string
  /** When its next deltas are due; infinite where it has none. */
  dueMs: number
  /** Those with messages that no durable delta tells of. */
  untold: Set<Kept>
}

/** One definition on one channel. */
interface Kept {
  definition: Definition
  ch: string
  /** When the first message came that was published here, ms since the Unix epoch. */
  begins: number
  /** Messages published here: other PoPs tell central of theirs. */
  own: Aggregator
  /** With those that other PoPs relayed; the same object as `own` until there is one. */
  all: Aggregator
  /** Through which message of `own` durable deltas tell. */
  told: number
}

interface KeptSnapshot {
  name: string
  of: string
  ch: string
  begins: number
  told: number
  own: unknown
  all?: unknown
}

export class StandingAggregates implements Part {
  readonly name = 'standing'
  readonly #definitions: readonly Definition[]
  /** By channel; those of channels that no definition matches are not here. */
  readonly #kept = new Map<string, Kept[]>()
  readonly #room: Room = { clients: STANDING_CLIENTS_MAX }
  #wakeAtMs = Number.POSITIVE_INFINITY
  /** Messages on channels beyond the number for which aggregates are kept. */
  uncounted = 0

  constructor(definitions: readonly StandingAggregate[]) {
    this.#definitions = definitions.map((one) => ({
      ...one,
      matches: compileFilter(one.where),
      of: queryKey('', one.where, one.agg),
      dueMs: Number.POSITIVE_INFINITY,
      untold: new Set(),
    }))
  }

  get wakeAtMs(): number {
    return this.#wakeAtMs
  }

  /** The aggregator that counts what a query means, of this PoP's and relayed messages; null where none does yet. */
  find(ch: string, where: StandingAggregate['where'], agg: StandingAggregate['agg']): Aggregator | null {
    const of = queryKey('', where, agg)
    return this.#kept.get(ch)?.find(({ definition }) => definition.of === of)?.all ?? null
  }

  admit({ ch, origin }: PublishInput): Denial | null {
    return ch.startsWith(AGGREGATE_PREFIX) && origin === undefined
      ? {
          code: 'MP_CHANNEL_RESERVED',
          why: `channels that start with ${AGGREGATE_PREFIX} are for the PoP itself`,
        }
      : null
  }

  apply(record: LogRecord, live: boolean, nowMs: number): PartEffect[] {
    if (record.ch.startsWith(AGGREGATE_PREFIX)) {
      if (isOwn(record) && record.origin === undefined) this.#told(record)
      return []
    }
    for (const kept of this.#on(record.ch)) {
      if (kept.definition.matches(record)) this.#take(kept, record, live, nowMs)
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
    for (const definition of this.#definitions) {
      if (definition.dueMs > nowMs) continue
      for (const kept of definition.untold) effects.push(deltaOf(kept))
      // Once more if it is not durable by then.
      definition.dueMs = definition.untold.size > 0 ? nowMs + definition.everyMs : Number.POSITIVE_INFINITY
    }
    this.#plan()
    return effects
  }

  snapshot(): KeptSnapshot[] {
    return [...this.#kept.values()]
      .flat()
      .map(({ definition: { name, of }, ch, begins, told, own, all }) => ({
        name,
        of,
        ch,
        begins,
        told,
        own: own.snapshot(told),
        ...(all !== own && { all: all.snapshot(all.taken) }),
      }))
  }

  /** What was counted under another definition of the same name is dropped: the two do not add up. */
  restore(snapshot: unknown): void {
    for (const { name, of, ch, begins, told, own, all } of snapshot as KeptSnapshot[]) {
      if (!this.#definitions.some((one) => one.name === name && one.of === of)) continue
      const kept = this.#on(ch).find(({ definition }) => definition.name === name)
      if (!kept) continue
      kept.own.restore(own)
      kept.begins = begins
      kept.told = told
      if (all !== undefined) kept.all = this.#restored(kept, all)
      if (kept.own.taken > told) this.#tellAt(kept, 0)
    }
  }

  #take(kept: Kept, record: LogRecord, live: boolean, nowMs: number): void {
    const { definition, own } = kept
    if (record.origin !== undefined) {
      if (kept.all === own) kept.all = this.#restored(kept, own.snapshot(own.taken))
      kept.all.take(record)
      return
    }
    if (own.taken === 0) kept.begins = record.t
    const before = own.taken
    own.take(record)
    if (kept.all !== own) kept.all.take(record)
    if (own.taken === before) return
    // What the log still has to tell after a replay is told at once.
    this.#tellAt(kept, live ? nowMs + definition.everyMs : 0)
  }

  #tellAt(kept: Kept, atMs: number): void {
    const { definition } = kept
    definition.untold.add(kept)
    if (definition.dueMs !== Number.POSITIVE_INFINITY) return
    definition.dueMs = atMs
    this.#plan()
  }

  #told({ ch, body }: LogRecord): void {
    const delta = body as StandingDelta
    const name = ch.slice(AGGREGATE_PREFIX.length)
    const kept = this.#kept
      .get(delta.ch)
      ?.find(
        ({ definition }) =>
          definition.name === name && definition.of === queryKey('', delta.where, delta.agg),
      )
    if (!kept || kept.begins !== delta.begins) return
    kept.told = Math.max(kept.told, delta.to)
    if (kept.told >= kept.own.taken) kept.definition.untold.delete(kept)
  }

  #on(ch: string): readonly Kept[] {
    const known = this.#kept.get(ch)
    if (known) return known
    const definitions = this.#definitions.filter((one) => matchesChannel(one.ch, ch))
    if (definitions.length === 0) return []
    if (this.#kept.size >= STANDING_CHANNELS_MAX) {
      this.uncounted++
      return []
    }
    const kept = definitions.map((definition): Kept => {
      const own = createAggregator(definition.agg, this.#room)
      return { definition, ch, begins: 0, own, all: own, told: 0 }
    })
    this.#kept.set(ch, kept)
    return kept
  }

  #restored({ definition: { agg } }: Kept, snapshot: unknown): Aggregator {
    const aggregator = createAggregator(agg, this.#room)
    aggregator.restore(snapshot)
    return aggregator
  }

  #plan(): void {
    this.#wakeAtMs = Math.min(Number.POSITIVE_INFINITY, ...this.#definitions.map(({ dueMs }) => dueMs))
  }
}

function deltaOf({ definition: { name, where, agg }, ch, begins, told, own }: Kept): PartEffect {
  const counted = { ch, ...(where !== undefined && { where }), agg }
  const body: StandingDelta = { ...counted, begins, from: told, to: own.taken, delta: own.delta(told) }
  return { do: 'publish', lane: 'state', ch: `${AGGREGATE_PREFIX}${name}`, body }
}
