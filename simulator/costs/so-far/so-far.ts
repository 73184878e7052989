// Spend so far: measured usage against what formulas expect of the same time, and the forecast with the difference.
import type { EventSpec } from '../../../infra/event/event.ts'
import { dayStarts, wallTime } from '../../../infra/event/zoned-time.ts'
import type { Calibration } from '../../calibration/calibration.ts'
import { cpuMsOf } from '../../calibration/cpu-cost.ts'
import type { Scenario } from '../../scenario.ts'
import { type Minute, minutesOf } from '../../surrogate/minutes.ts'
import { batchBytesOf, type LoadedVenue, usageOfLoads } from '../../surrogate/surrogate.ts'
import { venueLoad } from '../../surrogate/venue-load.ts'
import type { VenueTopology } from '../../topology.ts'
import type { Usage } from '../../usage.ts'
import { meanImageScale } from '../../workload/devices.ts'
import { frameBytes } from '../../workload/frames.ts'
import { goesUp } from '../../workload/goes-up.ts'
import { forecast } from '../forecast.ts'
import type { CostLine } from '../forecast-result.ts'
import { divideRounded } from '../money.ts'
import type { PriceBook } from '../price-book.ts'
import { eventWindow } from '../window.ts'
import { invalidUsage, type MeasuredUsage } from './read-usage.ts'
import type { MeasuredVenue, SoFar } from './so-far-result.ts'

const METERS = ['attendee-egress', 'uplink-sent', 'cpu-time'] as const
type Meter = (typeof METERS)[number]
/** Shares of usage in whole parts of it, so that money stays exact. */
const PARTS = 1_000_000_000

export interface MeasuredFrom {
  measured: MeasuredUsage
  /** Where it was read from, for messages. */
  file: string
}

export interface SoFarOptions extends MeasuredFrom {
  calibration: Calibration
  book: PriceBook
}

/**
 * Hours are billed as they pass, usage as it is measured; what was not measured until then, and what comes, is taken to
 * differ from the forecast as what was measured does. Errors: MP_USAGE_INVALID for usage of another event.
 */
export function soFar({ graph, event, topology }: Scenario, options: SoFarOptions): SoFar {
  const { measured, file, calibration, book } = options
  const { usages } = measured
  check(usages, topology.venues, event, file)
  const venues = topology.venues.map((venue) => ratiosOf(venue, event, measured, calibration))
  const loads = topology.venues.map((venue, i) => {
    const load = venueLoad(event, venue, calibration)
    const { egress, uplink, cpu } = venues[i] as MeasuredVenue
    return {
      venue,
      load: {
        ...load,
        egressBytes: load.egressBytes * (egress ?? 1),
        synced: load.synced * (uplink ?? 1),
        cpuMsByMinute: load.cpuMsByMinute.map((ms) => ms * (cpu ?? 1)),
      },
    }
  })
  const planned = topology.venues.map((venue) => ({ venue, load: venueLoad(event, venue, calibration) }))
  const priced = (of: readonly LoadedVenue[]) => {
    const used = usageOfLoads({ graph, topology, event, calibration, loads: of, creditsLeft: 1 })
    return forecast(graph, event, used, book)
  }
  const untilMs = Math.max(...usages.map(({ window }) => window.endMs))
  const [asPlanned, asMeasured] = [priced(planned), priced(loads)]
  const passed = passedBy(event, topology.venues, untilMs)
  return {
    untilMs,
    untilAt: wallTime(untilMs, event.timezone),
    venues,
    ignored: [
      ...new Set(usages.map(({ meter }) => meter).filter((meter) => !METERS.includes(meter as Meter))),
    ],
    spent: to(asMeasured.lines, passed),
    forecast: to(asPlanned.lines, passed),
    projected: asMeasured.total,
    total: asPlanned.total,
    budget:
      event.budget === null
        ? null
        : { limit: event.budget, outcome: asMeasured.total > event.budget ? 'over' : 'within' },
  }
}

