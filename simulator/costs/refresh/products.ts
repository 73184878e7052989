// Products of AWS's price list as the Query API gives them, and the tiers and reservations in their terms.
import { z } from 'zod'
import { compare, type Decimal, decimal, isZero, plus, scaled, ZERO } from '../money.ts'

/** A product is a few kilobytes; one of megabytes is not AWS's. */
const PRODUCT_CHARS_MAX = 2_000_000
const HOURS_A_YEAR = 8760n

const dimension = z.object({
  unit: z.string(),
  beginRange: z.string().optional(),
  endRange: z.string().optional(),
  pricePerUnit: z.record(z.string(), z.string()),
})
const term = z.object({
  priceDimensions: z.record(z.string(), dimension),
  termAttributes: z.record(z.string(), z.string()).optional(),
})
const schema = z.object({
  product: z.object({
    sku: z.string().max(64),
    productFamily: z.string().optional(),
    attributes: z.record(z.string(), z.string()),
  }),
  terms: z.object({
    OnDemand: z.record(z.string(), term).optional(),
    Reserved: z.record(z.string(), term).optional(),
  }),
})

export type Product = z.infer<typeof schema>

export interface ListTier {
  from: Decimal
  to: Decimal | null
  priceUsd: Decimal
}

/** Null where the text is no product of the price list. */
export function readProduct(text: string): Product | null {
  if (text.length > PRODUCT_CHARS_MAX) return null
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** Codes that usage types begin with: a part of the world, with or without a letter and a number, or the region's name. */
const REGION_CODE = /^(?:(?:AF|AP|CA|EU|IL|ME|MX|SA|US)(?:[A-Z]\d)?-|[a-z]{2}(?:-[a-z]+)+-\d-)/

/** `usagetype` without the code of its region, as in `EU-NatGateway-Hours` and `us-east-1-KMS-Keys`. */
export function usageTypeOf({ product }: Product): string {
  return (product.attributes.usagetype ?? '').replace(REGION_CODE, '')
}

/**
 * On-demand tiers from 0, and their unit. A free first tier is the account's and shared with everything else in it: it
 * is left out, and the next one starts at 0. Null where there is not exactly one term, it has no price in USD, or its
 * ranges do not follow each other.
 */
export function onDemandTiers(product: Product): { unit: string; tiers: ListTier[] } | null {
  const terms = Object.values(product.terms.OnDemand ?? {})
  const [only] = terms
  if (!only || terms.length > 1) return null
  const dimensions = Object.values(only.priceDimensions)
  const unit = dimensions[0]?.unit
  if (unit === undefined || dimensions.some((each) => each.unit !== unit)) return null
  const tiers: ListTier[] = []
  for (const { beginRange = '0', endRange = 'Inf', pricePerUnit } of dimensions) {
    const [from, price] = [wholeNumber(beginRange), plainDecimal(pricePerUnit.USD)]
    const to = endRange === 'Inf' ? null : wholeNumber(endRange)
    if (from === null || price === null || (to === null && endRange !== 'Inf')) return null
    tiers.push({ from, to, priceUsd: price })
  }
  tiers.sort((a, b) => compare(a.from, b.from))
  if (tiers.length > 1 && tiers[0] && isZero(tiers[0].priceUsd)) {
    tiers.shift()
    if (tiers[0]) tiers[0] = { ...tiers[0], from: ZERO }
  }
  const follow = tiers.every(({ from }, i) => {
    const end = i === 0 ? ZERO : (tiers[i - 1]?.to ?? null)
    return end !== null && compare(end, from) === 0
  })
  return follow && tiers.length > 0 ? { unit, tiers } : null
}

const TERMS: Record<string, { id: string; years: bigint }> = {
  '1yr': { id: '1y', years: 1n },
  '3yr': { id: '3y', years: 3n },
}
const PAYMENTS: Record<string, string> = {
  'No Upfront': 'no-upfront',
  'Partial Upfront': 'partial-upfront',
  'All Upfront': 'all-upfront',
}

/** Standard reservations as the price book has them: `1y-no-upfront` to the price of an hour, what is paid in advance spread over the term. */
export function reservedHours(product: Product): Map<string, Decimal> {
  const found = new Map<string, Decimal>()
  for (const { priceDimensions, termAttributes = {} } of Object.values(product.terms.Reserved ?? {})) {
    const length = TERMS[termAttributes.LeaseContractLength ?? '']
    const payment = PAYMENTS[termAttributes.PurchaseOption ?? '']
    if (!length || !payment || termAttributes.OfferingClass !== 'standard') continue
    const hour = hourOf(Object.values(priceDimensions), length.years)
    if (hour !== null) found.set(`${length.id}-${payment}`, hour)
  }
  return found
}

function hourOf(dimensions: z.infer<typeof dimension>[], years: bigint): Decimal | null {
  let hour = ZERO
  for (const { unit, pricePerUnit } of dimensions) {
    const price = plainDecimal(pricePerUnit.USD)
    if (price === null || (unit !== 'Hrs' && unit !== 'Quantity')) return null
    hour = plus(hour, unit === 'Hrs' ? price : scaled(price, 1n, years * HOURS_A_YEAR))
  }
  return isZero(hour) ? null : hour
}

function plainDecimal(text: string | undefined): Decimal | null {
  return text !== undefined && /^\d{1,15}(\.\d{1,20})?$/.test(text) ? decimal(text) : null
}

/** As the price book has the ends of tiers. */
function wholeNumber(text: string): Decimal | null {
  return /^\d{1,15}$/.test(text) ? decimal(text) : null
}
