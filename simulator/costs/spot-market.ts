// A price book on a day on which the spot market asks more or less than the mean that the book has.
import { scaled } from './money.ts'
import type { PriceBook } from './price-book.ts'

/** Factors are exact in millionths. */
const PARTS = 1_000_000

export function isSpotRate(id: string): boolean {
  return id.endsWith('.spot')
}

/** `factor`: of every spot price, not below 0; 1 is the book itself. */
export function spotMarketAt(factor: number, book: PriceBook): PriceBook {
  if (factor === 1) return book
  const parts = BigInt(Math.round(factor * PARTS))
  return {
    date: book.date,
    rate(region, id) {
      const rate = book.rate(region, id)
      if (rate === null || !isSpotRate(id)) return rate
      const tiers = rate.tiers.map((tier) => {
        return { ...tier, priceUsd: scaled(tier.priceUsd, parts, BigInt(PARTS)) }
      })
      return { ...rate, tiers }
    },
  }
}
