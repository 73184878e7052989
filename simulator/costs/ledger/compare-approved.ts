// What changed since a forecast was approved, line by line.
import { compareLines } from '../compare/compare-lines.ts'
import type { Forecast } from '../forecast-result.ts'
import { amountOf, decimal } from '../money.ts'
import type { ApprovedComparison } from './approved-result.ts'
import type { LedgerEntry } from './ledger-result.ts'

const ONE = decimal('1')

/** `eventHash`: of the event file as it is now. */
export function compareApproved(
  now: Pick<Forecast, 'lines' | 'total'>,
  entry: LedgerEntry & { file: string },
  eventHash: string,
): ApprovedComparison {
  const lines = entry.lines.map(({ rateUsd, amount, ...line }) => {
    return { ...line, rate: rateUsd, amount: amountOf(decimal(amount), ONE) }
  })
  const compared = compareLines({ lines, unpriced: [] }, { lines: now.lines, unpriced: [] })
  const { createdAt, by, commit, hash, priceBookDate, quantiles, file } = entry
  const expected = amountOf(decimal(entry.expected), ONE)
  return {
    approved: { createdAt, by, commit, hash, priceBookDate, quantiles, file, expected },
    sameEventFile: entry.eventHash === eventHash,
    difference: now.total - expected,
    changes: compared.lines.filter(({ reason }) => reason !== 'same'),
  }
}
