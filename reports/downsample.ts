// Fewer points for a plot than the run has bins, without losing a peak.

/** One value of a series over time; `value` null: nothing was measured. */
export interface Point {
  tS: number
  value: number | null
}

/**
 * At most `buckets` points: the span is cut into equal buckets and each keeps its highest value at the time it
 * was reached. A bucket is null only where nothing in it was measured. `tS` must ascend; a series that is short
 * enough already comes back unchanged.
 */
export function downsampleMax(
  tS: readonly number[],
  values: readonly (number | null)[],
  buckets: number,
): Point[] {
  const points = tS.map((t, i) => ({ tS: t, value: values[i] ?? null }))
  const first = points[0]
  const last = points.at(-1)
  if (!first || !last || points.length <= buckets) return points
  const width = (last.tS - first.tS) / buckets
  const kept: Point[] = []
  let current = -1
  for (const point of points) {
    const bucket = Math.min(Math.floor((point.tS - first.tS) / width), buckets - 1)
    const best = kept.at(-1)
    if (bucket !== current || !best) {
      kept.push(point)
      current = bucket
    } else if (point.value !== null && (best.value === null || point.value > best.value)) {
      kept[kept.length - 1] = point
    }
  }
  return kept
}
