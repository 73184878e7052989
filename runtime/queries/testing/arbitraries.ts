// Random filters, aggregates and messages that now and then fit each other.
import fc from 'fast-check'
import type { Aggregate, Filter, Scalar } from '../../protocol/filter.ts'
import type { Readable } from '../filter.ts'

const names = fc.constantFrom('a', 'b', '0', 'length', '__proto__', 'toString')
const bodyPaths = fc.array(names, { maxLength: 3 }).map((segments) => ['body', ...segments].join('.'))
export const paths = fc.oneof(fc.constantFrom('client', 'at', 't', 'off'), bodyPaths, fc.constant('body.a'))

const texts = fc.constantFrom('', 'a', 'ab', 'b', 'c1', 'é')
const numbers = fc.constantFrom(-1, 0, 0.5, 1, 2, 10)
export const scalars: fc.Arbitrary<Scalar> = fc.oneof(texts, numbers, fc.boolean(), fc.constant(null))
const ordered = fc.oneof(texts, numbers)

const conditions: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ eq: fc.tuple(paths, scalars) }),
  fc.record({ ne: fc.tuple(paths, scalars) }),
  fc.record({ lt: fc.tuple(paths, ordered) }),
  fc.record({ le: fc.tuple(paths, ordered) }),
  fc.record({ gt: fc.tuple(paths, ordered) }),
  fc.record({ ge: fc.tuple(paths, ordered) }),
  fc.record({ in: fc.tuple(paths, fc.array(scalars, { minLength: 1, maxLength: 4 })) }),
  fc.record({ prefix: fc.tuple(paths, texts) }),
  fc.record({ exists: paths }),
)

export const filters: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    conditions,
    fc.record({ and: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('filter') }),
  ),
})).filter

const rising = fc
  .uniqueArray(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 6 })
  .map((edges) => edges.sort((a, b) => a - b))

export const aggregates: fc.Arbitrary<Aggregate> = fc.oneof(
  fc.record(
    { is: fc.constant('count' as const), by: paths, per: fc.constant('client' as const) },
    { requiredKeys: ['is'] },
  ),
  fc.record({ is: fc.constant('top' as const), k: fc.integer({ min: 1, max: 4 }), by: paths }),
  fc.record({ is: fc.constant('histogram' as const), of: paths, edges: rising }),
  fc.record({ is: fc.constant('distinct' as const), of: paths }),
)

/** Bodies made of the names and values above, as JSON.parse gives them. */
const bodies: fc.Arbitrary<unknown> = fc
  .letrec<{ body: unknown }>((tie) => ({
    body: fc.oneof(
      { maxDepth: 3 },
      scalars,
      fc.array(tie('body'), { maxLength: 2 }),
      fc.dictionary(names, tie('body'), { maxKeys: 3 }),
      fc.dictionary(fc.constant('a'), scalars, { minKeys: 1 }),
    ),
  }))
  .body.map((body) => JSON.parse(JSON.stringify(body)))

export const messages: fc.Arbitrary<Readable> = fc.record({
  client: fc.constantFrom('a', 'ab', 'c1', 'c2'),
  at: numbers,
  t: numbers,
  off: fc.integer({ min: 1, max: 10 }),
  body: bodies,
})
