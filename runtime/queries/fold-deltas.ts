// Adds up the deltas of standing aggregates of many PoPs, each exactly once however often and in whatever order they
// come: a copy of each PoP's count is patched, and the copies are added.
import type { Parsed } from '../protocol/fields.ts'
import type { Aggregate, AggregateValue, Filter } from '../protocol/filter.ts'
import { isCount } from '../protocol/parse-object.ts'
import { AGGREGATE_PREFIX, type StandingDelta } from '../protocol/standing.ts'
import { createCopy } from './aggregates.ts'
import type { Aggregator } from './aggregator.ts'
import { queryKey } from './filter.ts'
import { isFields, parseAggregate, parseFilter } from './parse.ts'

/** A record as central has it; its `client` names the log of the PoP that published it. */
export interface DeltaRecord {
  client: string
  ch: string
  body: unknown
}

export interface StandingValue {
  /** Of the standing aggregate. */
  name: string
  ch: string
  where?: Filter | undefined
  agg: Aggregate
  value: AggregateValue
  /** PoPs in it. */
  sources: number
  /** False while a delta is missing before one that is here: some of the value may be older than the rest. */
  complete: boolean
}

/** Counts of one PoP kept at once, of all aggregates and PoPs; deltas of further ones are refused. */
const COPIES_MAX = 50_000
/** Deltas that arrived before an earlier one, of one PoP's count; a further one is refused. */
const AHEAD_MAX = 1_000

interface Copy {
  begins: number
  counts: Aggregator
  /** All deltas up to this message are here. */
  through: number
  /** [from, to] of deltas that came before an earlier one. */
  ahead: [number, number][]
}

interface Series {
  name: string
  ch: string
  where: Filter | undefined
  agg: Aggregate
  copies: Map<string, Copy>
}

export class DeltaFold {
  readonly #series = new Map<string, Series>()
  #copies = 0

  /**
   * Takes one delta. What is wrong: it is no delta, or a bound is reached; nothing has changed then, and the same delta
   * may come again later.
   */
  take({ client, ch, body }: DeltaRecord): Parsed<StandingDelta> {
    const parsed = parseStandingDelta(ch, body)
    if ('wrong' in parsed) return parsed
    const { where, agg, begins, from, to, delta } = parsed.ok
    const name = ch.slice(AGGREGATE_PREFIX.length)
    const key = `${name} ${queryKey(parsed.ok.ch, where, agg)}`
    const series = this.#series.get(key) ?? { name, ch: parsed.ok.ch, where, agg, copies: new Map() }
    const known = series.copies.get(client)
    if (known && known.begins > begins) return parsed
    if (!known && this.#copies >= COPIES_MAX)
      return { wrong: `${COPIES_MAX} counts of PoPs are here already` }
    const copy = known?.begins === begins ? known : { begins, counts: createCopy(agg), through: 0, ahead: [] }
    if (copy.ahead.length >= AHEAD_MAX && from > copy.through) {
      return { wrong: `${AHEAD_MAX} deltas wait for an earlier one` }
    }
    if (!copy.counts.patch(delta, to)) return { wrong: `\`delta\` is none of a ${agg.is}` }
    cover(copy, from, to)
    if (!known) this.#copies++
    series.copies.set(client, copy)
    this.#series.set(key, series)
    return parsed
  }

  values(): StandingValue[] {
    return [...this.#series.values()].map(({ copies, ...of }) => {
      const sum = createCopy(of.agg)
      for (const { counts } of copies.values()) sum.merge(counts)
      const complete = [...copies.values()].every(({ ahead }) => ahead.length === 0)
      return { ...of, value: sum.value(), sources: copies.size, complete }
    })
  }
}

/** The values that deltas add up to; records of other channels are left out, and so is what is no delta. */
export function foldDeltas(records: Iterable<DeltaRecord>): StandingValue[] {
  const fold = new DeltaFold()
  for (const record of records) fold.take(record)
  return fold.values()
}

/** Reads what was published to `ch` as a delta. Never throws. */
export function parseStandingDelta(ch: string, body: unknown): Parsed<StandingDelta> {
  if (!ch.startsWith(AGGREGATE_PREFIX)) return { wrong: `no channel that starts with ${AGGREGATE_PREFIX}` }
  if (!isFields(body)) return { wrong: 'not an object' }
  const { begins, from, to, delta } = body
  if (typeof body.ch !== 'string') return { wrong: '`ch` must be a channel' }
  if (typeof begins !== 'number' || !isCount(from) || !isCount(to) || from > to) {
    return { wrong: '`begins` must be a number, `from` and `to` whole ones, `from` the smaller' }
  }
  const where = body.where === undefined ? { ok: undefined } : parseFilter(body.where)
  if ('wrong' in where) return where
  const agg = parseAggregate(body.agg)
  if ('wrong' in agg) return agg
  const counted = { ch: body.ch, ...(where.ok && { where: where.ok }), agg: agg.ok }
  return { ok: { ...counted, begins, from, to, delta } }
}

function cover(copy: Copy, from: number, to: number): void {
  if (from > copy.through) {
    if (!copy.ahead.some(([f, t]) => f <= from && to <= t)) copy.ahead.push([from, to])
    return
  }
  copy.through = Math.max(copy.through, to)
  copy.ahead.sort(([a], [b]) => a - b)
  while (copy.ahead[0] && copy.ahead[0][0] <= copy.through) {
    copy.through = Math.max(copy.through, copy.ahead.shift()?.[1] ?? 0)
  }
}
