// What sponsors are expected to pay: expected attendance by minute, their reach, where and when they are shown.
import type { EventSpec, Sponsor, Venue } from '../../../infra/event/event.ts'
import { minutesOf } from '../../surrogate/minutes.ts'
import { amountOf, type Decimal, decimalText } from '../money.ts'
import type { LostIncome, SponsorIncome, SponsorIncomeLine, SponsorUse } from './sponsor-income-result.ts'

type Income = Pick<
  EventSpec,
  'sponsors' | 'venues' | 'outage' | 'days' | 'dayS' | 'arrivals' | 'engagement' | 'runOfShow'
>

/** Seconds after the start of a day's show. */
interface Span {
  startS: number
  endS: number
}

/**
 * Every day has the same expectation. An outage happens on its day alone: it cuts off who joins a PoP that is not in the hall,
 * for as long as no uplink of the venue is left; without PoPs, everybody there.
 */
export function sponsorIncome(event: Income): SponsorIncome {
  const uses = event.sponsors.flatMap((sponsor) =>
    event.venues.map(
      (venue): SponsorUse => ({
        sponsor: sponsor.name,
        venue: venue.name,
        userMs: event.days * userMs(event, sponsor, venue, shownIn(event, sponsor)),
      }),
    ),
  )
  const sponsors = event.sponsors.map((sponsor) => incomeFrom(sponsor, msOf(uses, sponsor)))
  const total = sumOf(sponsors)
  const lost = (isCut: (venue: Venue) => boolean): LostIncome => {
    const gone = event.sponsors.map((sponsor) => lostMs(event, sponsor, isCut))
    const left = event.sponsors.map((sponsor, i) =>
      incomeFrom(sponsor, msOf(uses, sponsor) - (gone[i] as number)),
    )
    const ms = gone.reduce((sum, each) => sum + each, 0)
    return { userSeconds: decimalText(secondsIn(ms)), income: total - sumOf(left) }
  }
  const outage = event.outage && {
    name: event.outage.name,
    withPops: lost(({ placement }) => placement !== 'on-site'),
    withoutPops: lost(() => true),
  }
  return { sponsors, uses, total, outage }
}

function incomeFrom(sponsor: Sponsor, ms: number): SponsorIncomeLine {
  const { name, perUserSecond, minimum, cap } = sponsor
  const metered = amountOf({ digits: perUserSecond ?? 0n, scale: 12 }, secondsIn(ms))
  const bound =
    minimum !== null && metered < minimum ? 'minimum' : cap !== null && metered > cap ? 'cap' : null
  const income = bound === null ? metered : ((bound === 'minimum' ? minimum : cap) as bigint)
  return { sponsor: name, userSeconds: decimalText(secondsIn(ms)), metered, bound, income }
}

function shownIn({ runOfShow, dayS }: Income, { segments }: Sponsor): Span[] {
  if (segments === null) return [{ startS: 0, endS: dayS }]
  return runOfShow
    .filter(({ name }) => segments.includes(name))
    .map(({ startS, durationS }) => ({ startS, endS: startS + durationS }))
}

/** Of one day, in whole ms. */
function userMs(event: Income, sponsor: Sponsor, venue: Venue, spans: readonly Span[]): number {
  if (sponsor.venues !== null && !sponsor.venues.includes(venue.name)) return 0
  const seconds = spans
    .flatMap((span) => minutesOf(event, venue, span))
    .reduce((sum, { here, overS }) => sum + here * overS, 0)
  return Math.round(seconds * sponsor.reach * 1_000)
}

function lostMs(event: Income, sponsor: Sponsor, isCut: (venue: Venue) => boolean): number {
  return event.venues
    .filter(isCut)
    .map((venue) => userMs(event, sponsor, venue, both(cutAt(event, venue), shownIn(event, sponsor))))
    .reduce((sum, ms) => sum + ms, 0)
}

/** When a venue has no uplink, on the day of the outage. */
function cutAt({ outage }: Income, venue: Venue): Span[] {
  const of = (target: 'uplink' | 'backup-uplink') =>
    merged(
      (outage?.steps ?? [])
        .filter((step) => step.venue === venue.name && step.target === target)
        .map(({ startS, durationS }) => ({ startS, endS: startS + durationS })),
    )
  return venue.backupUplink === null ? of('uplink') : both(of('uplink'), of('backup-uplink'))
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

function both(some: readonly Span[], others: readonly Span[]): Span[] {
  return some
    .flatMap((a) =>
      others.map((b) => ({ startS: Math.max(a.startS, b.startS), endS: Math.min(a.endS, b.endS) })),
    )
    .filter(({ startS, endS }) => startS < endS)
}

function msOf(uses: readonly SponsorUse[], { name }: Sponsor): number {
  return uses.reduce((sum, use) => sum + (use.sponsor === name ? use.userMs : 0), 0)
}

function sumOf(lines: readonly SponsorIncomeLine[]): bigint {
  return lines.reduce((sum, { income }) => sum + income, 0n)
}

function secondsIn(ms: number): Decimal {
  return { digits: BigInt(ms), scale: 3 }
}
