// Adding up deltas centrally: gaps are said, what is no delta is refused, a PoP that began anew is counted once.
import { describe, expect, test } from 'vitest'
import type { Aggregate } from '../protocol/filter.ts'
import { createAggregator } from './aggregates.ts'
import { DeltaFold, type DeltaRecord, foldDeltas } from './fold-deltas.ts'

const agg: Aggregate = { is: 'count', by: 'client' }

/** Deltas of one PoP that counted these messages, one delta a list. */
function deltas(pop: string, parts: string[][], begins = 1): DeltaRecord[] {
  const source = createAggregator(agg)
  return parts.map((clients) => {
    const from = source.taken
    for (const client of clients) source.take({ client, at: 0, t: 0, off: 1, body: null })
    const body = { ch: 'room', agg, begins, from, to: source.taken, delta: source.delta(from) }
    return { client: `@${pop}`, ch: 'agg.who', body }
  })
}

const [first, second, third] = deltas('hall', [['a'], ['a', 'b'], ['c']]) as [
  DeltaRecord,
  DeltaRecord,
  DeltaRecord,
]

describe('a fold of deltas', () => {
  test('adds up PoPs', () => {
    expect(foldDeltas([first, second, third, ...deltas('south', [['a', 'x']])])).toEqual([
      {
        name: 'who',
        ch: 'room',
        where: undefined,
        agg,
        value: { is: 'count', n: 6, by: { a: 3, b: 1, c: 1, x: 1 } },
        sources: 2,
        complete: true,
      },
    ])
  })

  test('says when a delta is missing, until it is there', () => {
    const fold = new DeltaFold()
    for (const one of [first, third]) fold.take(one)
    expect(fold.values()).toMatchObject([{ complete: false }])
    fold.take(second)
    expect(fold.values()).toMatchObject([{ complete: true, value: { n: 4, by: { a: 2, b: 1, c: 1 } } }])
  })

  test('keeps apart channels, names, filters and aggregates', () => {
    const body = first.body as object
    const others = [
      { ...first, ch: 'agg.other' },
      { ...first, body: { ...body, ch: 'other' } },
      { ...first, body: { ...body, where: { exists: 'body.a' } } },
    ]
    expect(foldDeltas([first, ...others]).map(({ value }) => value)).toEqual(
      Array(4).fill({ is: 'count', n: 1, by: { a: 1 } }),
    )
  })

  test('counts a PoP that began anew by its new count alone, whichever comes first', () => {
    const [anew] = deltas('hall', [['c', 'd']], 50) as [DeltaRecord]
    for (const order of [
      [first, second, anew],
      [anew, first, second],
    ]) {
      expect(foldDeltas(order)).toMatchObject([{ value: { n: 2, by: { c: 1, d: 1 } }, sources: 1 }])
    }
  })

  test.each([
    [{ ...first, ch: 'room' }, 'agg.'],
    [{ ...first, body: null }, 'not an object'],
    [{ ...first, body: { ...(first.body as object), from: 2 } }, '`from`'],
    [{ ...first, body: { ...(first.body as object), agg: { is: 'sum' } } }, 'count, top'],
    [{ ...first, body: { ...(first.body as object), where: [] } }, 'a filter must be'],
    [{ ...first, body: { ...(first.body as object), delta: { n: -1 } } }, '`delta` is none of a count'],
  ])('refuses what is no delta: %j', (record, wrong) => {
    const fold = new DeltaFold()
    expect(fold.take(record)).toEqual({ wrong: expect.stringContaining(wrong) })
    expect(fold.values()).toEqual([])
  })

  test('refuses a further delta where too many wait for an earlier one, and takes it later', () => {
    const all = deltas(
      'hall',
      Array.from({ length: 1_003 }, (_, i) => [`c${i % 5}`]),
    )
    const fold = new DeltaFold()
    for (const one of all.slice(1, 1_001)) expect(fold.take(one)).toHaveProperty('ok')
    expect(fold.take(all[1_001] as DeltaRecord)).toEqual({
      wrong: expect.stringContaining('wait for an earlier'),
    })
    for (const one of all) fold.take(one)
    expect(fold.values()).toMatchObject([{ complete: true, value: { n: 1_003 } }])
  })
})
