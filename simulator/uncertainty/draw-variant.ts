// One possible day of an event: who comes, what they do, what fails and when, drawn from the event's uncertainty.
import type { EventSpec, OutageStep, Venue } from '../../infra/event/event.ts'
import { stream } from '../engine/random.ts'
import { dayAt } from '../workload/show-day.ts'
import { type Ec2Venue, isSpot, spotShareAt, spotShareOf } from './spot-share.ts'
import { factorAt, offsetAt } from './spread.ts'

/**
 * What makes one day differ from another; `spot/VENUE` for each venue on a spot machine, `spot-share/TYPE` for how often
 * machines of its type are taken back.
 */
export type FactorId =
  | 'attendance'
  | 'engagement'
  | 'outage-happens'
  | 'outage-start'
  | 'outage-duration'
  | 'credits'
  | 'overrun'
  | 'spot-price'
  | `spot-share/${string}`
  | `spot/${string}`

/** Where each factor stands in its distribution, in (0, 1). */
export type Levels = ReadonlyMap<FactorId, number>

export interface Factors {
  /** Of the attendees planned, at every venue. */
  attendance: number
  /** Of the rates planned, at every level of engagement. */
  engagement: number
  outageHappens: boolean
  /** Seconds; below zero earlier. */
  outageStartS: number
  /** Of the length planned. */
  outageDuration: number
  /** Share of the CPU credits earned until the show that machines have at its start. */
  credits: number
  /** For each spot machine the share of its type that is taken back in a month. */
  spotShares: { venue: string; perMonth: number }[]
  /** Spot machines that are taken back within 24 h, and how many seconds after the start of a day of the show. */
  spotInterruptions: { venue: string; atS: number }[]
  /** Whole minutes in seconds that each day of the show goes on after its planned end. */
  overrunS: number
  /** Of the price book's price, of every spot machine. */
  spotPrice: number
}

export interface Variant {
  /** With this day's attendees, rates and outage; `outage` is null where none happens. */
  event: EventSpec
  /** Those of `event`; none where none happens. */
  outages: OutageStep[]
  factors: Factors
}

const HOURS_A_MONTH = 730
const DAY_S = 86_400
const MINUTE_S = 60
/** The shortest outage that an outage file may have. */
const LEAST_OUTAGE_S = 1
/** Turns the 2³² values of a stream into the middles of as many equal parts: neither 0 nor 1. */
const HALF_STEP = 2 ** -33

/** The factors that can make a day of this event differ, in a fixed order. */
export function factorsOf(event: EventSpec): FactorId[] {
  const { uncertainty, outage, venues } = event
  const { attendance, engagement, outage: cut, credits, overrun } = uncertainty
  const ids: [FactorId, boolean][] = [
    ['attendance', attendance.within > 0],
    ['engagement', engagement.within > 0],
    ['outage-happens', outage !== null && cut.probability > 0 && cut.probability < 1],
    ['outage-start', outage !== null && cut.probability > 0 && cut.start.within > 0],
    ['outage-duration', outage !== null && cut.probability > 0 && cut.duration.within > 0],
    ['credits', credits.most > credits.least && venues.some(spendsCredits)],
    ['overrun', overrun.within > 0],
    ...venues
      .filter(isSpot)
      .map((venue): [FactorId, boolean] => [`spot/${venue.name}`, spotShareOf(event, venue).most > 0]),
  ]
  return ids.flatMap(([id, matters]) => (matters ? [id] : []))
}

/** The same, and those that move the cost of a day and nothing else of it. */
export function costFactorsOf(event: EventSpec): FactorId[] {
  const bids = event.venues.some((venue) => isSpot(venue) && venue.pop.maxPrice === null)
  const moves = bids && event.uncertainty.spot.price.within > 0
  return moves ? [...factorsOf(event), 'spot-price'] : factorsOf(event)
}

/** The day of `seed`. Each factor has a stream of its own: one that is changed or left out leaves the others as they were. */
export function drawVariant(event: EventSpec, seed: number): Variant {
  const level = (id: FactorId): [FactorId, number] => [id, stream(seed, 'uncertainty', id)() + HALF_STEP]
  return variantAt(event, new Map([...costFactorsOf(event), ...spotShareIdsOf(event)].map(level)))
}

/**
 * Where in its band a type's share of interruptions is: the same for all its machines. No factor of its own: by itself it
 * moves nothing, since a machine that is not drawn stays.
 */
function spotShareIdsOf(event: EventSpec): FactorId[] {
  const banded = event.venues.filter(isSpot).filter((venue) => {
    const { least, most } = spotShareOf(event, venue)
    return least < most
  })
  return [...new Set(banded.map(shareId))]
}

function shareId({ pop }: Ec2Venue): FactorId {
  return `spot-share/${pop.instanceType}`
}

