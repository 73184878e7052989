// A forecast against the one that was approved: what is the same, and which lines moved it.
import type { PicoUsd } from '../../../infra/event/event.ts'
import type { LedgerEntry } from './ledger-result.ts'

export interface LineChange {
  /** `price` and `quantity` where one of them moved, `both` where both did; `discount` where neither. */
  kind: 'added' | 'removed' | 'price' | 'quantity' | 'both' | 'discount'
  venue: string
  description: string
  unit: string
  /** Exact decimals; null: there is no such line. */
  before: { quantity: string; rateUsd: string; amount: PicoUsd } | null
  after: { quantity: string; rateUsd: string; amount: PicoUsd } | null
  difference: PicoUsd
}

export interface ApprovedComparison {
  approved: Pick<LedgerEntry, 'createdAt' | 'by' | 'commit' | 'hash' | 'priceBookDate' | 'quantiles'> & {
    file: string
    expected: PicoUsd
  }
  /** Whether the event file is the one that was approved, byte for byte. */
  sameEventFile: boolean
  difference: PicoUsd
  /** Largest first; they add up to the difference. */
  changes: LineChange[]
}
