// What a radio link adds to a transfer, as a distribution: simulator/models/link-variation.ts without the draws.
import {
  heldMs,
  type LinkVariation,
  meetsStall,
  rttAt,
  STALL_MAX_MS,
  STALL_MEAN_MS,
} from '../models/link-variation.ts'
import { fewer, NOTHING, type Points, pointsOf } from './mixture.ts'

export interface Transfer {
  roundTrips: number
  durationMs: number
}

/** Beyond rate and median round trip, for one transfer after the other; nothing where the link does not vary. */
export function linkExtra(
  variation: LinkVariation | null,
  rttMs: number,
  transfers: readonly Transfer[],
): Points {
  if (variation === null) return NOTHING
  const each = transfers.map((transfer) => oneTransfer(variation, rttMs, transfer))
  return each.reduce((sum, points) => fewer(sum, points), NOTHING)
}

function oneTransfer(variation: LinkVariation, rttMs: number, { roundTrips, durationMs }: Transfer): Points {
  const stalled = meetsStall(variation, durationMs)
  const slower = pointsOf((p) => (rttAt(variation, rttMs, p) - rttMs) * roundTrips)
  const held = pointsOf((p) => heldMs(Math.min(STALL_MAX_MS, -STALL_MEAN_MS * Math.log(1 - p)), rttMs))
  return [
    ...slower.map(({ value, weight }) => ({ value, weight: weight * (1 - stalled) })),
    ...held.map(({ value, weight }) => ({ value, weight: weight * stalled })),
  ]
}
