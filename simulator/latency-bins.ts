// Latencies in bins of equal ratio: what is known of millions of samples in the memory of a few thousand.

/** Width of a bin: values within 1 % of each other count as one. */
const LOG_BIN = Math.log(1.01)
/** ms. What is shorter counts as this. */
const LEAST_MS = 0.001
const FIRST = Math.round(Math.log(LEAST_MS) / LOG_BIN)
/** From 1 µs to 11 days; what is longer counts as that. */
export const BINS = 2_800

export function binOf(valueMs: number): number {
  if (!(valueMs > LEAST_MS)) return 0
  return Math.min(BINS - 1, Math.round(Math.log(valueMs) / LOG_BIN) - FIRST)
}

/** The middle of a bin: at most half a percent from any value in it, ms. */
export function middleOf(bin: number): number {
  return Math.exp((FIRST + bin) * LOG_BIN)
}

/** Bins that hold something, ascending, and what they weigh. */
export interface Binned {
  bins: ArrayLike<number>
  weights: ArrayLike<number>
}

/** Of the weights of all bins, those that are not zero. */
export function binnedOf(weights: Float64Array): Binned {
  let used = 0
  for (let bin = 0; bin < weights.length; bin++) if (weights[bin] !== 0) used++
  const binned = { bins: new Uint16Array(used), weights: new Float64Array(used) }
  for (let bin = 0, i = 0; i < used; bin++) {
    if (weights[bin] === 0) continue
    binned.bins[i] = bin
    binned.weights[i++] = weights[bin] as number
  }
  return binned
}

/**
 * For each of `ps`, ascending, the index in `bins` of the one at or below which that share of the weight lies, and how
 * far into that one's weight the share reaches, in (0, 1]. Null where nothing weighs anything.
 */
export function quantilesAt(
  { weights }: Pick<Binned, 'weights'>,
  ps: readonly number[],
): ({ index: number; inside: number } | null)[] {
  let total = 0
  for (let i = 0; i < weights.length; i++) total += weights[i] as number
  if (total === 0) return ps.map(() => null)
  let below = 0
  let index = 0
  return ps.map((p) => {
    const wanted = p * total
    while (index < weights.length - 1 && below + (weights[index] as number) < wanted) {
      below += weights[index] as number
      index++
    }
    return { index, inside: Math.min(1, (wanted - below) / (weights[index] as number)) }
  })
}

/** All samples of one kind: exact at the least and the greatest, within a bin's width elsewhere. */
export class LatencyHistogram {
  readonly #weights = new Float64Array(BINS)
  readonly #least = new Float64Array(BINS).fill(Number.POSITIVE_INFINITY)
  readonly #greatest = new Float64Array(BINS).fill(Number.NEGATIVE_INFINITY)
  /** Samples, each with its weight, and without. */
  weight = 0
  samples = 0

  add(bin: number, valueMs: number, weight: number): void {
    this.#weights[bin] = (this.#weights[bin] as number) + weight
    if (valueMs < (this.#least[bin] as number)) this.#least[bin] = valueMs
    if (valueMs > (this.#greatest[bin] as number)) this.#greatest[bin] = valueMs
    this.weight += weight
    this.samples++
  }

  /** What stands for a value in this bin: its middle, or the nearest to it between the least and the greatest seen. */
  valueOf(bin: number): number {
    return Math.max(this.#least[bin] as number, Math.min(this.#greatest[bin] as number, middleOf(bin)))
  }

  /** Quantiles `ps`, ascending: linear between the least and the greatest value of their bin; null without a sample. */
  quantiles(ps: readonly number[]): (number | null)[] {
    return quantilesAt({ weights: this.#weights }, ps).map((at) => {
      if (at === null) return null
      const [least, greatest] = [this.#least[at.index] as number, this.#greatest[at.index] as number]
      return least + (greatest - least) * at.inside
    })
  }
}
