// A run's plan from event, topology and seed: who is there and on which link. What each does is in actions.ts.
import type { AccessClass, EventSpec, Segment } from '../../infra/event/event.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import { exponential, type Random, shuffle, stream } from '../engine/random.ts'
import type { OutageWindow } from '../run-result.ts'
import type { Topology, VenueTopology } from '../topology.ts'
import { accessTiers } from './access-tiers.ts'
import { drawArrivals } from './arrivals.ts'
import { dropEveryMsOf } from './devices.ts'
import { goesUp } from './goes-up.ts'
import type { AccessLink, LinkPlan, RunPlan, SessionPlan, Stage, VenuePlan } from './run-plan.ts'
import { actionsOf, dropsOf, type Stretch } from './session-draws.ts'
import { dayAt } from './show-day.ts'

/** Those who are there when a window begins connect over this time instead of all at once. */
const RAMP_MS = 5_000
/** Nobody acts before their session is up. */
const SETTLE_MS = 1_000

export interface PlanWindow {
  /** Seconds after the first day's show start; both within one day of the show. */
  startS: number
  endS: number
}

export interface PlanOptions {
  seed: number
  window: PlanWindow
  /** Outages of this run, relative to the window's start. */
  outages: OutageWindow[]
  /** Most sessions; more are thinned, and shared links scaled by the same share. Default: everyone. */
  sessionsMax?: number
  /** Default: the show. */
  stage?: Stage
}

interface Presence {
  venue: VenueTopology
  client: string
  fromS: number
  untilS: number
}

/** Errors: MP_WINDOW_EMPTY when nobody is there in the window. */
export function planRun(event: EventSpec, topology: Topology, options: PlanOptions): RunPlan {
  const { seed, window } = options
  const durationMs = (window.endS - window.startS) * 1000
  const links = topology.venues.flatMap((venue) =>
    accessTiers(event, venue, options.stage).map(({ link }) => link),
  )
  const present = topology.venues.map((venue) => presentIn(window, event, venue, seed))
  const kept = thin(present, options.sessionsMax ?? Number.POSITIVE_INFINITY, seed)
  const venues: VenuePlan[] = topology.venues.map((venue, i) => {
    const sessions = (kept[i] as Presence[]).length
    const share = sessions / Math.max(1, (present[i] as Presence[]).length)
    return {
      name: venue.venue,
      attendees: venue.attendees,
      sessions,
      uplink: scaled(venue.uplink, share),
      backupUplink: venue.backupUplink && scaled(venue.backupUplink, share),
    }
  })
  const stretches = segmentsIn(event, window).map(({ startMs, endMs, segment }): Stretch => {
    return { startMs, endMs, perMinute: event.engagement[segment.engagement] }
  })
  const sessions = kept.flat().map((presence) => planSession(presence, stretches, links, options))
  if (sessions.length === 0) {
    throw new InvalidInput(
      'MP_WINDOW_EMPTY',
      `nobody is at ${event.name} between ${window.startS} s and ${window.endS} s after the start`,
      'Choose an outage or a window while attendees are there.',
      { file: event.file },
    )
  }
  return {
    event: event.name,
    stage: options.stage ?? 'show',
    seed,
    window,
    durationMs,
    venues,
    links,
    sessions: sessions.sort((a, b) => a.startMs - b.startMs),
    outages: options.outages,
    page: event.page,
    goesUp: goesUp(event.channels),
  }
}

function scaled({ rateBps, rttMs }: LinkPlan, share: number): LinkPlan {
  return { rateBps: rateBps * (share || 1), rttMs }
}

/** The outages of the event that fall into a window of the day, relative to its start. */
export function outagesIn(event: EventSpec, window: PlanWindow): OutageWindow[] {
  return (event.outage?.steps ?? [])
    .map(({ venue, target, startS, durationS }) => ({
      venue,
      target,
      startS: startS - window.startS,
      endS: startS + durationS - window.startS,
    }))
    .filter((outage) => outage.endS > 0 && outage.startS < window.endS - window.startS)
}

