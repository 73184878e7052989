import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BINS, binOf, LatencyHistogram, middleOf } from './latency-bins.ts'
import { LatencyRows } from './latency-rows.ts'

const latency = fc.double({ min: 0.001, max: 1e8, noNaN: true })

/** Smallest value at or below which a share `p` of the weight lies. */
function exactQuantile(samples: readonly [value: number, weight: number][], p: number): number {
  const ascending = samples.toSorted(([a], [b]) => a - b)
  const total = samples.reduce((sum, [, weight]) => sum + weight, 0)
  let below = 0
  for (const [value, weight] of ascending) {
    below += weight
    if (below >= p * total) return value
  }
  return Number.NaN
}

test('every latency is within half a percent of the middle of its bin', () => {
  fc.assert(
    fc.property(latency, (value) => {
      expect(Math.abs(middleOf(binOf(value)) / value - 1)).toBeLessThan(0.00501)
    }),
  )
  expect([binOf(0), binOf(-5), binOf(1e300)]).toEqual([0, 0, BINS - 1])
})

test('a quantile is within 1 % of that of all samples, and exact where its bin holds one value', () => {
  const samples = fc.array(fc.tuple(latency, fc.integer({ min: 1, max: 2_000 })), {
    minLength: 1,
    maxLength: 300,
  })
  fc.assert(
    fc.property(samples, (given) => {
      const histogram = new LatencyHistogram()
      for (const [value, weight] of given) histogram.add(binOf(value), value, weight)
      const ps = [0.5, 0.95, 0.99]
      for (const [i, value] of histogram.quantiles(ps).entries()) {
        const exact = exactQuantile(given, ps[i] as number)
        const alone = given.every(([other]) => other === exact || binOf(other) !== binOf(exact))
        expect(Math.abs((value as number) / exact - 1)).toBeLessThan(alone ? 1e-12 : 0.0101)
      }
    }),
  )
  expect(new LatencyHistogram().quantiles([0.5])).toEqual([null])
})

test('rows keep what was added to them, whatever the order in which rows are filled', () => {
  const sample = fc.tuple(fc.nat(299), fc.nat(BINS - 1), fc.integer({ min: 1, max: 9 }))
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 4_000 }), (samples) => {
      const rows = new LatencyRows(300)
      const model = new Map<number, number>()
      for (const [row, bin, weight] of samples) {
        rows.add(row, bin, weight)
        const key = row * BINS + bin
        model.set(key, (model.get(key) ?? 0) + weight)
      }
      for (const _ of ['once', 'again']) {
        const seen: [number, number][] = []
        rows.forEach((row, { bins, weights }) => {
          for (let i = 0; i < bins.length; i++) {
            seen.push([row * BINS + (bins[i] as number), weights[i] as number])
          }
        })
        expect(seen).toEqual([...model].sort(([a], [b]) => a - b))
      }
    }),
    { numRuns: 30 },
  )
})
