// A forecast against the one that was approved: what is the same, and which lines moved it.
import type { PicoUsd } from '../../../infra/event/event.ts'
import type { LineChange } from '../compare/compare-result.ts'
import type { LedgerEntry } from './ledger-result.ts'

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