function check(
  usages: readonly Usage[],
  venues: readonly VenueTopology[],
  event: EventSpec,
  file: string,
): void {
  const { startMs, endMs } = eventWindow(event)
  for (const { urn, meter, window } of usages) {
    if (METERS.includes(meter as Meter) && !venues.some((venue) => venue.urn === urn)) {
      throw invalidUsage(file, `${meter} is of ${urn}, which is no PoP of ${event.name}`)
    }
    if (window.startMs < startMs || window.endMs > endMs) {
      throw invalidUsage(file, `${meter} was measured outside the window of ${event.name}`)
    }
  }
}

function ratiosOf(
  venue: VenueTopology,
  event: EventSpec,
  { usages, share }: MeasuredUsage,
  calibration: Calibration,
): MeasuredVenue {
  const crowd = { ...venue, attendees: venue.attendees * share }
  const ratio = (meter: Meter, expectedOf: (minute: Minute) => number): number | null => {
    const found = usages.filter((usage) => usage.urn === venue.urn && usage.meter === meter)
    const counted = found.reduce((sum, { quantity }) => sum + quantity, 0)
    const expected = found
      .flatMap(({ window }) => minutesIn(event, crowd, window))
      .reduce((sum, minute) => sum + expectedOf(minute), 0)
    return found.length === 0 || expected === 0 ? null : counted / expected
  }
  const up = goesUp(event.channels)
  const { html, images } = calibration.pageBytes
  const pageBytes = html + images * meanImageScale(venue.access, event.page)
  return {
    venue: venue.venue,
    // As runs count it: what attendees receive of messages and pages, without frames around it.
    egress: ratio(
      'attendee-egress',
      ({ chats, here, pages }) => (chats * here * frameBytes.message + pages * pageBytes) / 1e9,
    ),
    uplink: ratio(
      'uplink-sent',
      ({ chats, votes }) =>
        (((up.chat ? chats : 0) + (up.vote ? votes : 0)) * batchBytesOf(calibration)) / 1e9,
    ),
    cpu: ratio(
      'cpu-time',
      ({ overS, here, chats, votes, joins, pages }) =>
        cpuMsOf(calibration.cpu, {
          overMs: overS * 1_000,
          joins,
          publishes: chats + votes,
          deliveries: chats * here,
          pages,
        }) / 3_600_000,
    ),
  }
}

/** What attendees do in the parts of a window that lie in a show. */
function minutesIn(
  event: EventSpec,
  venue: VenueTopology,
  window: { startMs: number; endMs: number },
): Minute[] {
  return dayStarts(event).flatMap((dayMs) => {
    const startS = Math.max(0, (window.startMs - dayMs) / 1_000)
    const endS = Math.min(event.dayS, (window.endMs - dayMs) / 1_000)
    return startS < endS ? minutesOf(event, venue, { startS, endS }) : []
  })
}

/** In `PARTS`: how much of the window has passed, and how much of what attendees do has been done. */
function passedBy(event: EventSpec, venues: readonly VenueTopology[], untilMs: number) {
  const window = eventWindow(event)
  const done = (endMs: number) =>
    venues
      .flatMap((venue) => minutesIn(event, venue, { startMs: window.startMs, endMs }))
      .reduce((sum, { here, overS }) => sum + here * overS, 0)
  const all = done(window.endMs)
  const parts = (share: number) => BigInt(Math.round(share * PARTS))
  return {
    time: parts((untilMs - window.startMs) / (window.endMs - window.startMs)),
    usage: parts(all === 0 ? 0 : done(untilMs) / all),
  }
}

function to(lines: readonly CostLine[], passed: { time: bigint; usage: bigint }): bigint {
  return lines.reduce((sum, { amount, quantitySource }) => {
    const parts = quantitySource === 'stated' ? passed.time : passed.usage
    return sum + divideRounded(amount * parts, BigInt(PARTS))
  }, 0n)
}
