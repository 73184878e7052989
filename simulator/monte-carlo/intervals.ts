// How sure a figure over independent runs is: order statistics bound a quantile, Wilson's interval a probability, and an
// exact one where runs are few. None knows the distribution that the runs come from.
import { normalQuantile } from '../uncertainty/normal-quantile.ts'

export interface Bounds {
  /** null: so few runs do not bound it on this side. */
  low: number | null
  high: number | null
}

/** The smallest value at or below which a share `p` of `ascending` lies. */
export function quantile(ascending: readonly number[], p: number): number {
  return ascending[Math.max(0, Math.ceil(p * ascending.length - 1e-9) - 1)] as number
}

/**
 * Bounds of the quantile `p` of where `ascending` was drawn from, each wrong with a probability of at most `alpha` / 2.
 * How many of n draws lie below a quantile is binomial; the bounds are the draws of the ranks at which that count becomes
 * too improbable. Source: H. A. David and H. N. Nagaraja, "Order Statistics", 3rd ed., 2003, section 7.1.
 */
export function quantileBounds(ascending: readonly number[], p: number, alpha: number): Bounds {
  const below = cumulativeBinomial(ascending.length, p)
  // P(fewer than r draws lie at or below the quantile) = below[r − 1].
  const low = below.findLastIndex((probability) => probability <= alpha / 2)
  const high = below.findIndex((probability) => 1 - probability <= alpha / 2)
  return { low: ascending[low] ?? null, high: ascending[high] ?? null }
}

/** P(X ≤ k) of a binomial X for k from 0 to n. */
function cumulativeBinomial(n: number, p: number): number[] {
  const odds = Math.log(p) - Math.log1p(-p)
  let logOfOne = n * Math.log1p(-p)
  let sum = 0
  return Array.from({ length: n + 1 }, (_, k) => {
    if (k > 0) logOfOne += Math.log((n - k + 1) / k) + odds
    sum += Math.exp(logOfOne)
    return Math.min(1, sum)
  })
}

/**
 * Bounds of a probability of which `met` in `runs` were seen. Source: E. B. Wilson, "Probable inference, the law of
 * succession, and statistical inference", JASA 22 (1927), 209–212.
 */
export function wilsonBounds(met: number, runs: number, alpha: number): { low: number; high: number } {
  if (runs === 0) return { low: 0, high: 1 }
  const z2 = normalQuantile(1 - alpha / 2) ** 2
  const share = met / runs
  const centre = share + z2 / (2 * runs)
  const half = Math.sqrt(z2 * ((share * (1 - share)) / runs + z2 / (4 * runs * runs)))
  const scale = 1 + z2 / runs
  return { low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale) }
}

const HALVINGS = 50

/**
 * As `wilsonBounds`, but each wrong with a probability of at most `alpha` / 2 however few the runs are: Wilson's is narrower,
 * and says of none in one run that the probability is below 80 %. Source: C. J. Clopper and E. S. Pearson, "The use of
 * confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26 (1934), 404–413.
 */
export function exactBounds(met: number, runs: number, alpha: number): { low: number; high: number } {
  const atMost = (k: number, p: number) => cumulativeBinomial(runs, p)[k] as number
  return {
    low: met === 0 ? 0 : lastWhere((p) => 1 - atMost(met - 1, p) <= alpha / 2),
    high: met === runs ? 1 : lastWhere((p) => atMost(met, p) > alpha / 2),
  }
}

/** Where `holds`, true near 0 and false near 1, ceases to be true. */
function lastWhere(holds: (p: number) => boolean): number {
  let [low, high] = [0, 1]
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2
    if (holds(middle)) low = middle
    else high = middle
  }
  return low
}
