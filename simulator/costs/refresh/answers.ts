// Rates of the price book out of products of the price list; what is said twice, differently, is not guessed at.
import { compare, type Decimal, scaled } from '../money.ts'
import type { Rate, RateSource } from '../price-book.ts'
import { onDemandTiers, type Product, reservedHours } from './products.ts'
import type { Question } from './question.ts'

/** Of the price list, asked on a day. */
export const LIST_SOURCE = 'aws-price-list-api'

export interface Answers {
  rates: Map<string, Rate>
  /** Rates whose products have a unit, a currency or tiers that are not understood, or that are said twice differently. */
  notUnderstood: Set<string>
}

export function noAnswers(): Answers {
  return { rates: new Map(), notUnderstood: new Set() }
}

/** Adds the rates of a product to the answers. */
export function takeProduct(
  { rates, notUnderstood }: Answers,
  product: Product,
  { question, region, date }: { question: Question; region: string; date: string },
): void {
  const match = question.match(product)
  if (match === null) return
  const source = { id: LIST_SOURCE, date }
  const found = onDemandTiers(product)
  const rate = (id: string, unit: string, tiers: Rate['tiers']): void => {
    const key = `${region} ${id}`
    const known = rates.get(key)
    if (known && !sameTiers(known, tiers)) notUnderstood.add(key)
    rates.set(key, { region, id, unit, tiers })
  }
  if (found && match.awsUnits.includes(found.unit)) {
    const price = (usd: Decimal) => (match.per === undefined ? usd : scaled(usd, 1n, match.per))
    const tiers = found.tiers.map((tier) => ({ ...tier, priceUsd: price(tier.priceUsd), source }))
    rate(match.rate, match.unit, tiers)
  } else {
    notUnderstood.add(`${region} ${match.rate}`)
  }
  if (!match.reserved) return
  const of = match.rate.replace(/\.on-demand$/, '')
  for (const [term, hour] of reservedHours(product)) {
    rate(`${of}.reserved-${term}`, 'hour', flat(hour, source))
  }
}

/** Without what is not understood. */
export function settled({ rates, notUnderstood }: Answers): Rate[] {
  return [...rates].filter(([key]) => !notUnderstood.has(key)).map(([, rate]) => rate)
}

/** One price for any quantity. */
export function flat(priceUsd: Decimal, source: RateSource): Rate['tiers'] {
  return [{ from: { digits: 0n, scale: 0 }, to: null, priceUsd, source }]
}

function sameTiers({ tiers }: Rate, others: Rate['tiers']): boolean {
  return (
    tiers.length === others.length &&
    tiers.every(({ priceUsd, from }, i) => {
      const other = others[i]
      return other && compare(priceUsd, other.priceUsd) === 0 && compare(from, other.from) === 0
    })
  )
}
