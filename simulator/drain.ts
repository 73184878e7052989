// How long a PoP's drain takes at the event: what its pop.json says a reconnect costs, beside what the calibration found.
import { drainMs, reconnectsPerS } from '../runtime/broker/drain.ts'
import type { PopConfig } from '../runtime/pop-config.ts'
import type { Calibration } from './calibration/calibration.ts'
import { TLS_HANDSHAKE_MS } from './models/machine.ts'
import type { VenueTopology } from './topology.ts'
import { popConfigOf } from './twin-config.ts'

export interface DrainForecast {
  venue: string
  /** Everyone at once, which is the worst moment for a drain. */
  sessions: number
  reconnectsPerS: number
  tookS: number
  /** The process ends before the last has gone. */
  cutShort: boolean
}

/** Processor time of one session that comes back over TLS: its join, which runs measure without TLS, and a handshake. */
export function measuredReconnectMs({ cpu }: Pick<Calibration, 'cpu'>): number {
  return Number((cpu.joinMs + TLS_HANDSHAKE_MS).toFixed(1))
}

export function drainOf(
  venue: VenueTopology,
  { drain }: Pick<PopConfig, 'drain'> = popConfigOf(venue),
): DrainForecast {
  const ratePerS = reconnectsPerS(drain)
  const tookS = drainMs(venue.attendees, ratePerS) / 1_000
  const cutShort = tookS > drain.deadlineS
  return { venue: venue.venue, sessions: venue.attendees, reconnectsPerS: ratePerS, tookS, cutShort }
}
