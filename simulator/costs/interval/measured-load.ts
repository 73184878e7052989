// The load of a venue as the twin counted it on one day, in place of the formulas' figures.
import type { Calibration } from '../../calibration/calibration.ts'
import type { DayFigures } from '../../monte-carlo/run-day.ts'
import { batchBytesOf, type LoadedVenue } from '../../surrogate/surrogate.ts'

export type MeasuredDay = DayFigures['usage']

/** Each of the event's days is as the one that the twin ran; the processor's time keeps its course over the day. */
export function measuredLoad(
  { venue, load }: LoadedVenue,
  usage: MeasuredDay,
  calibration: Calibration,
): LoadedVenue {
  const counted = (meter: string) =>
    usage.find((of) => of.urn === venue.urn && of.meter === meter)?.quantity ?? 0
  const expectedMs = load.cpuMsByMinute.reduce((sum, ms) => sum + ms, 0)
  const times = expectedMs === 0 ? 0 : (counted('cpu-time') * 3_600_000) / expectedMs
  return {
    venue,
    load: {
      ...load,
      egressBytes: counted('attendee-egress') * 1e9,
      synced: (counted('uplink-sent') * 1e9) / batchBytesOf(calibration),
      cpuMsByMinute: load.cpuMsByMinute.map((ms) => ms * times),
    },
  }
}
