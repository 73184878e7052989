// How far something is from its plan, where a day stands at a given share of its distribution: inverse distribution
// functions, so that one draw from [0, 1) always means the same (common random numbers, and the ends of a tornado plot).
import type { Spread } from '../../infra/event/event.ts'
import { normalQuantile } from './normal-quantile.ts'

/** Normal and lognormal have eight days in ten within: from the 10th to the 90th percentile. */
const Z90 = normalQuantile(0.9)

/** What is added to the plan at the share `u` of days, in (0, 1), in the unit of `within`. */
export function offsetAt({ distribution, within }: Spread, u: number): number {
  switch (distribution) {
    case 'uniform':
      // Adding 0 makes 0 of −0, which JSON does not know.
      return within * (2 * u - 1) + 0
    case 'triangular':
      return within * (u < 0.5 ? Math.sqrt(2 * u) - 1 : 1 - Math.sqrt(2 * (1 - u)))
    case 'normal':
      return (within / Z90) * normalQuantile(u)
    case 'lognormal':
      throw new RangeError('a lognormal spread is a factor, not an offset')
  }
}

/** By what the plan is multiplied at the share `u` of days, in (0, 1): 1 is as planned, never below 0. */
export function factorAt(spread: Spread, u: number): number {
  if (spread.distribution !== 'lognormal') return Math.max(0, 1 + offsetAt(spread, u))
  return (1 + spread.within) ** (normalQuantile(u) / Z90)
}
