// A forecast against the one that was approved, for the terminal.
import type { ApprovedComparison } from '../simulator/costs/ledger/approved-result.ts'
import { formatQuantity, formatUsd, formatUsdChange } from './format.ts'
import { columns, plain, shortened, wrapped } from './plain-text.ts'

const WIDTH = 100
const SHOWN = 20
const DESCRIPTION_MAX = 40
export function approvedLines(comparison: ApprovedComparison | null): string[] {
  if (comparison === null) return []
  const { approved, sameEventFile, difference, changes } = comparison
  const by = approved.by === null ? '' : ` by ${approved.by}`
  const since = difference === 0n ? 'the same' : `${formatUsdChange(difference)} since`
  const rest = changes.length - SHOWN
  return [
    '',
    ...wrapped(
      plain(
        `Approved ${approved.createdAt.slice(0, 10)}${by}: ${formatUsd(approved.expected)}, ${since}; the event file is ${sameEventFile ? 'the same' : 'ANOTHER'}, ${changes.length} lines differ (hash ${approved.hash.slice(0, 12)}).`,
      ),
      WIDTH,
    ),
    ...columns(
      changes
        .slice(0, SHOWN)
        .map(({ reason, venue, description, before, after, difference: by, unit }) => [
          `  ${shortened(plain(`${venue}: ${description}`), DESCRIPTION_MAX)}`,
          reason,
          [before, after].map((side) => (side === null ? '–' : formatQuantity(side.quantity))).join(' → '),
          plain(unit),
          formatUsdChange(by),
        ]),
      [0, 1],
      2,
    ),
    ...(rest > 0 ? [`  and ${rest} more: --format json has all`] : []),
  ]
}
