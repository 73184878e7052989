// A forecast's lines split by sponsor, venue or cost centre; every pico-dollar of every line goes somewhere.
import type { EventSpec } from '../../../infra/event/event.ts'
import { SHARED_VENUE } from '../../../infra/tags.ts'
import type { CostLine } from '../forecast-result.ts'
import { apportion, inCents } from '../largest-remainder.ts'
import type { Allocation, AllocationKey } from './allocation-result.ts'
import type { SponsorUse } from './sponsor-income-result.ts'

/**
 * By sponsor: in the proportions of their user-seconds at the line's venue, and of all user-seconds for what venues share.
 * By cost centre: the venue's own, else the event's.
 */
export function allocate(
  lines: readonly Pick<CostLine, 'venue' | 'amount'>[],
  by: AllocationKey,
  event: Pick<EventSpec, 'venues' | 'finance'>,
  uses: readonly SponsorUse[],
): Allocation {
  const exact = new Map<string | null, bigint>()
  const give = (of: string | null, amount: bigint) => exact.set(of, (exact.get(of) ?? 0n) + amount)
  for (const { venue, amount } of lines) {
    if (by === 'venue') give(venue, amount)
    else if (by === 'cost-centre') give(centreOf(venue, event), amount)
    else for (const [of, part] of amongSponsors(venue, amount, uses)) give(of, part)
  }
  const parts = [...exact].sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
  const amounts = inCents(parts.map(([, amount]) => amount))
  return {
    by,
    parts: parts.map(([of, amount], i) => ({ of, exact: amount, amount: amounts[i] as bigint })),
    total: amounts.reduce((sum, amount) => sum + amount, 0n),
  }
}

function centreOf(venue: string, { venues, finance }: Pick<EventSpec, 'venues' | 'finance'>): string | null {
  return venues.find(({ name }) => name === venue)?.costCentre ?? finance.costCentre
}

function amongSponsors(
  venue: string,
  amount: bigint,
  uses: readonly SponsorUse[],
): [of: string | null, amount: bigint][] {
  const here = uses.filter((use) => use.userMs > 0 && (venue === SHARED_VENUE || use.venue === venue))
  if (here.length === 0) return [[null, amount]]
  const parts = apportion(
    amount,
    here.map(({ userMs }) => BigInt(userMs)),
  )
  return here.map(({ sponsor }, i) => [sponsor, parts[i] as bigint])
}
