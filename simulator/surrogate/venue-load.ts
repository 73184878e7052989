// What a venue's PoP has to do, in expectation, minute by minute: formulas only, so that it answers in milliseconds.
import type { EventSpec } from '../../infra/event/event.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { cpuMsOf } from '../calibration/cpu-cost.ts'
import { FRAME_OVERHEAD_BYTES } from '../models/machine.ts'
import type { VenueTopology } from '../topology.ts'
import { frameBytes } from '../workload/frames.ts'
import { goesUp } from '../workload/goes-up.ts'
import { attendanceByMinute } from './attendance.ts'

export interface VenueLoad {
  /** One day of the show; every day has the same expectation. */
  publishes: number
  /** Of them, those that go on to central. */
  synced: number
  pages: number
  /** Bytes the PoP sends to attendees in a day. */
  egressBytes: number
  /** Processor time of each minute, ms. */
  cpuMsByMinute: Float64Array
  /** Most people present in any minute. */
  peakSessions: number
}

export function venueLoad(
  event: EventSpec,
  venue: Pick<VenueTopology, 'attendees' | 'stayS'>,
  { cpu, pageBytes }: Pick<Calibration, 'cpu' | 'pageBytes'>,
): VenueLoad {
  const minutes = Math.max(1, Math.round(event.dayS / 60))
  const present = attendanceByMinute(event.arrivals.perMinute, minutes, venue.attendees, venue.stayS)
  const cpuMsByMinute = new Float64Array(minutes)
  const upwards = goesUp(event.channels)
  const sum = { publishes: 0, synced: 0, pages: venue.attendees, deliveries: 0 }
  for (let m = 0; m < minutes; m++) {
    const here = present[m] as number
    const rates = event.engagement[segmentAt(event, m * 60).engagement]
    const chats = here * rates.chat
    const votes = here * rates.vote
    const publishes = chats + votes
    const pages = here * rates.page
    const deliveries = chats * here
    sum.publishes += publishes
    sum.synced += (upwards.chat ? chats : 0) + (upwards.vote ? votes : 0)
    sum.pages += pages
    sum.deliveries += deliveries
    // Joins are a hundredth of the whole: when they come does not matter.
    const joins = venue.attendees / minutes
    cpuMsByMinute[m] = cpuMsOf(cpu, { overMs: 60_000, joins, publishes, deliveries, pages })
  }
  return {
    publishes: sum.publishes,
    synced: sum.synced,
    pages: sum.pages,
    egressBytes:
      sum.deliveries * (frameBytes.message + FRAME_OVERHEAD_BYTES) +
      sum.publishes * (frameBytes.ack + FRAME_OVERHEAD_BYTES) +
      sum.pages * (pageBytes.html + pageBytes.images),
    cpuMsByMinute,
    peakSessions: present.reduce((a, b) => Math.max(a, b), 0),
  }
}

function segmentAt(event: EventSpec, atS: number): EventSpec['runOfShow'][number] {
  const found = event.runOfShow.find(({ startS, durationS }) => atS >= startS && atS < startS + durationS)
  return found ?? (event.runOfShow.at(-1) as EventSpec['runOfShow'][number])
}
