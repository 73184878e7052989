// What a filter lets through, against the plainest reading of its grammar.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Aggregate, Filter } from '../protocol/filter.ts'
import { compileFilter, queryKey, type Readable } from './filter.ts'
import { aggregates, filters, messages } from './testing/arbitraries.ts'

const MISSING = Symbol('missing')

/** By the letter of docs/queries.md, one case at a time. */
function holds(filter: Filter, message: Readable): boolean {
  if ('and' in filter) return !filter.and.some((arm) => !holds(arm, message))
  if ('or' in filter) return filter.or.some((arm) => holds(arm, message))
  if ('not' in filter) return !holds(filter.not, message)
  if ('exists' in filter) return lookUp(filter.exists, message) !== MISSING
  const [[operator, [path, operand]]] = Object.entries(filter) as [[string, [string, never]]]
  const value = lookUp(path, message)
  if (value === MISSING) return false
  const sameOrder = typeof value === typeof operand && ['number', 'string'].includes(typeof value)
  switch (operator) {
    case 'eq':
      return Object.is(value, operand)
    case 'ne':
      return !Object.is(value, operand)
    case 'in':
      return (operand as unknown[]).some((one) => Object.is(one, value))
    case 'prefix':
      return typeof value === 'string' && value.slice(0, (operand as string).length) === operand
    case 'lt':
      return sameOrder && (value as never) < operand
    case 'le':
      return sameOrder && (value as never) <= operand
    case 'gt':
      return sameOrder && (value as never) > operand
    default:
      return sameOrder && (value as never) >= operand
  }
}

function lookUp(path: string, message: Readable): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    const entries = Array.isArray(value)
      ? value.map((one, i) => [String(i), one] as const)
      : Object.entries(typeof value === 'object' && value !== null ? value : {})
    const found = entries.find(([key]) => key === name)
    return found === undefined ? MISSING : found[1]
  }, message)
}

const message = (body: unknown): Readable => ({ client: 'c', at: 1, t: 2, off: 3, body })

describe('a compiled filter', () => {
  test('lets through what the grammar says', () => {
    fc.assert(
      fc.property(filters, messages, (filter, of) => {
        expect(compileFilter(filter)(of)).toBe(holds(filter, of))
      }),
      { numRuns: 2_000 },
    )
  })

  test('lets everything through where none is given', () => {
    expect(compileFilter(undefined)(message(null))).toBe(true)
  })

  test.each<[string, Filter, unknown, boolean]>([
    ['a missing field does not differ', { ne: ['body.choice', 'a'] }, {}, false],
    ['a missing field is not equal either', { not: { eq: ['body.choice', 'a'] } }, {}, true],
    ['null is there', { exists: 'body.choice' }, { choice: null }, true],
    ['an object differs from every value', { ne: ['body.choice', 'a'] }, { choice: {} }, true],
    ['1 is not "1"', { eq: ['body.choice', 1] }, { choice: '1' }, false],
    ['a number has no order with text', { lt: ['body.n', 'z'] }, { n: 1 }, false],
    ['lists are read by position', { eq: ['body.answers.1', 'b'] }, { answers: ['a', 'b'] }, true],
    ['a list has no length', { exists: 'body.answers.length' }, { answers: ['a'] }, false],
    ['text has no letters', { exists: 'body.text.0' }, { text: 'abc' }, false],
    ['a prototype is out of reach', { exists: 'body.constructor.name' }, {}, false],
    ['nor by its name', { exists: 'body.__proto__' }, {}, false],
    ['but a field may have that name', { eq: ['body.__proto__', 1] }, JSON.parse('{"__proto__":1}'), true],
  ])('%s', (_, filter, body, expected) => {
    expect(compileFilter(filter)(message(body))).toBe(expected)
  })
})

describe('the key of a query', () => {
  const count: Aggregate = { is: 'count' }
  const a: Filter = { eq: ['client', 'a'] }
  const b: Filter = { gt: ['at', 1] }

  test('is equal for equal meaning', () => {
    const key = (where: Filter) => queryKey('ch', where, count)
    expect(key({ and: [a, b] })).toBe(key({ and: [b, a, b] }))
    expect(key({ or: [a, { or: [b, a] }] })).toBe(key({ or: [a, b] }))
    expect(key({ and: [a] })).toBe(key(a))
    expect(key({ not: { not: a } })).toBe(key(a))
    expect(key({ in: ['client', ['y', 'x', 'y']] })).toBe(key({ in: ['client', ['x', 'y']] }))
    expect(key({ in: ['client', ['a']] })).toBe(key(a))
    expect(queryKey('ch', a, { per: 'client', by: 'body', is: 'count' })).toBe(
      queryKey('ch', a, { is: 'count', by: 'body', per: 'client' }),
    )
  })

  test('tells apart what differs', () => {
    const keys = [
      queryKey('ch', undefined, count),
      queryKey('other', undefined, count),
      queryKey('ch', a, count),
      queryKey('ch', { and: [a, b] }, count),
      queryKey('ch', { or: [a, b] }, count),
      queryKey('ch', { eq: ['at', 1] }, count),
      queryKey('ch', { eq: ['at', '1'] }, count),
      queryKey('ch', undefined, { is: 'count', per: 'client' }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('of a shuffled filter is the same; filters of one key let the same through', () => {
    const shuffled = (filter: Filter): Filter => {
      if ('and' in filter) return { and: filter.and.map(shuffled).reverse() }
      if ('or' in filter) return { or: filter.or.map(shuffled).reverse() }
      return 'not' in filter ? { not: { not: { not: shuffled(filter.not) } } } : filter
    }
    fc.assert(
      fc.property(filters, aggregates, messages, (filter, agg, of) => {
        const other = shuffled(filter)
        expect(queryKey('ch', other, agg)).toBe(queryKey('ch', filter, agg))
        expect(compileFilter(other)(of)).toBe(compileFilter(filter)(of))
        const [, canonical] = JSON.parse(queryKey('ch', filter, agg)) as [string, Filter]
        expect(compileFilter(canonical)(of)).toBe(compileFilter(filter)(of))
      }),
      { numRuns: 1_000 },
    )
  })
})
