// The cheapest way of buying for the terminal: what to write, what it was held against, and what it hangs on.
import type { Finalist, PlanLevel, PlanResult, VenuePlan } from '../simulator/plan/plan-result.ts'
import { spotShareTexts } from './factors.ts'
import { formatCount, formatMs, formatUsd, formatValue } from './format.ts'
import { columns, plain, wrapped } from './plain-text.ts'

const WIDTH = 100
const OUTCOME = { met: 'met', missed: 'MISSED', open: 'not shown' } as const

export function renderPlanText(result: PlanResult): string {
  return `${[
    ...headline(result).flatMap((text) => wrapped(plain(text), WIDTH)),
    '',
    ...result.venues.flatMap((venue) => [...venueLines(venue), '']),
    ...(result.chosen
      ? columns([
          ['Level', 'Limit', 'Days met', 'At least', 'Worst day'],
          ...result.chosen.levels.filter(({ days }) => days > 0).map(levelCells),
        ])
      : []),
    ...notes(result).flatMap((text) => wrapped(plain(text), WIDTH)),
  ].join('\n')}\n`
}

/** The answer, in sentences. */
export function headline(result: PlanResult): string[] {
  const { event, own, chosen, target, confidence, firstSeed, seeds, venues } = result
  const judged = venues.filter((venue) => venue.judged).map(({ venue }) => venue)
  const where = judged.length < venues.length ? ` at ${judged.join(', ')}` : ''
  const wanted = `each service level${where} on ${percent(target)} of days, with ${percent(confidence)} confidence from seeds ${firstSeed} to ${firstSeed + seeds - 1}`
  const ownText = own.outcome === 'missed' ? ' As the event file says, it misses its service levels.' : ''
  if (chosen === null) return [`${event}: nothing that was tried is shown to meet ${wanted}.${ownText}`]
  const saved = own.cost - chosen.cost
  const against =
    saved > 0n
      ? `${formatUsd(saved)} less than the ${formatUsd(own.cost)} of the event file`
      : saved < 0n
        ? `${formatUsd(-saved)} more than the ${formatUsd(own.cost)} of the event file`
        : 'as much as the event file'
  const shown = chosen.outcome === 'met' ? 'It meets' : 'Its venues together are not shown to meet'
  return [`${event}: ${formatUsd(chosen.cost)}, ${against}.${ownText}`, `${shown} ${wanted}.`]
}

export function levelCells({ level, limit, unit, days, met, low, worst }: PlanLevel): string[] {
  return [
    level,
    formatValue(limit, unit),
    `${met} of ${days}`,
    percent(low),
    worst === null ? 'not reached' : formatValue(worst, unit),
  ]
}

function venueLines({ venue, finalists, chosen }: VenuePlan): string[] {
  return columns(
    [
      [plain(venue), 'Event costs', 'Ack p99', 'Delivery p99', 'by formulas', 'Days', 'Levels'],
      ...finalists.map((finalist, i) => [
        `${i === chosen ? '→' : ' '} ${plain(finalist.what)}${finalist.own ? ' (as is)' : ''}`,
        formatUsd(finalist.cost),
        latency(finalist.twin.ackP99Ms),
        latency(finalist.twin.deliveryP99Ms),
        latency(finalist.formulas?.deliveryP99Ms ?? null),
        String(finalist.days),
        verdict(finalist),
      ]),
    ],
    [0],
    2,
  )
}

export function verdict({ outcome, levels }: Finalist): string {
  const failing = levels.filter(({ met, days }) => met < days)
  if (outcome === 'met') return OUTCOME[outcome]
  if (failing.length === 0) return 'met on all of them'
  return `${OUTCOME[outcome]}: ${failing.map(({ level, met, days }) => `${plain(level)} ${met} of ${days}`).join(', ')}`
}

/** What the answer hangs on, what was left out, and what is assumed. */
export function notes({ venues, chosen, together, twin }: PlanResult): string[] {
  const binds = chosen?.binds
  return [
    ...(binds
      ? [
          `Nearest to its limit: ${binds.level} at ${binds.venue}, ${binds.worst === null ? 'not reached' : formatValue(binds.worst, binds.unit)} on its worst day against ${formatValue(binds.limit, binds.unit)}.`,
        ]
      : []),
    ...venues.flatMap(shadow),
    ...venues.flatMap(({ venue, busy }) =>
      busy === null
        ? []
        : [
            `${venue} is busy for ${percent(busy.typical, 1)} of one core over the day; in the busiest minute its busiest thread for ${percent(busy.peak, 1)}, so that the peak may be ${(1 / busy.peak).toFixed(0)} times as high before it is full (by formulas).`,
          ],
    ),
    ...venues.filter(({ judged }) => !judged).map(lookedAt),
    ...venues.filter(({ judged }) => judged).map(searched),
    ...spotShareTexts(
      venues.flatMap(({ finalists }) => finalists.flatMap(({ spot }) => (spot === null ? [] : [spot]))),
    ),
    ...venues.flatMap(({ venue, kept }) => kept.map((text) => `Kept at ${venue}: ${text}.`)),
    ...(together
      ? [
          `Venues were tried one by one: they share only central, which is assumed not to slow. All together, ${together.met} of ${together.days} days met every level.`,
        ]
      : []),
    `${formatCount(twin.days)} days in the twin${twin.reached ? '; the bound of the search was reached, --seeds N lifts it' : ''}.`,
  ]
}

/** The next cheaper one, and why it is not the answer. */
function shadow({ venue, finalists, chosen }: VenuePlan): string[] {
  const next = chosen === null ? finalists[0] : finalists[chosen - 1]
  if (next === undefined) return []
  const which = chosen === null ? 'The cheapest' : 'The next cheaper'
  return [`${which} at ${venue} is ${next.what} for ${formatUsd(next.cost)}: ${verdict(next)}.`]
}

/** What was not searched, and on how many days that is known to be good. */
function lookedAt({ venue, finalists }: VenuePlan): string {
  const [own] = finalists
  const met = Math.min(...(own?.levels ?? []).filter(({ days }) => days > 0).map(({ met }) => met))
  return `${venue} has nothing to search and is kept: each level was met on at least ${met} of the ${own?.days ?? 0} days that were looked at, and nobody's load at the other venues reaches it but through central (assumed); simulate --runs judges it.`
}

function searched({ venue, searched: count, leftOut, points }: VenuePlan): string {
  const left = [
    [leftOut.unpriced, 'without a price'],
    [leftOut.missedByFormulas, 'missed a level by formulas'],
    [leftOut.outsideFormulas, 'beyond what formulas were compared with'],
    [points.filter(({ dominated }) => dominated).length, 'beaten by another in everything'],
  ] as const
  const told = left.flatMap(([n, why]) => (n > 0 ? [`${formatCount(n)} ${why}`] : []))
  return `${venue}: ${formatCount(count)} ways of buying${told.length === 0 ? '' : `, of which ${told.join(', ')}`}.`
}

function latency(ms: number | null): string {
  return ms === null ? '' : formatMs(ms)
}

function percent(share: number, places = 0): string {
  return `${(share * 100).toFixed(places)} %`
}
