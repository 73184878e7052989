// A forecast's lines split by sponsor, venue or cost centre; every pico-dollar of every line goes somewhere.
import type { EventSpec } from '../../../infra/event/event.ts'
import { SHARED_VENUE } from '../../../infra/tags.ts'
import type { CostLine } from '../forecast-result.ts'
import { apportion, inCents } from '../largest-remainder.ts'
import { decimal, decimalText } from '../money.ts'
import type { Allocation, AllocationKey, LineAllocation, LinePart } from './allocation-result.ts'
import type { SponsorUse } from './sponsor-income-result.ts'

/** Of ratios, and at least of quantities. */
const PLACES = 12

type Owners = Pick<EventSpec, 'venues' | 'finance'>
type Bearer = { of: string | null; userMs: number | null }

/**
 * By sponsor: in the proportions of their user-seconds at the line's venue, and of all user-seconds for what venues share.
 * By cost centre: the venue's own, else the event's.
 */
export function allocate(
  lines: readonly Pick<CostLine, 'venue' | 'amount'>[],
  by: AllocationKey,
  event: Owners,
  uses: readonly SponsorUse[],
): Allocation {
  const exact = new Map<string | null, bigint>()
  for (const { venue, amount } of lines) {
    const bearers = bearersOf(venue, by, event, uses)
    const parts = apportion(amount, weightsOf(bearers))
    bearers.forEach(({ of }, i) => {
      exact.set(of, (exact.get(of) ?? 0n) + (parts[i] as bigint))
    })
  }
  const parts = [...exact].sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
  const amounts = inCents(parts.map(([, amount]) => amount))
  return {
    by,
    parts: parts.map(([of, amount], i) => ({ of, exact: amount, amount: amounts[i] as bigint })),
    total: amounts.reduce((sum, amount) => sum + amount, 0n),
  }
}

/** The same line by line, with the quantity and the list price split as the amount is. */
export function allocateLines(
  lines: readonly Pick<CostLine, 'venue' | 'quantity' | 'discount' | 'amount'>[],
  by: AllocationKey,
  event: Owners,
  uses: readonly SponsorUse[],
): LineAllocation {
  return { by, lines: lines.map((line) => partsOf(line, bearersOf(line.venue, by, event, uses))) }
}

function partsOf(
  { quantity, discount, amount }: Pick<CostLine, 'quantity' | 'discount' | 'amount'>,
  bearers: Bearer[],
): LinePart[] {
  const weights = weightsOf(bearers)
  const used = decimal(quantity)
  const scale = Math.max(used.scale, PLACES)
  const ratios = apportion(10n ** BigInt(PLACES), weights)
  const quantities = apportion(used.digits * 10n ** BigInt(scale - used.scale), weights)
  const discounts = apportion(discount, weights)
  const amounts = apportion(amount, weights)
  return bearers.map(({ of, userMs }, i) => ({
    of,
    ratio: decimalText({ digits: ratios[i] as bigint, scale: PLACES }),
    quantity: decimalText({ digits: quantities[i] as bigint, scale }),
    list: (amounts[i] as bigint) + (discounts[i] as bigint),
    amount: amounts[i] as bigint,
    userSeconds: userMs === null ? null : decimalText({ digits: BigInt(userMs), scale: 3 }),
  }))
}

/** Who bears what a venue costs; one alone bears all of it. */
function bearersOf(venue: string, by: AllocationKey, event: Owners, uses: readonly SponsorUse[]): Bearer[] {
  if (by === 'venue') return [{ of: venue, userMs: null }]
  if (by === 'cost-centre') return [{ of: centreOf(venue, event), userMs: null }]
  const ms = new Map<string, number>()
  for (const use of uses) {
    const counts = use.userMs > 0 && (venue === SHARED_VENUE || use.venue === venue)
    if (counts) ms.set(use.sponsor, (ms.get(use.sponsor) ?? 0) + use.userMs)
  }
  return ms.size === 0 ? [{ of: null, userMs: null }] : [...ms].map(([of, userMs]) => ({ of, userMs }))
}

function weightsOf(bearers: Bearer[]): bigint[] {
  return bearers.map(({ userMs }) => (userMs === null ? 1n : BigInt(userMs)))
}

function centreOf(venue: string, { venues, finance }: Owners): string | null {
  return venues.find(({ name }) => name === venue)?.costCentre ?? finance.costCentre
}
