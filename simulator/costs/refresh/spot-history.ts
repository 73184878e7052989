// The mean price of a spot machine over the days asked about, from the market's history of changes.
import { type Decimal, decimal, plus, scaled, ZERO } from '../money.ts'
import type { Rate } from '../price-book.ts'
import { flat } from './answers.ts'

export const SPOT_SOURCE = 'aws-spot-price-history'
/** Long enough for a weekend, short enough to be of today. */
export const SPOT_DAYS = 7

export interface SpotChange {
  type: string
  zone: string
  priceUsd: string
  atMs: number
}

/**
 * In each zone the mean over the time that each price held, the first from the window's start; over a type's zones the
 * mean of these, since nothing says in which one a machine will be had.
 */
export function spotRates(
  changes: SpotChange[],
  window: { startMs: number; endMs: number },
  region: string,
  date: string,
): Rate[] {
  const byType = Map.groupBy(changes.filter(isPlain), ({ type }) => type)
  return [...byType].flatMap(([type, ofType]) => {
    const zones = [...Map.groupBy(ofType, ({ zone }) => zone).values()]
      .map((ofZone) => meanOver(ofZone, window))
      .filter((mean) => mean !== null)
    if (zones.length === 0) return []
    const mean = scaled(zones.reduce(plus, ZERO), 1n, BigInt(zones.length))
    return { region, id: `ec2.${type}.spot`, unit: 'hour', tiers: flat(mean, { id: SPOT_SOURCE, date }) }
  })
}

function isPlain({ type, priceUsd, atMs }: SpotChange): boolean {
  return (
    /^[a-z0-9-]+\.[a-z0-9-]+$/.test(type) && /^\d{1,6}(\.\d{1,12})?$/.test(priceUsd) && Number.isFinite(atMs)
  )
}

/** AWS adds the last change before the window, which held at its start. */
function meanOver(
  changes: SpotChange[],
  { startMs, endMs }: { startMs: number; endMs: number },
): Decimal | null {
  const inOrder = changes.toSorted((a, b) => a.atMs - b.atMs)
  let sum = ZERO
  let heldMs = 0
  inOrder.forEach(({ priceUsd, atMs }, i) => {
    const from = Math.max(startMs, atMs)
    const to = Math.min(endMs, inOrder[i + 1]?.atMs ?? endMs)
    if (to <= from) return
    sum = plus(sum, scaled(decimal(priceUsd), BigInt(to - from), 1n))
    heldMs += to - from
  })
  return heldMs === 0 ? null : scaled(sum, 1n, BigInt(heldMs))
}
