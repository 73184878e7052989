// A Prometheus histogram in text form, as quantiles: linear within a bucket, as Prometheus' own histogram_quantile.
import type { QuantileTable } from './quantile-table.ts'

/** Ascending by `le`; `count` is cumulative, as exposed. */
export type Buckets = { le: number; count: number }[]

/** Bound of the last bucket: JSON knows no infinity. */
const BEYOND = Number.MAX_VALUE

/** The buckets of `name`, labels other than `le` left aside. */
export function parseBuckets(metrics: string, name: string): Buckets {
  const lines = metrics.matchAll(
    new RegExp(`^${name}_bucket\\{(?:[^}]*,)?le="([^"]+)"[^}]*\\} (\\S+)$`, 'gm'),
  )
  return [...lines]
    .map(([, le, count]) => ({
      le: le === '+Inf' ? BEYOND : Number(le),
      count: Number(count),
    }))
    .sort((a, b) => a.le - b.le)
}

/** What was counted between two readings of one histogram. */
export function bucketsBetween(before: Buckets, after: Buckets): Buckets {
  return after.map(({ le, count }) => ({ le, count: count - (before.find((b) => b.le === le)?.count ?? 0) }))
}

/** Several histograms of the same buckets as one. */
export function bucketsTogether(all: readonly Buckets[]): Buckets {
  const [first = []] = all
  return first.map(({ le }, i) => ({ le, count: all.reduce((sum, of) => sum + (of[i]?.count ?? 0), 0) }))
}

export function bucketsTotal(buckets: Buckets): number {
  return buckets.at(-1)?.count ?? 0
}

/** `points` equally spaced quantiles, in the histogram's unit times `scale`. What lies beyond the last bound counts as it. */
export function bucketQuantiles(buckets: Buckets, points: number, scale: number): QuantileTable {
  const total = bucketsTotal(buckets)
  if (total === 0) throw new RangeError('A histogram without a sample has no quantiles')
  const finite = buckets.filter(({ le }) => le < BEYOND)
  return Array.from({ length: points }, (_, i) => {
    const rank = (i / (points - 1)) * total
    const at = finite.findIndex(({ count }) => count >= rank && count > 0)
    const bucket = at === -1 ? finite.at(-1) : finite[at]
    if (bucket === undefined) return 0
    const below = at > 0 ? finite[at - 1] : undefined
    const [low, under] = [below?.le ?? 0, below?.count ?? 0]
    const inside = at === -1 ? 1 : Math.max(0, rank - under) / Math.max(1, bucket.count - under)
    return Number(((low + (bucket.le - low) * inside) * scale).toFixed(3))
  })
}
