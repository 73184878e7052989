// How sure a latency quantile is: a bootstrap over blocks of time, because what shares a moment shares its fate.
//
// A message and its deliveries, or the publishes behind one slow commit, are not independent; whole blocks of
// seconds nearly are. Resampling them keeps what is common inside (Künsch, "The jackknife and the bootstrap for
// general stationary observations", 1989; percentile interval: Efron and Tibshirani, 1993, chapter 13).
import { stream } from './engine/random.ts'
import { type Binned, middleOf } from './latency-bins.ts'

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
  const sums = new SummedBlocks(blocks)
  const times = new Float64Array(blocks.length)
  for (let r = 0; r < REPLICATES; r++) {
    times.fill(0)
    for (let b = 0; b < blocks.length; b++) {
      const drawn = Math.floor(random() * blocks.length)
      times[drawn] = (times[drawn] as number) + 1
    }
    for (const [i, p] of ps.entries()) (replicates[i] as Float64Array)[r] = middleOf(sums.quantile(times, p))
  }
  return ps.map((p, i) => {
    if (samples < samplesNeeded(p)) return null
    const ascending = (replicates[i] as Float64Array).sort()
    const at = (share: number) => ascending[Math.round(share * (REPLICATES - 1))] as number
    return { low: at(0.025), high: at(0.975) }
  })
}

/**
 * What each block weighs at or below each bin: a quantile of any number of times each block is found by halving, with
 * a sum over blocks at each step instead of one over all that is in them. Weights are whole numbers, so sums are exact.
 */
class SummedBlocks {
  /** Bins in which any block has something, ascending. */
  readonly #bins: Uint16Array
  readonly #blocks: number
  /** By bin of `#bins`, then by block. */
  readonly #atOrBelow: Float64Array

  constructor(blocks: readonly Binned[]) {
    const used = new Set<number>()
    for (const { bins } of blocks) for (let i = 0; i < bins.length; i++) used.add(bins[i] as number)
    this.#bins = Uint16Array.from(used).sort()
    this.#blocks = blocks.length
    this.#atOrBelow = new Float64Array(this.#bins.length * blocks.length)
    for (const [b, { bins, weights }] of blocks.entries()) {
      let sum = 0
      for (let row = 0, i = 0; row < this.#bins.length; row++) {
        if (bins[i] === this.#bins[row]) sum += weights[i++] as number
        this.#atOrBelow[row * blocks.length + b] = sum
      }
    }
  }

  /** The bin at or below which the share `p` of the weight lies, with block b taken `times[b]` times. */
  quantile(times: Float64Array, p: number): number {
    let [low, high] = [0, this.#bins.length - 1]
    const wanted = p * this.#sum(times, high)
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#sum(times, middle) < wanted) low = middle + 1
      else high = middle
    }
    return this.#bins[low] as number
  }

  #sum(times: Float64Array, row: number): number {
    const from = row * this.#blocks
    let sum = 0
    for (let b = 0; b < this.#blocks; b++) sum += (times[b] as number) * (this.#atOrBelow[from + b] as number)
    return sum
  }
}
