// What changed since a forecast was approved, line by line.
import type { CostLine, Forecast } from '../forecast-result.ts'
import { amountOf, decimal } from '../money.ts'
import type { ApprovedComparison, LineChange } from './approved-result.ts'
import type { LedgerEntry, LedgerLine } from './ledger-result.ts'

const ONE = decimal('1')

/** `eventHash`: of the event file as it is now. */
export function compareApproved(
  now: Pick<Forecast, 'lines' | 'total'>,
  entry: LedgerEntry & { file: string },
  eventHash: string,
): ApprovedComparison {
  const before = keyed(entry.lines)
  const after = keyed(now.lines)
  const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((key) =>
    changeOf(before.get(key) ?? null, after.get(key) ?? null),
  )
  const { createdAt, by, commit, hash, priceBookDate, quantiles, file } = entry
  const expected = amountOf(decimal(entry.expected), ONE)
  return {
    approved: { createdAt, by, commit, hash, priceBookDate, quantiles, file, expected },
    sameEventFile: entry.eventHash === eventHash,
    difference: now.total - expected,
    changes: changes.sort((a, b) => (size(a) > size(b) ? -1 : size(a) < size(b) ? 1 : 0)),
  }
}

type Line = Pick<CostLine, 'urn' | 'rateId' | 'description'>

/** A line is what a resource uses of a rate; tiers of one rate are told apart by their order. */
function keyed<L extends Line>(lines: readonly L[]): Map<string, L> {
  const seen = new Map<string, number>()
  return new Map(
    lines.map((line) => {
      const key = `${line.urn} ${line.rateId ?? line.description}`
      const nth = (seen.get(key) ?? 0) + 1
      seen.set(key, nth)
      return [`${key} ${nth}`, line]
    }),
  )
}

function changeOf(before: LedgerLine | null, after: CostLine | null): LineChange[] {
  const { venue, description, unit } = (after ?? before) as LedgerLine | CostLine
  const was = before && {
    quantity: before.quantity,
    rateUsd: before.rateUsd,
    amount: amountOf(decimal(before.amount), ONE),
  }
  const is = after && { quantity: after.quantity, rateUsd: after.rate, amount: after.amount }
  const difference = (is?.amount ?? 0n) - (was?.amount ?? 0n)
  const kind = kindOf(was, is)
  return kind === null ? [] : [{ kind, venue, description, unit, before: was, after: is, difference }]
}

function kindOf(was: LineChange['before'], is: LineChange['after']): LineChange['kind'] | null {
  if (was === null) return 'added'
  if (is === null) return 'removed'
  const price = was.rateUsd !== is.rateUsd
  const quantity = was.quantity !== is.quantity
  if (price && quantity) return 'both'
  if (price) return 'price'
  if (quantity) return 'quantity'
  return was.amount === is.amount ? null : 'discount'
}

function size({ difference }: LineChange): bigint {
  return difference < 0n ? -difference : difference
}
