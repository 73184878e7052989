// Distributions to draw from, each with the source of its method. Exponential draws and shuffles are in random.ts,
// draws from a measured table are quantile() of calibration/quantile-table.ts at a uniform probability.
import type { Random } from './random.ts'

/** Sum of `shape` exponentials, `mean` in all: by the logarithm of a product (Devroye, 1986, section IX.3.4). */
export function erlang(random: Random, shape: number, mean: number): number {
  let product = 1
  for (let i = 0; i < shape; i++) product *= 1 - random()
  return (-mean / shape) * Math.log(product)
}

/** Standard normal, by the polar method (Marsaglia and Bray, "A convenient method for generating normal variables", 1964). */
export function normal(random: Random): number {
  for (;;) {
    const [x, y] = [2 * random() - 1, 2 * random() - 1]
    const square = x * x + y * y
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square)
  }
}

/** Of any `shape` above zero (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000). */
export function gamma(random: Random, shape: number, mean: number): number {
  const scale = mean / shape
  // Their section 6: a shape below one from the one above it.
  if (shape < 1) return scale * standardGamma(random, shape + 1) * (1 - random()) ** (1 / shape)
  return scale * standardGamma(random, shape)
}

function standardGamma(random: Random, shape: number): number {
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normal(random)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

/** exp of a normal: `sigma` is the deviation of the logarithm. Half of the draws are below `median`. */
export function lognormal(random: Random, median: number, sigma: number): number {
  return median * Math.exp(sigma * normal(random))
}

/** By inversion: P(X > x) = exp(−(x / scale)^shape). */
export function weibull(random: Random, shape: number, scale: number): number {
  return scale * (-Math.log(1 - random())) ** (1 / shape)
}

/**
 * Draws index `i` with probability `weights[i]` over their sum, in constant time: the alias method (Walker, 1977; set up as
 * by Vose, "A linear algorithm for generating random numbers with a given distribution", 1991). RangeError where the
 * weights are no such: negative, not finite, or all zero.
 */
export function discrete(weights: readonly number[]): (random: Random) => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (!(total > 0 && total < Number.POSITIVE_INFINITY && weights.every((weight) => weight >= 0))) {
    throw new RangeError(`no weights to draw by: ${weights.join(', ')}`)
  }
  const count = weights.length
  const share = Float64Array.from(weights, (weight) => (weight * count) / total)
  const alias = Uint32Array.from(weights.keys())
  const small = [...weights.keys()].filter((i) => (share[i] as number) < 1)
  const large = [...weights.keys()].filter((i) => (share[i] as number) >= 1)
  while (small.length > 0 && large.length > 0) {
    const less = small.pop() as number
    const more = large.at(-1) as number
    alias[less] = more
    share[more] = (share[more] as number) - (1 - (share[less] as number))
    if ((share[more] as number) < 1) small.push(large.pop() as number)
  }
  // What is left differs from one by rounding.
  for (const i of [...small, ...large]) share[i] = 1
  return (random) => {
    const at = random() * count
    const i = Math.floor(at)
    return at - i < (share[i] as number) ? i : (alias[i] as number)
  }
}
