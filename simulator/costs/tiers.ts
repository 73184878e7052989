// Monthly tiers and allowances: one pool a month over all resources, each resource bearing its share of every tier.
import {
  compare,
  type Decimal,
  divideRounded,
  isZero,
  least,
  minus,
  plus,
  QUANTITY_PLACES,
  ZERO,
} from './money.ts'

export interface TierBounds {
  from: Decimal
  /** Null: without end. */
  to: Decimal | null
}

/**
 * Splits a pool's quantities over its tiers: `result[i][k]` of `quantities[i]` lies in `tiers[k]`, in proportion, so
 * that nobody's cost depends on the order in which resources are listed. Each row adds up to its quantity exactly; its
 * last element is what no tier covers.
 */
export function splitOverTiers(quantities: Decimal[], tiers: TierBounds[]): Decimal[][] {
  const total = quantities.reduce(plus, ZERO)
  // Volume of the pool up to the end of each tier; the whole pool is the end of what no tier covers.
  const ends = [...tiers.map(({ to }) => (to ? least(to, total) : total)), total]
  return quantities.map((quantity) => {
    const shares = ends.map((end) => proportion(quantity, end, total))
    return shares.map((share, k) => minus(share, shares[k - 1] ?? ZERO))
  })
}

/** `quantity` × `part` / `total` to `QUANTITY_PLACES`; exactly `quantity` where part and total are equal. */
function proportion(quantity: Decimal, part: Decimal, total: Decimal): Decimal {
  if (isZero(total) || compare(part, total) === 0) return quantity
  const numerator = quantity.digits * part.digits * 10n ** BigInt(total.scale + QUANTITY_PLACES)
  const denominator = total.digits * 10n ** BigInt(quantity.scale + part.scale)
  return { digits: divideRounded(numerator, denominator), scale: QUANTITY_PLACES }
}
