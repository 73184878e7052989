// How sure a latency quantile is: a bootstrap over blocks of time, because what shares a moment shares its fate.
//
// A message and its deliveries, or the publishes behind one slow commit, are not independent; whole blocks of
// seconds nearly are. Resampling them keeps what is common inside (Künsch, "The jackknife and the bootstrap for
// general stationary observations", 1989; percentile interval: Efron and Tibshirani, 1993, chapter 13).
import { stream } from './engine/random.ts'

export interface Interval {
  low: number
  high: number
}

const BLOCK_MS = 1_000
/** Longer runs get longer blocks: enough of them for an interval, and no more. */
const BLOCKS_MAX = 200
const BLOCKS_MIN = 10
const REPLICATES = 400
/** Width of a histogram bin: values within 1 % of each other count as one. */
const LOG_BIN = Math.log(1.01)

/** Fewer samples cannot bound the quantile `p` from above with 95 % confidence (normal approximation of the count). */
export function samplesNeeded(p: number): number {
  return Math.ceil((1.96 ** 2 * p) / (1 - p))
}

/**
 * 95 % intervals of the quantiles `ps`; null where the sample or its time span is too small to tell. `atMs`,
 * `values` (ms, above zero) and `weights` have one entry a sample. The same arguments give the same result.
 */
export function quantileIntervals(
  atMs: readonly number[],
  values: readonly number[],
  weights: readonly number[],
  ps: readonly number[],
): (Interval | null)[] {
  const { blocks, firstBin, binCount } = histograms(atMs, values, weights)
  if (blocks.length < BLOCKS_MIN) return ps.map(() => null)
  const random = stream(1, 'bootstrap')
  const replicates: number[][] = ps.map(() => [])
  const drawn = new Float64Array(binCount)
  for (let r = 0; r < REPLICATES; r++) {
    drawn.fill(0)
    for (let b = 0; b < blocks.length; b++) {
      const { bins, weight } = blocks[Math.floor(random() * blocks.length)] as Block
      for (let i = 0; i < bins.length; i++) {
        const bin = bins[i] as number
        drawn[bin] = (drawn[bin] as number) + (weight[i] as number)
      }
    }
    for (const [i, bin] of quantileBins(drawn, ps).entries()) {
      replicates[i]?.push(Math.exp((firstBin + bin) * LOG_BIN))
    }
  }
  return ps.map((p, i) => {
    if (values.length < samplesNeeded(p)) return null
    const ascending = (replicates[i] as number[]).sort((a, b) => a - b)
    const at = (share: number) => ascending[Math.round(share * (REPLICATES - 1))] as number
    return { low: at(0.025), high: at(0.975) }
  })
}

/** The bins of a block of time that hold something, and what they weigh. */
interface Block {
  bins: Int32Array
  weight: Float64Array
}

function histograms(atMs: readonly number[], values: readonly number[], weights: readonly number[]) {
  const logBins = Int32Array.from(values, (value) => Math.round(Math.log(Math.max(value, 0.001)) / LOG_BIN))
  const [first, last] = rangeOf(atMs)
  const [firstBin, lastBin] = rangeOf(logBins)
  const blockMs = Math.max(BLOCK_MS, (last - first + 1) / BLOCKS_MAX)
  const byBlock = new Map<number, Map<number, number>>()
  for (const [i, at] of atMs.entries()) {
    const number = Math.floor((at - first) / blockMs)
    const block = byBlock.get(number) ?? new Map<number, number>()
    const bin = (logBins[i] as number) - firstBin
    block.set(bin, (block.get(bin) ?? 0) + (weights[i] as number))
    byBlock.set(number, block)
  }
  const blocks = [...byBlock.values()].map((block): Block => {
    return { bins: Int32Array.from(block.keys()), weight: Float64Array.from(block.values()) }
  })
  return { blocks, firstBin, binCount: Math.max(0, lastBin - firstBin + 1) }
}

function rangeOf(values: ArrayLike<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] as number)
    high = Math.max(high, values[i] as number)
  }
  return [low, high]
}

/** For each of `ps`, the bin below or at which that share of the weight lies. */
function quantileBins(histogram: Float64Array, ps: readonly number[]): number[] {
  const total = histogram.reduce((sum, weight) => sum + weight, 0)
  return ps.map((p) => {
    let below = 0
    for (let bin = 0; bin < histogram.length; bin++) {
      below += histogram[bin] as number
      if (below >= p * total) return bin
    }
    return histogram.length - 1
  })
}
