// Filters at work: compiled to closures that read a message, and a canonical key that equal queries share.
//
// A condition whose field is missing does not hold, whatever it says: `ne` neither. Values are equal when they have
// the same type and value; an object or list equals no value. `lt`, `le`, `gt`, `ge` hold between two numbers or two
// texts (by UTF-16 code unit), `prefix` on text alone. `exists` holds for null too.
import type { Aggregate, FieldPath, Filter, Scalar } from '../protocol/filter.ts'

/** What a filter or an aggregate may read of a message. */
export interface Readable {
  client: string
  at: number
  /** When it came to the PoP, by the PoP's clock, ms since the Unix epoch. */
  t: number
  off: number
  body: unknown
}

export type Predicate = (message: Readable) => boolean
/** The value of a field, or undefined where the message has no such field. */
export type Field = (message: Readable) => unknown

const ALL: Predicate = () => true

/** `filter` as `parseFilter` gives it; undefined matches everything. */
export function compileFilter(filter: Filter | undefined): Predicate {
  if (filter === undefined) return ALL
  if ('and' in filter) {
    const arms = filter.and.map(compileFilter)
    return (message) => arms.every((arm) => arm(message))
  }
  if ('or' in filter) {
    const arms = filter.or.map(compileFilter)
    return (message) => arms.some((arm) => arm(message))
  }
  if ('not' in filter) {
    const inner = compileFilter(filter.not)
    return (message) => !inner(message)
  }
  if ('exists' in filter) {
    const field = compileField(filter.exists)
    return (message) => field(message) !== undefined
  }
  return compileCondition(filter)
}

type Condition = Exclude<
  Filter,
  { and: Filter[] } | { or: Filter[] } | { not: Filter } | { exists: FieldPath }
>

function compileCondition(filter: Condition): Predicate {
  if ('eq' in filter) return comparing(filter.eq, (value, to) => value === to)
  if ('ne' in filter) return comparing(filter.ne, (value, to) => value !== undefined && value !== to)
  if ('lt' in filter) return comparing(filter.lt, (value, to) => comparable(value, to) && value < to)
  if ('le' in filter) return comparing(filter.le, (value, to) => comparable(value, to) && value <= to)
  if ('gt' in filter) return comparing(filter.gt, (value, to) => comparable(value, to) && value > to)
  if ('ge' in filter) return comparing(filter.ge, (value, to) => comparable(value, to) && value >= to)
  if ('prefix' in filter) {
    return comparing(filter.prefix, (value, to) => typeof value === 'string' && value.startsWith(to))
  }
  const [path, values] = filter.in
  return comparing([path, new Set<unknown>(values)], (value, set) => set.has(value))
}

function comparing<T>(
  [path, operand]: [FieldPath, T],
  holds: (value: unknown, operand: T) => boolean,
): Predicate {
  const field = compileField(path)
  return (message) => holds(field(message), operand)
}

function comparable<T extends number | string>(value: unknown, to: T): value is T {
  return typeof value === typeof to
}

/** Reads own properties of JSON only: a path never reaches a prototype, nor the length of a list. */
export function compileField(path: FieldPath): Field {
  const [root, ...names] = path.split('.')
  switch (root) {
    case 'client':
      return ({ client }) => client
    case 'at':
      return ({ at }) => at
    case 't':
      return ({ t }) => t
    case 'off':
      return ({ off }) => off
  }
  return ({ body }) => {
    let value = body
    for (const name of names) {
      if (typeof value !== 'object' || value === null) return undefined
      if (!Object.hasOwn(value, name) || (Array.isArray(value) && name === 'length')) return undefined
      value = (value as Record<string, unknown>)[name]
    }
    return value
  }
}

/**
 * The name of a query: equal for queries that mean the same as far as order, repetition and nesting of `and`, `or`,
 * `in` and doubled `not` go. Two equal keys always mean the same.
 */
export function queryKey(ch: string, where: Filter | undefined, agg: Aggregate): string {
  return JSON.stringify([ch, where === undefined ? null : canonical(where), canonicalAggregate(agg)])
}

function canonical(filter: Filter): Filter {
  if ('and' in filter) return joined(armsOf(filter, 'and'), (and) => ({ and }))
  if ('or' in filter) return joined(armsOf(filter, 'or'), (or) => ({ or }))
  if ('not' in filter) {
    const inner = canonical(filter.not)
    return 'not' in inner ? inner.not : { not: inner }
  }
  if ('in' in filter) {
    const [path, values] = filter.in
    const [first, ...more] = distinctByText(values)
    return more.length === 0 ? { eq: [path, first as Scalar] } : { in: [path, [first as Scalar, ...more]] }
  }
  return filter
}

/** The arms in canonical form, those of arms of the same kind among them. */
function armsOf(filter: Filter, kind: 'and' | 'or'): Filter[] {
  const arms = (filter as Record<typeof kind, Filter[] | undefined>)[kind]
  return arms === undefined ? [filter] : arms.flatMap((arm) => armsOf(canonical(arm), kind))
}

function joined(arms: Filter[], join: (arms: Filter[]) => Filter): Filter {
  const [first, ...more] = distinctByText(arms)
  return more.length === 0 ? (first as Filter) : join([first as Filter, ...more])
}

function distinctByText<T>(values: readonly T[]): T[] {
  const byText = new Map(values.map((value) => [JSON.stringify(value), value]))
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)
}

/** With its keys in one order. */
function canonicalAggregate(agg: Aggregate): Aggregate {
  switch (agg.is) {
    case 'count':
      return { is: 'count', ...(agg.by !== undefined && { by: agg.by }), ...(agg.per && { per: agg.per }) }
    case 'top':
      return { is: 'top', k: agg.k, by: agg.by }
    case 'histogram':
      return { is: 'histogram', of: agg.of, edges: agg.edges }
    case 'distinct':
      return { is: 'distinct', of: agg.of }
  }
}
