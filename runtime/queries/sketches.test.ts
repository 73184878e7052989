// The errors of the two estimates, on random streams and on those made to mislead them.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { Distinct } from './distinct.ts'
import type { Readable } from './filter.ts'
import { Top } from './top.ts'

const said = (body: unknown): Readable => ({ client: 'c', at: 0, t: 0, off: 1, body })

describe('top', () => {
  const COUNTERS = 64
  const fresh = () => new Top({ is: 'top', k: 5, by: 'body' })
  const told = (top: Top) => (top.value() as Extract<ReturnType<Top['value']>, { is: 'top' }>).top

  function expectBounds(top: Top, stream: readonly string[]): void {
    const truth = new Map<string, number>()
    for (const word of stream) truth.set(word, (truth.get(word) ?? 0) + 1)
    const values = told(top)
    for (const { value, count, error } of values) {
      expect(truth.get(value) ?? 0).toBeLessThanOrEqual(count)
      expect(truth.get(value) ?? 0).toBeGreaterThanOrEqual(count - error)
      expect(error).toBeLessThanOrEqual(stream.length / COUNTERS)
    }
    const least = values.length === 5 ? Math.min(...values.map(({ count }) => count)) : 0
    for (const [word, count] of truth) {
      if (count > least) expect(values.map(({ value }) => value)).toContain(word)
    }
  }

  /** A few words come often, many once: what chat looks like. */
  const skewed = (random: () => number, length: number) =>
    Array.from({ length }, () => `w${Math.floor(1 / (random() + 0.001))}`)

  test.each([1, 2, 3, 4])('keeps to its bounds on a skewed stream, seed %i', (seed) => {
    const stream = skewed(seededRandom(seed), 20_000)
    const top = fresh()
    for (const word of stream) top.take(said(word))
    expectBounds(top, stream)
  })

  test('keeps to its bounds on any stream, also when it is merged from parts', () => {
    const words = fc.array(
      fc.nat({ max: 120 }).map((i) => `w${i}`),
      { maxLength: 600 },
    )
    fc.assert(
      fc.property(words, words, (first, second) => {
        const [top, later] = [fresh(), fresh()]
        for (const word of first) top.take(said(word))
        for (const word of second) later.take(said(word))
        top.merge(later)
        expectBounds(top, [...first, ...second])
      }),
      { numRuns: 50 },
    )
  })

  test('finds the frequent in a stream made of ever new words', () => {
    const stream = Array.from({ length: 10_000 }, (_, i) => (i % 20 === 0 ? 'often' : `once ${i}`))
    const top = fresh()
    for (const word of stream) top.take(said(word))
    expectBounds(top, stream)
    expect(told(top)[0]?.value).toBe('often')
  })

  test('evicts the same words after a restart', () => {
    const stream = skewed(seededRandom(9), 3_000)
    const lasting = fresh()
    const restarted = fresh()
    for (const word of stream.slice(0, 1_500)) lasting.take(said(word))
    restarted.restore(JSON.parse(JSON.stringify(lasting.snapshot(0))))
    for (const word of stream.slice(1_500)) for (const one of [lasting, restarted]) one.take(said(word))
    expect(restarted.snapshot(0)).toEqual(lasting.snapshot(0))
  })
})

describe('distinct', () => {
  const estimated = (distinct: Distinct) =>
    (distinct.value() as Extract<ReturnType<Distinct['value']>, { is: 'distinct' }>).estimate
  const SIGMAS = 4

  test.each([1, 10, 100, 1_000, 5_000, 10_000, 20_000, 100_000])(
    `is within ${SIGMAS} standard errors of %i different values`,
    (size) => {
      const distinct = new Distinct({ is: 'distinct', of: 'body' })
      for (let i = 0; i < size; i++) distinct.take(said(`client ${i}`))
      const { error } = distinct.value() as { error: number }
      expect(error).toBeCloseTo(0.01625)
      expect(Math.abs(estimated(distinct) - size)).toBeLessThanOrEqual(Math.max(1, SIGMAS * error * size))
    },
  )

  test('has no bias: the mean of 60 estimates of 10,000 is within a third of a standard error', () => {
    let sum = 0
    for (let run = 0; run < 60; run++) {
      const distinct = new Distinct({ is: 'distinct', of: 'body' })
      for (let i = 0; i < 10_000; i++) distinct.take(said(run * 10_000 + i))
      sum += estimated(distinct)
    }
    expect(Math.abs(sum / 60 / 10_000 - 1)).toBeLessThan(0.01625 / 3)
  })

  test('is not moved by repetition', () => {
    const distinct = new Distinct({ is: 'distinct', of: 'body' })
    for (let i = 0; i < 10_000; i++) distinct.take(said(i % 7))
    expect(distinct.value()).toMatchObject({ n: 10_000, estimate: 7 })
  })

  test('hashes the same in every process and version', () => {
    const distinct = new Distinct({ is: 'distinct', of: 'body' })
    for (const value of ['a', 1, '1', null, true]) distinct.take(said(value))
    expect(distinct.delta(0)).toEqual({ registers: 'ORCa4CdCDrIBtbB' })
  })
})
