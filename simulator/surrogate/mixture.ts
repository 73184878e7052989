// Random times by their distribution: quantiles of sums and mixtures, without drawing any.
import { quantile } from '../calibration/quantile-table.ts'
import { binOf, LatencyHistogram } from '../latency-bins.ts'

/** Some values of a distribution that stand for all of it; weights sum to 1. */
export type Points = readonly { value: number; weight: number }[]

/** Where a distribution is cut into parts that one value stands for: finer where the tail decides. */
const PARTS = [
  { upTo: 0.9, parts: 45 },
  { upTo: 0.98, parts: 16 },
  { upTo: 1, parts: 20 },
]

const FEW_PARTS = [
  { upTo: 0.9, parts: 6 },
  { upTo: 0.98, parts: 6 },
  { upTo: 1, parts: 8 },
]

const LEVELS = levelsOf(PARTS)
const FEW_LEVELS = levelsOf(FEW_PARTS)

function levelsOf(parts: typeof PARTS) {
  return parts.flatMap(({ upTo, parts: count }, i) => {
    const from = parts[i - 1]?.upTo ?? 0
    const weight = (upTo - from) / count
    return Array.from({ length: count }, (_, k) => ({ p: from + (k + 0.5) * weight, weight }))
  })
}

export const NOTHING: Points = [{ value: 0, weight: 1 }]

/** The distribution whose quantiles `at` gives. */
export function pointsOf(at: (p: number) => number): Points {
  return LEVELS.map(({ p, weight }) => ({ value: at(p), weight }))
}

/** Of a table of equally spaced quantiles. */
export function pointsOfTable(table: readonly number[]): Points {
  return pointsOf((p) => quantile(table, p))
}

export function meanOf(points: Points): number {
  return points.reduce((sum, { value, weight }) => sum + value * weight, 0)
}

/** The sum of two independent times, again as a few points. */
export function sumOf(a: Points, b: Points): Points {
  return sumAt(a, b, LEVELS)
}

/** The same, for a part that matters less: fewer points. */
export function fewer(a: Points, b: Points): Points {
  return sumAt(a, b, FEW_LEVELS)
}

function sumAt(a: Points, b: Points, levels: typeof LEVELS): Points {
  if (a.length === 1 && levels === LEVELS)
    return b.map(({ value, weight }) => ({ value: value + (a[0]?.value ?? 0), weight }))
  if (b.length === 1 && levels === LEVELS) return sumOf(b, a)
  const sum = new Mixture()
  for (const { value, weight } of a) sum.add(b, value, weight)
  const values = sum.quantiles(levels.map(({ p }) => p))
  return levels.map(({ weight }, i) => ({ value: values[i] as number, weight }))
}

/** Times of several kinds together, each kind by how many there are of it. */
export class Mixture {
  readonly #histogram = new LatencyHistogram()

  /** `weight` times of the distribution `points`, each later by `laterMs`. */
  add(points: Points, laterMs = 0, weight = 1): void {
    if (weight <= 0) return
    for (const point of points) {
      const value = point.value + laterMs
      this.#histogram.add(binOf(value), value, point.weight * weight)
    }
  }

  /** `ps` ascending. Throws where nothing was added. */
  quantiles(ps: readonly number[]): number[] {
    return this.#histogram.quantiles(ps).map((value) => {
      if (value === null) throw new RangeError('no quantile of nothing')
      return value
    })
  }

  get empty(): boolean {
    return this.#histogram.samples === 0
  }
}
