// A question to the price list, and how a product of the answer becomes a rate of the price book.
import { type Product, usageTypeOf } from './products.ts'

/** A product that is a rate. `per`: how many of AWS's unit make one of the price book's. */
export interface Match {
  rate: string
  unit: string
  /** Units that AWS may write for it. */
  awsUnits: readonly string[]
  per?: bigint
  /** Its reservations are taken too. */
  reserved?: boolean
}

export interface Question {
  /** For people. */
  title: string
  serviceCode: string
  filters: Record<string, string>
  match(product: Product): Match | null
  /** Rates that an answer would have, so that what is not in it has vanished. */
  covers: RegExp
}

export const HOUR = ['Hrs', 'Hours', 'hours', 'Hour']
export const GB_MONTH = ['GB-Mo', 'GB-month']
export const GB = ['GB', 'Gigabytes']
export const CREDITS = ['vCPU-Hours', 'vCPU-hour']
export const REQUEST = ['Requests', 'API Requests', 'Request', 'API Calls']

export type UsageRows = Record<
  string,
  [rate: string, unit: string, awsUnits: readonly string[], per?: bigint]
>

/** By usage type, exactly: without its region's code it is the same in every region. */
export function byUsage(rows: UsageRows) {
  const match = (product: Product): Match | null => {
    const row = rows[usageTypeOf(product)]
    if (!row) return null
    const [rate, unit, awsUnits, per] = row
    return { rate, unit, awsUnits, ...(per !== undefined && { per }) }
  }
  const ids = Object.values(rows).map(([rate]) => rate.replaceAll('.', '\\.'))
  return { match, covers: new RegExp(`^(${ids.join('|')})$`) }
}
