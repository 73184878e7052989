// Splits that add up: every part is rounded down, and what is left goes to the largest remainders.

/** One cent in pico-dollars: what invoices and allocations are rounded to. */
export const CENT = 10n ** 10n

/** To the nearest integer, halves to the even one. `denominator` > 0. */
export function nearestEven(numerator: bigint, denominator: bigint): bigint {
  const down = floorOf(numerator, denominator)
  const twice = 2n * (numerator - down * denominator)
  const up = twice > denominator || (twice === denominator && down % 2n !== 0n)
  return up ? down + 1n : down
}

/** `total` in the proportions of `weights`, which are not negative and not all zero. The parts sum to it exactly. */
export function apportion(total: bigint, weights: readonly bigint[]): bigint[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n)
  if (whole <= 0n || weights.some((weight) => weight < 0n)) throw new RangeError('nothing to share out by')
  return largestRemainder(
    weights.map((weight) => weight * total),
    whole,
  )
}

/** Whole cents each, which sum to their sum rounded to the cent. No part is off by a cent or more. */
export function inCents(amounts: readonly bigint[]): bigint[] {
  return largestRemainder(amounts, CENT).map((cents) => cents * CENT)
}

/** Integers that sum to the rounded sum of `numerators` / `denominator`; of equal remainders the first goes first. */
function largestRemainder(numerators: readonly bigint[], denominator: bigint): bigint[] {
  const parts = numerators.map((numerator) => floorOf(numerator, denominator))
  const sum = numerators.reduce((total, numerator) => total + numerator, 0n)
  const left = Number(nearestEven(sum, denominator) - parts.reduce((total, part) => total + part, 0n))
  const rest = (i: number) => (numerators[i] as bigint) - (parts[i] as bigint) * denominator
  const order = parts
    .map((_, i) => i)
    .sort((a, b) => Number(rest(b) > rest(a)) - Number(rest(b) < rest(a)) || a - b)
  for (const i of order.slice(0, left)) parts[i] = (parts[i] as bigint) + 1n
  return parts
}

function floorOf(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator
  return quotient * denominator > numerator ? quotient - 1n : quotient
}
