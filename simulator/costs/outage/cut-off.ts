// Whom an outage cuts off, and when: with the event's PoPs, and without any.
import type { EventSpec, OutageTarget, Venue } from '../../../infra/event/event.ts'
import { STATED_POP_START_MS } from '../../models/pop-start.ts'
import { minutesOf } from '../../surrogate/minutes.ts'
import { dayAt } from '../../workload/show-day.ts'

/** Seconds after the start of a day's show. */
export interface Span {
  startS: number
  endS: number
}

export type Cuttable = Pick<
  EventSpec,
  'venues' | 'outage' | 'startMs' | 'timezone' | 'days' | 'dayS' | 'arrivals' | 'engagement' | 'runOfShow'
>

/** What cuts off who is at a venue: that its links are gone, or that its PoP is. */
export interface CutOff {
  links: boolean
  pop: boolean
}

/** Wherever a PoP stands, its uplink leads to central: the show goes on without it, as it does in the twin. */
export const WITH_POPS: CutOff = { links: false, pop: true }
export const WITHOUT_POPS: CutOff = { links: true, pop: false }

export interface CutOffPeople {
  /** Seconds of attendees, summed over them. */
  attendeeSeconds: number
  /** Chats and votes that they would have sent meanwhile. */
  messages: number
}

/** Expected, over all venues and days. */
export function peopleCutOff(event: Cuttable, cutOff: CutOff): CutOffPeople {
  const minutes = event.venues.flatMap((venue) =>
    cutsAt(event, venue, cutOff)
      .flat()
      .flatMap((span) => minutesOf(event, venue, span)),
  )
  return {
    attendeeSeconds: minutes.reduce((sum, { here, overS }) => sum + here * overS, 0),
    messages: minutes.reduce((sum, { chats, votes }) => sum + chats + votes, 0),
  }
}

/** When nobody at a venue is served: for each day that has an outage there, its seconds after the day's start. */
export function cutsAt(event: Cuttable, venue: Venue, { links, pop }: CutOff): Span[][] {
  const own = (event.outage?.steps ?? []).filter((step) => step.venue === venue.name)
  const byDay = Map.groupBy(own, ({ startS }) => dayAt(event, startS).startS)
  return [...byDay].map(([dayS, steps]) => {
    const of = (target: OutageTarget, moreS = 0) =>
      merged(
        steps
          .filter((step) => step.target === target)
          .map(({ startS, durationS }) => ({
            startS: startS - dayS,
            endS: startS - dayS + durationS + moreS,
          })),
      )
    const unlinked = venue.backupUplink === null ? of('uplink') : both(of('uplink'), of('backup-uplink'))
    return merged([...(links ? unlinked : []), ...(pop ? of('pop', STATED_POP_START_MS / 1000) : [])])
  })
}

function merged(spans: Span[]): Span[] {
  const all: Span[] = []
  for (const span of spans.toSorted((a, b) => a.startS - b.startS)) {
    const last = all.at(-1)
    if (last && span.startS <= last.endS) last.endS = Math.max(last.endS, span.endS)
    else all.push({ ...span })
  }
  return all
}

export function both(some: readonly Span[], others: readonly Span[]): Span[] {
  return some
    .flatMap((a) =>
      others.map((b) => ({ startS: Math.max(a.startS, b.startS), endS: Math.min(a.endS, b.endS) })),
    )
    .filter(({ startS, endS }) => startS < endS)
}
