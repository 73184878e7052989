// What sponsors are expected to pay: expected attendance by minute, their reach, where and when they are shown.
import type { EventSpec, Sponsor, Venue } from '../../../infra/event/event.ts'
import { minutesOf } from '../../surrogate/minutes.ts'
import { amountOf, type Decimal, decimalText } from '../money.ts'
import {
  both,
  type CutOff,
  type Cuttable,
  cutsAt,
  type Span,
  WITH_POPS,
  WITHOUT_POPS,
} from '../outage/cut-off.ts'
import type {
  LostIncome,
  SponsorIncome,
  SponsorIncomeLine,
  SponsorLoss,
  SponsorUse,
} from './sponsor-income-result.ts'

type Income = Cuttable & Pick<EventSpec, 'sponsors'>

/**
 * Every day has the same expectation. An outage happens on its day alone: it cuts off who joins a PoP that is killed, until it
 * is there again; without PoPs, everybody at a venue for as long as no uplink of it is left.
 */
export function sponsorIncome(event: Income): SponsorIncome {
  const uses = usesOf(event)
  const sponsors = event.sponsors.map((sponsor) => incomeFrom(sponsor, msOf(uses, sponsor)))
  const lost = (cutOff: CutOff): LostIncome => {
    const losses = lossesOf(event, uses, cutOff)
    const ms = losses.reduce((sum, { goneMs }) => sum + goneMs, 0)
    const income = losses.reduce((sum, { loss }) => sum + loss.income, 0n)
    return { userSeconds: decimalText(secondsIn(ms)), income }
  }
  const outage = event.outage && {
    name: event.outage.name,
    withPops: lost(WITH_POPS),
    withoutPops: lost(WITHOUT_POPS),
  }
  return { sponsors, uses, total: sumOf(sponsors), outage }
}

/** What the event's outage takes from each sponsor's payment. */
export function lostToOutage(event: Income, cutOff: CutOff): SponsorLoss[] {
  return lossesOf(event, usesOf(event), cutOff).map(({ loss }) => loss)
}

function usesOf(event: Income): SponsorUse[] {
  return event.sponsors.flatMap((sponsor) =>
    event.venues.map(
      (venue): SponsorUse => ({
        sponsor: sponsor.name,
        venue: venue.name,
        userMs: event.days * userMs(event, sponsor, venue, shownIn(event, sponsor)),
      }),
    ),
  )
}

function lossesOf(
  event: Income,
  uses: readonly SponsorUse[],
  cutOff: CutOff,
): { goneMs: number; loss: SponsorLoss }[] {
  return event.sponsors.map((sponsor) => {
    const ms = msOf(uses, sponsor)
    const goneMs = lostMs(event, sponsor, cutOff)
    const [whole, left] = [incomeFrom(sponsor, ms), incomeFrom(sponsor, ms - goneMs)]
    const loss = {
      sponsor: sponsor.name,
      userSeconds: decimalText(secondsIn(goneMs)),
      perUserSecond: decimalText(rateOf(sponsor)),
      bound: left.bound ?? whole.bound,
      income: whole.income - left.income,
    }
    return { goneMs, loss }
  })
}

function incomeFrom(sponsor: Sponsor, ms: number): SponsorIncomeLine {
  const { name, minimum, cap } = sponsor
  const metered = amountOf(rateOf(sponsor), secondsIn(ms))
  const bound =
    minimum !== null && metered < minimum ? 'minimum' : cap !== null && metered > cap ? 'cap' : null
  const income = bound === null ? metered : ((bound === 'minimum' ? minimum : cap) as bigint)
  return { sponsor: name, userSeconds: decimalText(secondsIn(ms)), metered, bound, income }
}

function rateOf({ perUserSecond }: Sponsor): Decimal {
  return { digits: perUserSecond ?? 0n, scale: 12 }
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

function lostMs(event: Income, sponsor: Sponsor, cutOff: CutOff): number {
  const shown = shownIn(event, sponsor)
  return event.venues
    .flatMap((venue) => cutsAt(event, venue, cutOff).map((cut) => ({ venue, cut })))
    .map(({ venue, cut }) => userMs(event, sponsor, venue, both(cut, shown)))
    .reduce((sum, ms) => sum + ms, 0)
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
