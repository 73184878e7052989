// What the attendees of a venue do in a window of the day, minute by minute and in expectation.
import type { EventSpec } from '../../infra/event/event.ts'
import type { VenueTopology } from '../topology.ts'
import { meanDropEveryMs } from '../workload/devices.ts'
import { attendanceByMinute } from './attendance.ts'

/** One minute of the day, or the part of it that the window has. Counts are expected ones. */
export interface Minute {
  overS: number
  /** Sessions at once. */
  here: number
  chats: number
  votes: number
  pages: number
  /** Sessions that connect, for the first time or again after a drop. */
  joins: number
}

/** `startS`, `endS`: seconds after the start of the show's day. Default: all of it. */
export function minutesOf(
  event: Pick<EventSpec, 'dayS' | 'arrivals' | 'engagement' | 'runOfShow'>,
  venue: Pick<VenueTopology, 'attendees' | 'stayS' | 'access'>,
  window = { startS: 0, endS: event.dayS },
): Minute[] {
  const minutes = Math.max(1, Math.round(event.dayS / 60))
  const present = attendanceByMinute(event.arrivals.perMinute, minutes, venue.attendees, venue.stayS)
  const dropEveryMs = meanDropEveryMs(venue.access)
  const kept = venue.stayS === null ? 1 : Math.exp(-60 / venue.stayS)
  return Array.from(present, (here, m): Minute | null => {
    const overS = Math.min(window.endS, (m + 1) * 60) - Math.max(window.startS, m * 60)
    if (overS <= 0) return null
    const share = overS / 60
    const rates = event.engagement[segmentAt(event, m * 60).engagement]
    const arrived = here - (m === 0 ? 0 : (present[m - 1] as number) * kept)
    return {
      overS,
      here,
      chats: here * rates.chat * share,
      votes: here * rates.vote * share,
      // Who arrives reads a page first.
      pages: (here * rates.page + arrived) * share,
      joins: (arrived + (here * 60_000) / dropEveryMs) * share,
    }
  }).filter((minute) => minute !== null)
}

function segmentAt(event: Pick<EventSpec, 'runOfShow'>, atS: number): EventSpec['runOfShow'][number] {
  const found = event.runOfShow.find(({ startS, durationS }) => atS >= startS && atS < startS + durationS)
  return found ?? (event.runOfShow.at(-1) as EventSpec['runOfShow'][number])
}
