// What a filter and an aggregate may look like, and what is said of one that does not.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Filter } from '../protocol/filter.ts'
import { FILTER_DEPTH_MAX, FILTER_NODES_MAX, IN_VALUES_MAX } from './bounds.ts'
import { parseAggregate, parseFilter } from './parse.ts'
import { aggregates, filters } from './testing/arbitraries.ts'

const nested = (levels: number): Filter => (levels === 0 ? { exists: 'client' } : { not: nested(levels - 1) })
const wide = (arms: number): Filter => ({ and: Array(arms).fill({ exists: 'client' }) })

describe('a filter', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(parseFilter(JSON.parse(JSON.stringify(filter)))).toEqual({ ok: filter })
      }),
    )
  })

  test('of any other JSON is refused with a sentence, never an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 12 }), (value) => {
        const parsed = parseFilter(value)
        if ('wrong' in parsed) expect(parsed.wrong).toMatch(/\w+ \w+/)
      }),
    )
  })

  test.each([
    [null, 'a filter must be an object'],
    [[], 'a filter must be an object'],
    [{}, 'a filter must have one key'],
    [{ eq: ['client', 'a'], ne: ['client', 'b'] }, 'a filter must have one key'],
    [JSON.parse('{"__proto__":["client","a"]}'), 'a filter must have one key'],
    [{ eq: ['client'] }, '`eq` must be [path, value]'],
    [{ eq: ['client', {}] }, '`eq` must be [path, value]'],
    [{ lt: ['at', true] }, 'the value a number or text'],
    [{ in: ['client', []] }, `1 to ${IN_VALUES_MAX} values`],
    [{ in: ['client', Array(IN_VALUES_MAX + 1).fill(1)] }, `1 to ${IN_VALUES_MAX} values`],
    [{ prefix: ['client', 1] }, 'the value text'],
    [{ exists: 'choice' }, 'must be client, at, t, off, body, or start with body and a dot'],
    [{ exists: 'client.name' }, 'must be client, at, t, off, body, or start with body and a dot'],
    [{ exists: 'body..a' }, 'empty name'],
    [{ exists: `body${'.a'.repeat(17)}` }, '16 names'],
    [{ exists: `body.${'a'.repeat(300)}` }, '256 characters'],
    [{ and: [] }, 'at least one filter'],
    [{ or: { exists: 'client' } }, 'at least one filter'],
    [nested(FILTER_DEPTH_MAX + 1), `${FILTER_DEPTH_MAX} levels`],
    [wide(FILTER_NODES_MAX), `${FILTER_NODES_MAX} conditions`],
    [{ eq: ['body.text', 'x'.repeat(5_000)] }, '4096 characters'],
    [{ in: ['body.text', Array(200).fill('x'.repeat(50))] }, '4096 characters'],
  ])('%j is refused', (value, wrong) => {
    expect(parseFilter(value)).toEqual({ wrong: expect.stringContaining(wrong) })
  })

  test('may use each bound to the full', () => {
    expect(parseFilter(nested(FILTER_DEPTH_MAX))).toHaveProperty('ok')
    expect(parseFilter(wide(FILTER_NODES_MAX - 1))).toHaveProperty('ok')
  })

  test('keeps nothing of what it was read from', () => {
    const values = ['a']
    const parsed = parseFilter({ in: ['client', values] })
    values.push('b')
    expect(parsed).toEqual({ ok: { in: ['client', ['a']] } })
  })
})

describe('an aggregate', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(aggregates, (agg) => {
        expect(parseAggregate(JSON.parse(JSON.stringify(agg)))).toEqual({ ok: agg })
      }),
    )
  })

  test('of any other JSON is refused with a sentence, never an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parseAggregate(value)).toEqual({ wrong: expect.stringMatching(/\w+ \w+/) })
      }),
    )
  })

  test.each([
    [{ is: 'sum' }, 'count, top, histogram or distinct'],
    [{ is: 'count', by: 'choice' }, 'the path of `by`'],
    [{ is: 'count', per: 'session' }, '`per` of a count must be "client"'],
    [{ is: 'count', of: 'at' }, 'count takes only by, per'],
    [{ is: 'top', k: 0, by: 'client' }, 'from 1 to 50'],
    [{ is: 'top', k: 1.5, by: 'client' }, 'from 1 to 50'],
    [{ is: 'top', k: 3 }, 'the path of `by`'],
    [{ is: 'histogram', of: 'at', edges: [] }, 'each above the one before'],
    [{ is: 'histogram', of: 'at', edges: [1, 1] }, 'each above the one before'],
    [{ is: 'histogram', of: 'at', edges: ['1'] }, 'each above the one before'],
    [{ is: 'distinct' }, 'the path of `of`'],
  ])('%j is refused', (value, wrong) => {
    expect(parseAggregate(value)).toEqual({ wrong: expect.stringContaining(wrong) })
  })
})
