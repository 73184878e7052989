// What an outage makes of a venue's load, by formulas: records that go up twice, and work that comes later and at once.
import type { EventSpec } from '../../../infra/event/event.ts'
import type { Calibration } from '../../calibration/calibration.ts'
import { popStartOf } from '../../models/pop-start.ts'
import type { OutageWindow } from '../../run-result.ts'
import { minutesOf } from '../../surrogate/minutes.ts'
import type { LoadedVenue } from '../../surrogate/surrogate.ts'
import { ownOutages, resentRecords, type VenueOutages } from '../../surrogate/venue-drains.ts'
import type { OutageDay } from './outage-days.ts'

const MINUTE_S = 60
const MINUTE_MS = 60_000

/** What the day's outages are to formulas that look at one day. */
export function outagesOf(event: EventSpec, calibration: Calibration, { outages }: OutageDay): VenueOutages {
  return { event, calibration, window: { startS: 0, endS: event.dayS }, outages }
}

/**
 * Nothing is lost and nothing is given up: everything happens that was to happen, what a PoP that is gone was to do at once
 * when it is back. Pages that failed are loaded then too. What goes up a second time is taken to cost the processor what a
 * publish does, which is the most that it can: the calibration has a record's way to central inside its publish.
 */
export function loadWithOutage(
  event: EventSpec,
  { venue, load }: LoadedVenue,
  calibration: Calibration,
  days: readonly OutageDay[],
): LoadedVenue {
  const cpuMsByMinute = new Map<number, Float64Array>()
  let sentUp = 0
  for (const day of days) {
    const of = outagesOf(event, calibration, day)
    const own = ownOutages(of, venue)
    if (own.length === 0) continue
    const busy = load.cpuMsByMinute.slice()
    for (const outage of own) {
      const resent = resentRecords(of, venue, outage)
      sentUp += resent
      const again = resent * calibration.cpu.publishMs
      if (outage.target === 'pop') comesBack(busy, outage, again, { event, venue, calibration })
      else work(busy, outage.endS, again)
    }
    cpuMsByMinute.set(day.index, busy)
  }
  return { venue, load, other: { egressBytes: 0, sentUp, cpuMsByMinute } }
}

/** What the PoP was to do while it is gone is done when it is back, and everybody who is there connects again. */
function comesBack(
  busy: Float64Array,
  { startS, endS }: OutageWindow,
  moreMs: number,
  { event, venue, calibration }: Pick<LoadedVenue, 'venue'> & { event: EventSpec; calibration: Calibration },
): void {
  const upS = endS + popStartOf(calibration).ms / 1000
  let heldMs = 0
  for (let m = Math.floor(startS / MINUTE_S); m < busy.length && m * MINUTE_S < upS; m++) {
    const share = (Math.min(upS, (m + 1) * MINUTE_S) - Math.max(startS, m * MINUTE_S)) / MINUTE_S
    const ms = (busy[m] as number) * share
    heldMs += ms
    busy[m] = (busy[m] as number) - ms
  }
  const [then] = minutesOf(event, venue, { startS: upS, endS: upS + 1 })
  work(busy, upS, heldMs + (then?.here ?? 0) * calibration.cpu.joinMs + moreMs)
}

/** From `atS` on, each minute has room for as much as one thread can do; what the day has no room for is in its last. */
function work(busy: Float64Array, atS: number, ms: number): void {
  const last = busy.length - 1
  let left = ms
  for (let m = Math.min(last, Math.floor(atS / MINUTE_S)); left > 0 && m <= last; m++) {
    const room = m === last ? left : Math.max(0, MINUTE_MS - (busy[m] as number))
    const done = Math.min(left, room)
    busy[m] = (busy[m] as number) + done
    left -= done
  }
}
