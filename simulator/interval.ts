// How sure a latency quantile is: a bootstrap over blocks of time, because what shares a moment shares its fate.
//
// A message and its deliveries, or the publishes behind one slow commit, are not independent; whole blocks of
// seconds nearly are. Resampling them keeps what is common inside (Künsch, "The jackknife and the bootstrap for
// general stationary observations", 1989; percentile interval: Efron and Tibshirani, 1993, chapter 13).
import { stream } from './engine/random.ts'
import { BINS, type Binned, middleOf, quantilesAt } from './latency-bins.ts'

export interface Interval {
  low: number
  high: number
}

/** Longer runs get longer blocks: enough of them for an interval, and no more. */
const BLOCKS_MAX = 200
const BLOCKS_MIN = 10
const REPLICATES = 400

/** Whole seconds in a block of a run of `durationS`. */
export function blockS(durationS: number): number {
  return Math.max(1, Math.ceil(durationS / BLOCKS_MAX))
}

/** Fewer samples cannot bound the quantile `p` from above with 95 % confidence (normal approximation of the count). */
export function samplesNeeded(p: number): number {
  return Math.ceil((1.96 ** 2 * p) / (1 - p))
}

/**
 * 95 % intervals of the quantiles `ps`, ascending; null where the sample or its time span is too small to tell.
 * `blocks`: the samples of each block of time that has any; `samples`: how many there are. The same arguments give the
 * same result.
 */
export function quantileIntervals(
  blocks: readonly Binned[],
  samples: number,
  ps: readonly number[],
): (Interval | null)[] {
  if (blocks.length < BLOCKS_MIN) return ps.map(() => null)
  const random = stream(1, 'bootstrap')
  const replicates = ps.map(() => new Float64Array(REPLICATES))
  const weights = new Float64Array(BINS)
  const times = new Int32Array(blocks.length)
  for (let r = 0; r < REPLICATES; r++) {
    times.fill(0)
    for (let b = 0; b < blocks.length; b++) {
      const drawn = Math.floor(random() * blocks.length)
      times[drawn] = (times[drawn] as number) + 1
    }
    weights.fill(0)
    for (const [b, block] of blocks.entries()) addTimes(weights, block, times[b] as number)
    for (const [i, at] of quantilesAt({ weights }, ps).entries()) {
      if (at !== null) (replicates[i] as Float64Array)[r] = middleOf(at.index)
    }
  }
  return ps.map((p, i) => {
    if (samples < samplesNeeded(p)) return null
    const ascending = (replicates[i] as Float64Array).sort()
    const at = (share: number) => ascending[Math.round(share * (REPLICATES - 1))] as number
    return { low: at(0.025), high: at(0.975) }
  })
}

function addTimes(sum: Float64Array, { bins, weights }: Binned, times: number): void {
  if (times === 0) return
  for (let i = 0; i < bins.length; i++) {
    const bin = bins[i] as number
    sum[bin] = (sum[bin] as number) + times * (weights[i] as number)
  }
}
