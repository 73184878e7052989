// How the factors that make one possible day differ from another are called and written.
import type { Spread, Uncertainty } from '../infra/event/event.ts'
import type { FactorEnd, FactorSwing, Tornado } from '../simulator/monte-carlo/monte-carlo-result.ts'
import type { SpotShare } from '../simulator/uncertainty/spot-share-result.ts'
import { formatPercent, formatSeconds } from './format.ts'
import { plain } from './plain-text.ts'

const NAMES: Record<string, string> = {
  attendance: 'Attendance',
  engagement: 'Engagement',
  'outage-happens': 'Outage',
  'outage-start': 'Start of the outage',
  'outage-duration': 'Length of the outage',
  credits: 'CPU credits at start',
  overrun: 'Overrun of the show',
  'spot-price': 'Spot price',
}

export function factorName(factor: FactorSwing['factor']): string {
  const [, venue] = /^spot\/(.*)$/.exec(factor) ?? []
  return venue === undefined ? (NAMES[factor] ?? factor) : `Spot machine of ${plain(venue)}`
}

/** Where a factor stands: `+10 %` of the plan, `10 min earlier`. */
export function standing(factor: FactorSwing['factor'], { at }: Pick<FactorEnd, 'at'>): string {
  switch (factor) {
    case 'outage-happens':
      return at === 1 ? 'happens' : 'does not'
    case 'outage-start':
      return at === null || at === 0
        ? 'as planned'
        : `${formatSeconds(Math.abs(at))} ${at < 0 ? 'earlier' : 'later'}`
    case 'overrun':
      return at === null || at === 0 ? 'on time' : `${formatSeconds(at)} over`
    case 'credits':
      return at === null ? '' : `${share(at)} of earned`
    case 'attendance':
    case 'engagement':
    case 'outage-duration':
    case 'spot-price':
      return at === null ? '' : formatPercent(at - 1)
    default:
      return at === null ? 'stays' : `goes after ${formatSeconds(at)}`
  }
}

/** Figures whose factors are shown; the JSON has all. */
export const TORNADOS_SHOWN: Tornado['id'][] = [
  'ack-p99',
  'delivery-p99',
  'page-p50',
  'recovery',
  'backlog-peak',
]

/** The factors that move the figure at all, the widest first; both ends measured. */
export function movingSwings({ base, swings }: Tornado): FactorSwing[] {
  if (base === null) return []
  return swings.filter(
    ({ low, high }) =>
      low.value !== null && high.value !== null && (low.value !== base || high.value !== base),
  )
}

/** Spearman's, with what the factor is listed under; empty where it cannot be told. */
export function correlationText(correlation: number | null): string {
  return correlation === null ? '' : `rank correlation ${correlation.toFixed(2)}`
}

/** What was assumed of a day, a line each. */
export function assumptions(
  { attendance, engagement, outage, credits, overrun }: Uncertainty,
  spotShares: readonly SpotShare[],
): string[] {
  return [
    `Attendance ${spreadText(attendance)}, engagement ${spreadText(engagement)} of what is planned.`,
    `The outage happens on ${share(outage.probability)} of days, starts ${offsetText(outage.start)} and lasts ${spreadText(outage.duration)} of what is planned.`,
    `Of the CPU credits earned before the show ${share(credits.least)} to ${share(credits.most)} are left.`,
    ...spotShareTexts(spotShares),
    ...(overrun.within === 0 ? [] : [overrunText(overrun)]),
  ]
}

export function overrunText({ within, distribution }: Uncertainty['overrun']): string {
  const days = distribution === 'normal' ? ', on eight days in ten' : ''
  return `Each day of the show runs over by ${formatSeconds(within)} at most${days} (${distribution}), and everything stands as much longer.`
}

/** `95 %`, to a tenth where it is needed. */
export function share(of: number): string {
  return `${Number((of * 100).toFixed(1))} %`
}

export function spreadText({ within, distribution }: Spread): string {
  return `within ${share(within)} (${distribution})`
}

function offsetText({ within, distribution }: Uncertainty['outage']['start']): string {
  return `within ${formatSeconds(within)} (${distribution})`
}

/** How many spot machines are taken back in a month, with who says so: a line each, those that say the same once. */
export function spotShareTexts(shares: readonly SpotShare[]): string[] {
  return [...new Set(shares.map(spotShareText))]
}

function spotShareText(spot: SpotShare): string {
  const { region, instanceType, least, most, openEnded, expected, from, source } = spot
  if (from === 'stated')
    return `${share(expected)} of spot machines are taken back in a month, as the event file states.`
  const machines = `${instanceType} on spot in ${region}`
  if (source === null)
    return `How many ${machines} are taken back is not known: ${share(expected)} in a month are assumed.`
  const band = openEnded
    ? `more than ${share(least)}, counted as ${share(least)} to ${share(most)},`
    : `${share(least)} to ${share(most)}`
  return `Of ${machines} ${band} are taken back in a month (${source.id}, ${source.date}).`
}