/** The day on which every factor stands at its level; one that is not named stands as planned. */
export function variantAt(event: EventSpec, levels: Levels): Variant {
  const { uncertainty, outage } = event
  const { attendance, engagement, credits, spot } = uncertainty
  const at = (id: FactorId) => levels.get(id) ?? 0.5
  const spotShares = event.venues.filter(isSpot).map((venue) => {
    const perMonth = spotShareAt(spotShareOf(event, venue), at(shareId(venue)))
    return { venue: venue.name, perMonth }
  })
  const factors: Factors = {
    attendance: factorAt(attendance, at('attendance')),
    engagement: factorAt(engagement, at('engagement')),
    outageHappens: outage !== null && happens(uncertainty.outage.probability, levels.get('outage-happens')),
    outageStartS: offsetAt(uncertainty.outage.start, at('outage-start')),
    outageDuration: factorAt(uncertainty.outage.duration, at('outage-duration')),
    credits: credits.least + (credits.most - credits.least) * at('credits'),
    spotShares,
    spotInterruptions: spotShares.flatMap(({ venue, perMonth }) => {
      const atS = interruptedAtS(perMonth, levels.get(`spot/${venue}`))
      return atS < DAY_S ? [{ venue, atS }] : []
    }),
    overrunS: overrunS(event, levels.get('overrun')),
    spotPrice: factorAt(spot.price, at('spot-price')),
  }
  const steps = outage !== null && factors.outageHappens ? moved(outage.steps, event, factors) : []
  return {
    event: {
      ...longer(event, factors.overrunS),
      venues: event.venues.map((venue) => ({
        ...venue,
        attendees: Math.max(1, Math.round(venue.attendees * factors.attendance)),
      })),
      engagement: scaled(event.engagement, factors.engagement),
      outage: outage !== null && factors.outageHappens ? { ...outage, steps } : null,
    },
    outages: steps,
    factors,
  }
}

/** Where nothing is drawn, an outage that may happen does. */
function happens(probability: number, level: number | undefined): boolean {
  return level === undefined ? probability > 0 : level < probability
}

/** Where nothing is drawn the show ends on time. Days of a show stay within the 24 h between their starts. */
function overrunS({ uncertainty, dayS }: EventSpec, level: number | undefined): number {
  if (level === undefined || uncertainty.overrun.within === 0) return 0
  const minutes = Math.round(offsetAt(uncertainty.overrun, (1 + level) / 2) / MINUTE_S)
  return Math.min(minutes, Math.floor((DAY_S - dayS) / MINUTE_S)) * MINUTE_S
}

/** The last segment goes on: nobody arrives any more, and who is there does as before. */
function longer(event: EventSpec, byS: number): EventSpec {
  if (byS === 0) return event
  const { runOfShow, arrivals, dayS } = event
  const after = new Array<number>(byS / MINUTE_S).fill(0)
  return {
    ...event,
    dayS: dayS + byS,
    runOfShow: runOfShow.map((segment, i) =>
      i === runOfShow.length - 1 ? { ...segment, durationS: segment.durationS + byS } : segment,
    ),
    arrivals: { ...arrivals, perMinute: [...arrivals.perMinute, ...after] },
  }
}

/**
 * Interruptions of a machine as a Poisson process with the rate at which the given share survives no month; where
 * nothing is drawn there is none.
 */
function interruptedAtS(perMonth: number, level: number | undefined): number {
  if (level === undefined || perMonth === 0) return Number.POSITIVE_INFINITY
  return (Math.log1p(-level) / Math.log1p(-perMonth)) * HOURS_A_MONTH * 3_600
}

/** The level at which a spot machine is taken back `atS` after the day's start. */
export function spotLevelAt(perMonth: number, atS: number): number {
  return -Math.expm1(Math.log1p(-perMonth) * (atS / 3_600 / HOURS_A_MONTH))
}

/** All steps start as much later and last as much longer, within their days of the show and until their link's next step. */
function moved(planned: readonly OutageStep[], event: EventSpec, factors: Factors): OutageStep[] {
  const steps = planned
    .map((step) => {
      const day = dayAt(event, step.startS)
      const latestS = day.startS + event.dayS - LEAST_OUTAGE_S
      const startS = Math.min(latestS, Math.max(day.startS, step.startS + factors.outageStartS))
      return { step, startS, untilS: day.startS + event.dayS }
    })
    .toSorted((a, b) => a.startS - b.startS)
  return steps.flatMap(({ step, startS, untilS }, i) => {
    const next = steps.slice(i + 1).find((other) => sameLink(other.step, step))
    const mostS = Math.min(untilS, next?.startS ?? untilS) - startS
    const durationS = Math.min(mostS, Math.max(LEAST_OUTAGE_S, step.durationS * factors.outageDuration))
    // Two steps that the day's start or end has moved onto each other are one.
    return durationS > 0
      ? [{ ...step, startS, durationS, rehearseS: Math.min(step.rehearseS, durationS) }]
      : []
  })
}

function sameLink(a: OutageStep, b: OutageStep): boolean {
  return a.venue === b.venue && a.target === b.target
}

function scaled(engagement: EventSpec['engagement'], factor: number): EventSpec['engagement'] {
  const entries = Object.entries(engagement).map(([level, { chat, vote, page }]) => [
    level,
    { chat: chat * factor, vote: vote * factor, page: page * factor },
  ])
  return Object.fromEntries(entries) as EventSpec['engagement']
}

function spendsCredits({ pop }: Venue): boolean {
  return pop.platform === 'ec2' && pop.creditMode !== null
}