function presentIn(window: PlanWindow, event: EventSpec, venue: VenueTopology, seed: number): Presence[] {
  const { index: day, startS: dayStartS } = dayAt(event, window.startS)
  const random = stream(seed, 'arrivals', venue.venue, day)
  const arrivals = drawArrivals(event.arrivals.perMinute, event.dayS, venue.attendees, random)
  return Array.from(arrivals, (arrivalS, i) => {
    const client = `${venue.venue}-${day}-${i}`
    const stayS = venue.stayS === null ? event.dayS : exponential(stream(seed, 'stay', client), venue.stayS)
    const fromS = dayStartS + arrivalS
    return { venue, client, fromS, untilS: Math.min(fromS + stayS, dayStartS + event.dayS) }
  }).filter(({ fromS, untilS }) => fromS < window.endS && untilS > window.startS)
}

/** Keeps at most `max` over all venues, each venue in proportion, chosen by seed. */
function thin(present: Presence[][], max: number, seed: number): Presence[][] {
  const total = present.reduce((sum, venue) => sum + venue.length, 0)
  if (total <= max) return present
  let left = max
  let rest = total
  return present.map((venue) => {
    const keep = rest === 0 ? 0 : Math.round((venue.length * left) / rest)
    left -= keep
    rest -= venue.length
    return shuffle([...venue], stream(seed, 'thin', venue[0]?.venue.venue ?? '')).slice(0, keep)
  })
}

function planSession(
  { venue, client, fromS, untilS }: Presence,
  stretches: readonly Stretch[],
  links: readonly AccessLink[],
  { seed, window }: PlanOptions,
): SessionPlan {
  const random = stream(seed, 'session', client)
  const arrivesInWindow = fromS >= window.startS
  const startMs = arrivesInWindow ? (fromS - window.startS) * 1000 : random() * RAMP_MS
  const endMs = (Math.min(untilS, window.endS) - window.startS) * 1000
  const settledMs = startMs + SETTLE_MS
  const pageAtMs = arrivesInWindow && endMs > settledMs ? settledMs : null
  const { link, access } = drawLink(venue, links, random)
  return {
    client,
    venue: venue.venue,
    link,
    startMs,
    endMs: Math.max(endMs, startMs),
    actions: actionsOf({ seed, client, stretches, fromMs: settledMs, untilMs: endMs, pageAtMs }),
    dropsAtMs: dropsOf(
      { seed, client, fromMs: settledMs, untilMs: endMs - SETTLE_MS },
      dropEveryMsOf(access),
    ),
  }
}

function drawLink(
  venue: VenueTopology,
  links: readonly AccessLink[],
  random: Random,
): { link: string; access: AccessClass } {
  const at = random()
  let below = 0
  const access = (venue.access.find(({ share }) => {
    below += share
    return at < below
  }) ?? venue.access.at(-1)) as AccessClass
  const tiers = links.filter(
    (link) =>
      link.venue === venue.venue &&
      link.technology === access.technology &&
      link.signal === access.signal &&
      link.device === access.device,
  )
  return { link: (tiers[Math.floor(random() * tiers.length)] as AccessLink).id, access }
}

/** The segments of the run of show that overlap the window, in ms after its start. */
export function segmentsIn(
  event: EventSpec,
  window: PlanWindow,
): { startMs: number; endMs: number; segment: Segment }[] {
  const day = dayAt(event, window.startS)
  return event.runOfShow
    .map((segment) => {
      const startS = day.startS + segment.startS - window.startS
      return { startMs: startS * 1000, endMs: (startS + segment.durationS) * 1000, segment }
    })
    .filter(({ startMs, endMs }) => endMs > 0 && startMs < (window.endS - window.startS) * 1000)
}
