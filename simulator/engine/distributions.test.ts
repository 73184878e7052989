import { describe, expect, test } from 'vitest'
import { quantile } from '../calibration/quantile-table.ts'
import { discrete, erlang, gamma, lognormal, normal, weibull } from './distributions.ts'
import { exponential, type Random, stream } from './random.ts'

const DRAWS = 50_000
/** Kolmogorov's 99.9 % quantile: sup |Fn − F| √n, for large n. */
const KOLMOGOROV = 1.949

function distance(draw: (random: Random) => number, cdf: (x: number) => number): number {
  const random = stream(5, 'distribution')
  const drawn = Float64Array.from({ length: DRAWS }, () => draw(random)).sort()
  return drawn.reduce((most, x, i) => {
    const f = cdf(x)
    return Math.max(most, f - i / DRAWS, (i + 1) / DRAWS - f)
  }, 0)
}

/** Abramowitz and Stegun, 7.1.26: within 1.5e-7. */
function normalCdf(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2)
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  const above = (poly * Math.exp((-x * x) / 2)) / 2
  return x < 0 ? above : 1 - above
}

/** Regularised lower incomplete gamma function, by its series (Abramowitz and Stegun, 6.5.29); Γ by Lanczos. */
function gammaCdf(shape: number, x: number): number {
  let term = 1 / shape
  let sum = term
  for (let n = 1; n < 500; n++) {
    term *= x / (shape + n)
    sum += term
  }
  return sum * Math.exp(-x + shape * Math.log(x) - logGamma(shape))
}

function logGamma(z: number): number {
  const c = [
    76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155, 0.001208650973866179,
  ]
  const sum = c.reduce((total, of, i) => total + of / (z + 1 + i), 1.000000000190015)
  return (z + 0.5) * Math.log(z + 5.5) - (z + 5.5) + Math.log((2.5066282746310007 * sum) / z)
}

const TABLE = [1, 2, 4, 8, 16]
const CASES: [name: string, draw: (random: Random) => number, cdf: (x: number) => number][] = [
  ['exponential', (random) => exponential(random, 4), (x) => 1 - Math.exp(-x / 4)],
  ['normal', normal, normalCdf],
  ['Erlang', (random) => erlang(random, 3, 6), (x) => gammaCdf(3, x / 2)],
  ['gamma', (random) => gamma(random, 2.5, 5), (x) => gammaCdf(2.5, x / 2)],
  ['gamma of a shape below one', (random) => gamma(random, 0.4, 2), (x) => gammaCdf(0.4, x / 5)],
  ['lognormal', (random) => lognormal(random, 20, 0.7), (x) => normalCdf(Math.log(x / 20) / 0.7)],
  ['Weibull', (random) => weibull(random, 0.8, 3), (x) => 1 - Math.exp(-((x / 3) ** 0.8))],
  [
    'a table of quantiles',
    (random) => quantile(TABLE, random()),
    (x) => {
      if (x > 16) return 1
      const above = TABLE.findIndex((value) => value >= x)
      const [low, high] = [TABLE[above - 1] as number, TABLE[above] as number]
      return above === 0 ? 0 : (above - 1 + (x - low) / (high - low)) / (TABLE.length - 1)
    },
  ],
]

describe('draws follow their distribution: Kolmogorov–Smirnov below its 99.9 % quantile', () => {
  for (const [name, draw, cdf] of CASES) {
    test(name, () => {
      expect(distance(draw, cdf) * Math.sqrt(DRAWS)).toBeLessThan(KOLMOGOROV)
      // The same test tells a distribution that is 5 % wider.
      expect(distance((random) => 1.05 * draw(random), cdf) * Math.sqrt(DRAWS)).toBeGreaterThan(KOLMOGOROV)
    })
  }
})

test('discrete draws follow their weights: chi-square of 4 degrees of freedom below its 99.9 % quantile', () => {
  const weights = [5, 0, 1, 2, 0.5, 1.5]
  const draw = discrete(weights)
  const random = stream(6, 'discrete')
  const counts = new Array(weights.length).fill(0)
  for (let i = 0; i < DRAWS; i++) counts[draw(random)]++
  expect(counts[1]).toBe(0)
  const chi2 = weights.reduce((sum, weight, i) => {
    const expected = (DRAWS * weight) / 10
    return expected === 0 ? sum : sum + (counts[i] - expected) ** 2 / expected
  }, 0)
  expect(chi2).toBeLessThan(18.47)
  expect(discrete([3])(random)).toBe(0)
})

test('weights that are none are refused', () => {
  for (const weights of [[], [0, 0], [1, -1], [Number.NaN], [Number.POSITIVE_INFINITY]]) {
    expect(() => discrete(weights)).toThrow(RangeError)
  }
})
