// Old prices beside new ones, tier by tier.
import { compare, type Decimal, decimalText, divideRounded, isZero, minus } from '../money.ts'
import type { Rate, RateTier } from '../price-book.ts'
import type { PriceChange, PriceRefresh } from './refresh-result.ts'

type Compared = Pick<PriceRefresh, 'changed' | 'added' | 'vanished' | 'same'>
interface Row {
  rate: Rate
  tier: RateTier
}

/** `wasAsked`: whether an answer would have had the rate; of others nothing is known. */
export function compareRates(
  old: readonly Rate[],
  now: readonly Rate[],
  wasAsked: (rate: Rate) => boolean,
): Compared {
  const before = rowsOf(old.filter(wasAsked))
  const after = rowsOf(now)
  const result: Compared = { changed: [], added: [], vanished: [], same: 0 }
  for (const [key, row] of after) {
    const known = before.get(key)
    if (!known) result.added.push(changeOf(row, null, row.tier))
    else if (compare(known.tier.priceUsd, row.tier.priceUsd) === 0) result.same++
    else result.changed.push(changeOf(row, known.tier, row.tier))
  }
  for (const [key, row] of before) {
    if (!after.has(key)) result.vanished.push(changeOf(row, row.tier, null))
  }
  return result
}

function rowsOf(rates: readonly Rate[]): Map<string, Row> {
  return new Map(
    rates
      .flatMap((rate) =>
        rate.tiers.map((tier): [string, Row] => [
          `${rate.region} ${rate.id} ${decimalText(tier.from)}`,
          { rate, tier },
        ]),
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function changeOf({ rate, tier }: Row, old: RateTier | null, now: RateTier | null): PriceChange {
  return {
    region: rate.region,
    rate: rate.id,
    unit: rate.unit,
    from: decimalText(tier.from),
    old: old && { priceUsd: decimalText(old.priceUsd), source: old.source.id, date: old.source.date },
    new: now && { priceUsd: decimalText(now.priceUsd) },
    percent: old && now ? percentOf(old.priceUsd, now.priceUsd) : null,
  }
}

/** With its sign, to two places; null from nothing. */
function percentOf(old: Decimal, now: Decimal): string | null {
  if (isZero(old)) return null
  const difference = minus(now, old)
  const scale = Math.max(old.scale, difference.scale)
  const numerator = difference.digits * 10n ** BigInt(scale - difference.scale + 4)
  const digits = divideRounded(numerator, old.digits * 10n ** BigInt(scale - old.scale))
  return `${digits > 0n ? '+' : ''}${decimalText({ digits, scale: 2 })}`
}
