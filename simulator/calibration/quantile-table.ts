// A measured distribution as equally spaced quantiles: small, readable in a file, and quick to draw from.

/** `table[i]` is the i/(n−1) quantile: the first entry is the minimum, the last the maximum. Ascending. */
export type QuantileTable = number[]

/** Steps of a tenth of a percent: a coarser table would stretch its largest sample over the whole last percent. */
export const QUANTILE_POINTS = 1_001

/**
 * Quantiles of the samples by linear interpolation between order statistics (Hyndman and Fan, "Sample
 * quantiles in statistical packages", 1996, type 7), rounded to `decimals`. Throws on no samples.
 */
export function quantileTable(
  samples: readonly number[],
  points = QUANTILE_POINTS,
  decimals = 2,
): QuantileTable {
  if (samples.length === 0) throw new RangeError('A quantile table needs at least one sample')
  const ascending = Float64Array.from(samples).sort()
  return Array.from({ length: points }, (_, i) =>
    Number(quantile(ascending, i / (points - 1)).toFixed(decimals)),
  )
}

/** The median of each quantile over tables of the same length; at least one table. */
export function medianTable(tables: readonly QuantileTable[]): QuantileTable {
  const [first = []] = tables
  return first.map((_, i) => {
    const ascending = tables.map((table) => table[i] as number).sort((a, b) => a - b)
    return Number(quantile(ascending, 0.5).toFixed(3))
  })
}

/** The value at probability `p` in [0, 1]. Given `p` uniform, a draw from the measured distribution. */
export function quantile(ascending: ArrayLike<number>, p: number): number {
  const last = ascending.length - 1
  if (last < 0) throw new RangeError('No quantile of nothing')
  const position = Math.min(1, Math.max(0, p)) * last
  const below = Math.floor(position)
  const low = ascending[below] as number
  return low + ((ascending[Math.min(last, below + 1)] as number) - low) * (position - below)
}
