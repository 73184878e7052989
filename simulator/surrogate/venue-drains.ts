// What each outage of a venue leaves behind, by formula: the records that wait, how long they take, and what goes up twice.
import type { EventSpec } from '../../infra/event/event.ts'
import { CENTRAL_LIMITS } from '../../runtime/central/limits.ts'
import { WINDOW_FIRST_BYTES } from '../../runtime/queue/path-window.ts'
import { UPLINK_DEFAULTS } from '../../runtime/queue/uplink-options.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { serializationMs } from '../calibration/link-time.ts'
import type { OutageWindow } from '../run-result.ts'
import type { VenueTopology } from '../topology.ts'
import { goesUp } from '../workload/goes-up.ts'
import { type Minute, minutesOf } from './minutes.ts'
import { meanOf, pointsOfTable } from './mixture.ts'
import { type Drain, drainOf } from './outage-drain.ts'

export interface VenueOutages {
  event: EventSpec
  calibration: Calibration
  /** Seconds after the start of a day of the show. */
  window: { startS: number; endS: number }
  /** Relative to the window's start; those of other venues are left out. */
  outages: readonly OutageWindow[]
}

/** One for each outage of the venue; none where a second uplink carries on, for as long as that one is not cut too. */
export function venueDrains(of: VenueOutages, at: VenueTopology): Drain[] {
  const { calibration } = of
  const { uplink, backupUplink } = at
  const own = ownOutages(of, at)
  if (backupUplink && own.every(({ target }) => target === own[0]?.target)) return []
  const recordMs = serializationMs(calibration.uplinkBytesPerRecord, uplink.rateBps)
  const transactionMs = applyMeanMs(calibration)
  const drainRate = Math.min(1 / recordMs, CENTRAL_LIMITS.transactionRecords / transactionMs)
  return own.map((outage) => {
    const outageMs = (outage.endS - outage.startS) * 1000
    const rate = upwards(of.event, during(of, at, outage)) / outageMs
    return drainOf({ outageMs, rate, drainRate, rttMs: uplink.rttMs })
  })
}

/**
 * Records that leave and do not arrive, and so go up again: what is on its way when the link is cut, and what is sent
 * until the PoP gives the connection up, as far as its first window has room. A process that is killed sends nothing more.
 */
export function resentRecords(of: VenueOutages, at: VenueTopology, outage: OutageWindow): number {
  const { calibration, event } = of
  const { startS, endS, target } = outage
  const answerS = (at.uplink.rttMs + applyMeanMs(calibration)) / 1000
  const onItsWay = upwards(event, during(of, at, { startS: startS - answerS, endS: startS }))
  if (target === 'pop') return onItsWay
  const untilS = Math.min(endS, startS + UPLINK_DEFAULTS.deadAfterMs / 1000)
  const sent = upwards(event, during(of, at, { startS, endS: untilS }))
  const room = WINDOW_FIRST_BYTES / calibration.uplinkBytesPerRecord
  return Math.min(onItsWay + sent, Math.max(room, onItsWay))
}

export function ownOutages({ outages }: Pick<VenueOutages, 'outages'>, { venue }: VenueTopology) {
  return outages.filter((outage) => outage.venue === venue)
}

export function during(
  { event, window }: Pick<VenueOutages, 'event' | 'window'>,
  at: VenueTopology,
  { startS, endS }: Pick<OutageWindow, 'startS' | 'endS'>,
): Minute[] {
  return minutesOf(event, at, { startS: window.startS + startS, endS: window.startS + endS })
}

/** Records that central gets. */
export function upwards({ channels }: Pick<EventSpec, 'channels'>, minutes: readonly Minute[]): number {
  const { chat, vote } = goesUp(channels)
  return minutes.reduce((sum, { chats, votes }) => sum + (chat ? chats : 0) + (vote ? votes : 0), 0)
}

function applyMeanMs({ applyMs }: Pick<Calibration, 'applyMs'>): number {
  return meanOf(pointsOfTable(applyMs))
}
