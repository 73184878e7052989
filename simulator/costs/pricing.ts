// Charges become lines: each finds its rate in the price book, pooled by month where the rate has tiers.
import type { Charge, RatedCharge } from './charge.ts'
import { amountOf, type Decimal, decimalText, isZero, minus, plus, scaled, ZERO } from './money.ts'
import type { PriceBook, Rate, RateSource, RateTier } from './price-book.ts'
import { splitOverTiers } from './tiers.ts'
import { months, type Window } from './window.ts'

/** A priced part of a charge. A charge has several where its quantity lies in several tiers. */
export interface PricedPart {
  description: string
  quantity: Decimal
  unit: string
  rateUsd: Decimal
  rateSource: RateSource
  /** Of the price book; null: the event file states it. */
  rateId: string | null
  region: string
  /** When the quantity is used; null: over the event's window. */
  window: Window | null
  amount: bigint
}

export interface UnpricedPart {
  description: string
  quantity: Decimal | null
  unit: string
  why: string
}

export interface Priced {
  parts: PricedPart[]
  unpriced: UnpricedPart[]
}

/** A rate that the event file states has the event for its source. */
const STATED: RateSource = { id: 'event file', date: 'stated' }

/** Prices each charge in `region`; `result[i]` belongs to `charges[i]`. */
export function priceCharges(charges: Charge[], region: string, book: PriceBook): Priced[] {
  const results: Priced[] = charges.map(() => ({ parts: [], unpriced: [] }))
  const rated = new Map<string, { rate: Rate; members: [number, RatedCharge][] }>()
  charges.forEach((charge, i) => {
    const result = results[i] as Priced
    const { description, quantity, unit } = charge
    if (charge.kind === 'unknown') {
      result.unpriced.push({ description, quantity, unit, why: charge.why })
    } else if (charge.kind === 'stated') {
      const { rateUsd } = charge
      result.parts.push({
        ...{ description, quantity: charge.quantity, unit, rateUsd, rateSource: STATED },
        ...{ rateId: null, region, window: null, amount: amountOf(rateUsd, charge.quantity) },
      })
    } else {
      const where = charge.region ?? region
      const rate = rateFor(charge, charge.rateId, where, book)
      // Nothing of something without a price is still nothing.
      if (!rate && !isZero(charge.quantity)) {
        const why = `the price book has no ${charge.rateId} for ${where}`
        result.unpriced.push({ description, quantity, unit, why })
      }
      if (!rate) return
      const key = `${rate.region} ${rate.id}`
      const pool = rated.get(key) ?? { rate, members: [] }
      pool.members.push([i, charge])
      rated.set(key, pool)
    }
  })
  for (const { rate, members } of rated.values()) {
    const [, first] = members[0] as [number, RatedCharge]
    const allowance = first.allowanceRateId ? rateFor(first, first.allowanceRateId, region, book) : null
    pricePool(rate, allowance, members, results)
  }
  return results
}

function rateFor(charge: RatedCharge, id: string, region: string, book: PriceBook): Rate | null {
  const rate = book.rate(region, id)
  if (rate && rate.unit !== charge.unit) {
    throw new Error(`meter and price book disagree about the unit of ${id}: ${charge.unit}, ${rate.unit}`)
  }
  return rate
}

/** Prices all charges of one rate: calendar month by calendar month, allowance first, then tier by tier. */
function pricePool(
  rate: Rate,
  allowance: Rate | null,
  members: [number, RatedCharge][],
  results: Priced[],
): void {
  const free = members.map(() => (allowance?.tiers ?? []).map(() => ZERO))
  const paid = members.map(() => rate.tiers.map(() => ZERO))
  const uncovered = members.map(() => ZERO)
  const monthly = allowance !== null || rate.tiers.length > 1 || rate.tiers[0]?.to !== null
  for (const quantities of monthly ? byMonth(members) : [members.map(([, { quantity }]) => quantity)]) {
    const afterAllowance = splitOverTiers(quantities, allowance?.tiers ?? [])
    const left = afterAllowance.map((row, m) => add(free, m, row))
    splitOverTiers(left, rate.tiers).forEach((row, m) => {
      uncovered[m] = plus(uncovered[m] as Decimal, add(paid, m, row))
    })
  }
  members.forEach(([i, { description, unit, window }], m) => {
    const result = results[i] as Priced
    const part = (text: string, quantity: Decimal, { id, region }: Rate, tier: RateTier): PricedPart => ({
      ...{ description: text, quantity, unit, rateUsd: tier.priceUsd, rateSource: tier.source },
      ...{ rateId: id, region, window, amount: amountOf(tier.priceUsd, quantity) },
    })
    const rows: [Rate | null, Decimal[]][] = [
      [allowance, free[m] as Decimal[]],
      [rate, paid[m] as Decimal[]],
    ]
    const parts = rows.flatMap(([of, quantities]) =>
      quantities.flatMap((quantity, k) => {
        const tier = of?.tiers[k]
        if (!of || !tier || isZero(quantity)) return []
        const text =
          of === allowance
            ? `${description}, free up to ${decimalText(tier.to ?? ZERO)} ${unit} a month`
            : isZero(tier.from)
              ? description
              : `${description}, above ${decimalText(tier.from)} ${unit} a month`
        return [part(text, quantity, of, tier)]
      }),
    )
    const [tier] = rate.tiers
    const missing = uncovered[m] as Decimal
    // A quantity of zero keeps its line, so that a reader sees it was counted.
    if (parts.length === 0 && tier && isZero(missing)) {
      parts.push(part(description, ZERO, rate, tier))
    }
    result.parts.push(...parts)
    if (!isZero(missing)) {
      const end = decimalText(rate.tiers.at(-1)?.to ?? ZERO)
      const why = `the price book has no ${rate.id} above ${end} ${unit} a month`
      result.unpriced.push({ description, quantity: missing, unit, why })
    }
  })
}

/** Adds a row's tiers to the sums of member `m`, and returns the row's last element: what no tier covers. */
function add(sums: Decimal[][], m: number, row: Decimal[]): Decimal {
  sums[m] = (sums[m] as Decimal[]).map((sum, k) => plus(sum, row[k] as Decimal))
  return row.at(-1) as Decimal
}

/** Each member's quantity by calendar month, in proportion to the time of its window that lies in the month. */
function byMonth(members: [number, RatedCharge][]): Decimal[][] {
  const pools = new Map<string, Decimal[]>()
  members.forEach(([, { quantity, window }], m) => {
    const lengthMs = BigInt(window.endMs - window.startMs)
    let left = quantity
    const parts = months(window)
    parts.forEach(({ month, startMs, endMs }, k) => {
      const last = k === parts.length - 1
      const share = last ? left : scaled(quantity, BigInt(endMs - startMs), lengthMs)
      left = minus(left, share)
      const pool = pools.get(month) ?? members.map(() => ZERO)
      pool[m] = share
      pools.set(month, pool)
    })
  })
  return [...pools.values()]
}
