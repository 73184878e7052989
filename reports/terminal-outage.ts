// What the event's outage costs, for the terminal: how PoPs come through it, each line with its reason, and the sum.
import type {
  Missed,
  OutageCost,
  OutageLine,
  OutageRecovery,
} from '../simulator/costs/outage/outage-cost-result.ts'
import { counted, formatCount, formatQuantity, formatSeconds, formatUsd, formatUsdChange } from './format.ts'
import { columns, plain, shortened, wrapped } from './plain-text.ts'

const WIDTH = 100
const WHAT_MAX = 44
/** Of differences, most of which are small. */
const PLACES = 6
export const NOTHING_IS_CUT = 'The event names no outage: nothing is cut, so nothing is added for one.'
const GONE: Record<NonNullable<OutageRecovery['target']>, string> = {
  uplink: 'without its uplink',
  'backup-uplink': 'without its second uplink',
  pop: 'without its PoP',
}

/** `sources`: their numbers in the footnotes, by id. */
export function outageLines(outage: OutageCost | null, sources: ReadonlyMap<string, number>): string[] {
  if (outage === null) return ['', NOTHING_IS_CUT]
  return [
    '',
    ...wrapped(plain(outageTitle(outage)), WIDTH),
    ...outage.recoveries.flatMap((recovery) =>
      wrapped(plain(recoveryText(recovery, outage.recoveries)), WIDTH, '  '),
    ),
    ...columns(
      [
        ['What it adds', 'Quantity', 'USD each', 'Amount', 'Rate from'],
        ...outage.lines.map((line) => [
          `  ${shortened(plain(whatOf(line)), WHAT_MAX)}`,
          `~ ${changeOf(line)} ${line.unit}`,
          line.rate,
          formatUsdChange(line.amount),
          sources.has(line.rateSource.id)
            ? `[${sources.get(line.rateSource.id)}]`
            : plain(line.rateSource.id),
        ]),
      ],
      [0, 4],
      2,
    ),
    ...reasonsOf(outage).flatMap((text) => wrapped(plain(text), WIDTH, '  ')),
    ...wrapped(sumText(outage), WIDTH),
    ...wrapped(missedText(outage), WIDTH),
  ]
}

export function outageTitle({ name, through, pairs }: OutageCost): string {
  const how =
    through === 'surrogate'
      ? 'by formulas'
      : `from the twin: the mean of ${counted(pairs, 'day')} with it and as many without, on the same seeds`
  return `What the outage ${name} costs where it happens as planned, ${how}`
}

export function recoveryText(of: OutageRecovery, all: readonly OutageRecovery[]): string {
  const { venue, target, day, goneS, backlog, drainS, recoveryS } = of
  const days = new Set(all.map((other) => other.day)).size
  const who = venue === null ? 'all PoPs' : venue
  const what = target === null ? 'cut' : GONE[target]
  const waiting =
    backlog === null ? 'a backlog that was not seen' : `${counted(Math.ceil(backlog), 'message')} at most`
  const after =
    drainS === null
      ? 'more comes than goes, or the day ends first'
      : `gone in ${formatSeconds(drainS)}${recoveryS === null ? '' : `, as before ${formatSeconds(recoveryS)} after it is back`}`
  return `${who}${days > 1 || day > 1 ? ` on day ${day}` : ''} ${what} for ${formatSeconds(goneS)}: ${waiting} wait, ${after}`
}

export function whatOf({ venue, description }: OutageLine): string {
  return venue === null ? description : `${venue}: ${description}`
}

export function changeOf({ quantity }: OutageLine): string {
  return formatQuantity(quantity, PLACES)
}

export function sourceOf({ rateSource }: OutageLine): string {
  return rateSource.date === 'stated' ? rateSource.id : `${rateSource.id}, ${rateSource.date}`
}

/** Why, once for all lines that have the same reason; then what has no amount. */
export function reasonsOf({ lines, throttled, unpriced, outside }: OutageCost): string[] {
  const byWhy = Map.groupBy(lines, ({ why }) => why)
  return [
    ...[...byWhy].map(([why, of]) => `${of.map(whatOf).join('; ')}: ${why}.`),
    ...throttled.map(
      ({ venue, minutes }) =>
        `${venue}: ${minutesText(minutes)} at the baseline of its machine, whose credits are not billed.`,
    ),
    ...unpriced.map(({ venue, description, why }) => `Not priced: ${description} (${venue}), ${why}.`),
    ...outside.map((what) => `Beyond what the formulas were compared with, so not verified: ${what}.`),
  ]
}

function minutesText(minutes: number): string {
  if (minutes === 0) return 'not a minute more'
  return `${formatSeconds(Math.abs(minutes) * 60)} ${minutes > 0 ? 'more' : 'less'}`
}

export function sumText({ bill, income, total, lines }: OutageCost): string {
  if (lines.length === 0) return 'In all nothing: no line of the bill and no sponsor is moved by it.'
  return `In all ${formatUsd(total)}, before tax: ${formatUsd(bill)} on the bill, ${formatUsd(income)} that sponsors do not pay. It is in no sum above.`
}

export function missedText({ missed: { withPops, withoutPops } }: OutageCost): string {
  return `Cut off by it: ${ofMissed(withPops)}. Without PoPs: ${ofMissed(withoutPops)}.`
}

function ofMissed({ attendeeSeconds, messages, income }: Missed): string {
  const who =
    Math.round(attendeeSeconds) === 0
      ? 'nobody'
      : `attendees for ${formatCount(Math.round(attendeeSeconds))} s in all, who meanwhile would send ${counted(Math.round(messages), 'message')}`
  return `${who}; ${formatUsd(income)} less from sponsors`
}
