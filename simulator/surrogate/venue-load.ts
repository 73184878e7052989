// What a venue's PoP has to do, in expectation, minute by minute: formulas only, so that it answers in milliseconds.
import type { EventSpec } from '../../infra/event/event.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { cpuMsOf } from '../calibration/cpu-cost.ts'
import { FRAME_OVERHEAD_BYTES } from '../models/machine.ts'
import type { VenueTopology } from '../topology.ts'
import { meanImageScale } from '../workload/devices.ts'
import { frameBytes } from '../workload/frames.ts'
import { goesUp } from '../workload/goes-up.ts'
import { type Minute, minutesOf } from './minutes.ts'

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
  venue: Pick<VenueTopology, 'attendees' | 'stayS' | 'access'>,
  { cpu, pageBytes }: Pick<Calibration, 'cpu' | 'pageBytes'>,
): VenueLoad {
  const minutes = minutesOf(event, venue)
  const upwards = goesUp(event.channels)
  const sum = (of: (minute: Minute) => number) => minutes.reduce((total, minute) => total + of(minute), 0)
  const publishes = sum(({ chats, votes }) => chats + votes)
  const pages = sum((minute) => minute.pages)
  const deliveries = sum(({ chats, here }) => chats * here)
  return {
    publishes,
    synced: sum(({ chats, votes }) => (upwards.chat ? chats : 0) + (upwards.vote ? votes : 0)),
    pages,
    egressBytes:
      deliveries * (frameBytes.message + FRAME_OVERHEAD_BYTES) +
      publishes * (frameBytes.ack + FRAME_OVERHEAD_BYTES) +
      pages * (pageBytes.html + pageBytes.images * meanImageScale(venue.access, event.page)),
    cpuMsByMinute: Float64Array.from(minutes, ({ overS, here, chats, votes, joins, pages }) =>
      cpuMsOf(cpu, {
        overMs: overS * 1000,
        joins,
        publishes: chats + votes,
        deliveries: chats * here,
        pages,
      }),
    ),
    peakSessions: minutes.reduce((most, { here }) => Math.max(most, here), 0),
  }
}
