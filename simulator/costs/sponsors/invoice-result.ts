// Invoices to sponsors, as handed to the renderers. Money is exact pico-dollars, or whole cents where it says so.
import type { OpenSessions } from './metering-result.ts'

export interface InvoiceRow {
  /** `use` is metered; `minimum` tops up to what was agreed, `cap` takes off what is above. */
  kind: 'use' | 'minimum' | 'cap'
  /** null of a row that is not metered, as are feature, day and rate. */
  venue: string | null
  feature: string | null
  day: string | null
  /** Different people; one may be in several rows. */
  people: number
  /** User-seconds, exact to the millisecond, e.g. `1234.567`. */
  seconds: string
  /** USD a user-second, exact. */
  rate: string | null
  /** Exact. */
  amount: bigint
  /** In whole cents; the rows' sum is the invoice's net amount. */
  charged: bigint
}

export interface Invoice {
  /** The same for the same content, and another for any other. */
  number: string
  sponsor: string
  /** First and last day metered; null where there is none. */
  days: { first: string; last: string } | null
  rows: InvoiceRow[]
  seconds: string
  /** Whole cents. */
  net: bigint
  /** Whole cents; null: the event states no tax. */
  vat: { share: number; amount: bigint } | null
  total: bigint
}

export interface NotInvoiced {
  /** null: the feature had no sponsor. */
  sponsor: string | null
  venue: string | null
  seconds: string
  why: string
}

export interface InvoiceResult {
  event: string
  title: string
  /** By sponsor as in the event file. */
  invoices: Invoice[]
  notInvoiced: NotInvoiced[]
  open: OpenSessions[]
  /** Venues of the event that no log was given of. */
  withoutLog: string[]
  /** Sponsors' user-seconds outside the event's window, which are in the invoices. */
  outsideSeconds: string
}
