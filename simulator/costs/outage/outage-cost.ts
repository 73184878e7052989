// What the event's outage costs: the same event priced with and without it, and what sponsors do not pay for it.
import type { EventSpec } from '../../../infra/event/event.ts'
import type { Calibration } from '../../calibration/calibration.ts'
import type { Scenario } from '../../scenario.ts'
import { outsideCompared } from '../../surrogate/compared-range.ts'
import { creditsOverEvent } from '../../surrogate/credits-over-event.ts'
import { type LoadedVenue, usageOfLoads } from '../../surrogate/surrogate.ts'
import { ownOutages, venueDrains } from '../../surrogate/venue-drains.ts'
import { venueLoad } from '../../surrogate/venue-load.ts'
import { forecast } from '../forecast.ts'
import type { CostLine, Forecast, UnpricedLine } from '../forecast-result.ts'
import { measuredLoad } from '../interval/measured-load.ts'
import { decimal, decimalText, minus, plus, ZERO } from '../money.ts'
import type { PriceBook } from '../price-book.ts'
import { lostToOutage } from '../sponsors/sponsor-income.ts'
import type { SponsorLoss } from '../sponsors/sponsor-income-result.ts'
import { type CutOff, peopleCutOff, WITH_POPS, WITHOUT_POPS } from './cut-off.ts'
import type { Missed, OutageCost, OutageLine, OutageRecovery } from './outage-cost-result.ts'
import { type OutageDay, outageDays } from './outage-days.ts'
import { loadWithOutage, outagesOf } from './outage-load.ts'
import type { TwinOutageDay } from './twin-pairs.ts'

export interface OutageCostOptions {
  calibration: Calibration
  book: PriceBook
  /** By formulas, without the outage. */
  cost: Forecast
  /** Days in the twin with and without the outage, for every day that has a step of it; null: by formulas. */
  twin: readonly TwinOutageDay[] | null
}

/**
 * Where the outage happens as the event file says. Both sides are metered and priced as the forecast is, so that a line's
 * difference is exact. null: the event names no outage.
 */
export function outageCost(
  { graph, event, topology }: Scenario,
  { calibration, book, cost, twin }: OutageCostOptions,
): OutageCost | null {
  if (event.outage === null) return null
  const days = outageDays(event)
  const expected = topology.venues.map((venue) => ({ venue, load: venueLoad(event, venue, calibration) }))
  const [before, after] =
    twin === null
      ? [expected, expected.map((of) => loadWithOutage(event, of, calibration, days))]
      : loadsOfTwin(expected, twin, calibration)
  const priced = (loads: readonly LoadedVenue[]) =>
    forecast(graph, event, usageOfLoads({ graph, topology, event, calibration, loads, creditsLeft: 1 }), book)
  const without = twin === null ? cost : priced(before)
  const withIt = priced(after)
  const through = twin === null ? 'surrogate' : 'twin'
  const venues = new Set(event.outage.steps.map(({ venue }) => venue))
  const why = (line: CostLine) => whyOf(line, through, event)
  const bill = changedLines(without.lines, withIt.lines, venues).map(
    ({ line, quantity, amount }): OutageLine => ({
      ...{ kind: 'bill', venue: line.venue, description: line.description, quantity, unit: line.unit },
      ...{ rate: line.rate, rateSource: line.rateSource, quantitySource: through, amount, why: why(line) },
    }),
  )
  const income = lostToOutage(event, WITH_POPS).map(lossLine)
  const sum = (lines: readonly OutageLine[]) => lines.reduce((total, { amount }) => total + amount, 0n)
  return {
    name: event.outage.name,
    through,
    pairs: twin?.[0]?.pairs ?? 0,
    recoveries:
      twin === null ? recoveriesOf(expected, event, calibration, days) : recoveriesOfTwin(twin, days),
    lines: [...bill, ...income],
    throttled: throttledMinutes(event, before, after, venues),
    missed: { withPops: missed(event, WITH_POPS), withoutPops: missed(event, WITHOUT_POPS) },
    unpriced: changedHoles(without.unpriced, withIt.unpriced),
    bill: sum(bill),
    income: sum(income),
    total: sum(bill) + sum(income),
    outside: twin === null ? outsideOf(expected, event) : [],
  }
}

/** The other days of the event are as the first of these would have been without the outage. */
function loadsOfTwin(
  expected: readonly LoadedVenue[],
  twin: readonly TwinOutageDay[],
  calibration: Calibration,
): [LoadedVenue[], LoadedVenue[]] {
  const [first] = twin
  if (first === undefined) throw new Error('the twin ran no day with the outage')
  const before = expected.map((of) => measuredLoad(of, first.without, calibration))
  const after = before.map((base, i): LoadedVenue => {
    const of = expected[i] as LoadedVenue
    const cpuMsByMinute = new Map<number, Float64Array>()
    let [egressBytes, sentUp] = [0, 0]
    for (const day of twin) {
      const [is, was] = [day.with, day.without].map((usage) => measuredLoad(of, usage, calibration).load)
      if (is === undefined || was === undefined) continue
      egressBytes += is.egressBytes - was.egressBytes
      sentUp += is.synced - was.synced
      cpuMsByMinute.set(day.index, is.cpuMsByMinute)
    }
    return { ...base, other: { egressBytes, sentUp, cpuMsByMinute } }
  })
  return [before, after]
}

interface Change {
  line: CostLine
  quantity: string
  amount: bigint
}

/** Lines that differ, and of the venues concerned those that an outage could have moved and did not. */
function changedLines(
  was: readonly CostLine[],
  is: readonly CostLine[],
  venues: ReadonlySet<string>,
): Change[] {
  const keyOf = ({ urn, description, rateId, rate }: CostLine) =>
    JSON.stringify([urn, description, rateId, rate])
  const [before, after] = [was, is].map((lines) => Map.groupBy(lines, keyOf)) as [
    Map<string, CostLine[]>,
    Map<string, CostLine[]>,
  ]
  const quantityOf = (lines: readonly CostLine[]) =>
    lines.reduce((sum, { quantity }) => plus(sum, decimal(quantity)), ZERO)
  const amountOf = (lines: readonly CostLine[]) => lines.reduce((sum, { amount }) => sum + amount, 0n)
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [then, now] = [before.get(key) ?? [], after.get(key) ?? []]
    const line = (now[0] ?? then[0]) as CostLine
    const quantity = decimalText(minus(quantityOf(now), quantityOf(then)))
    const amount = amountOf(now) - amountOf(then)
    const told = quantity !== '0' || amount !== 0n || (venues.has(line.venue) && couldMove(line))
    return told ? [{ line, quantity, amount }] : []
  })
}

function couldMove(line: CostLine): boolean {
  return isCredits(line) || isTransfer(line) || isLineRent(line)
}

function isCredits({ rateId }: CostLine): boolean {
  return rateId?.startsWith('ec2.surplus-credits.') ?? false
}

function isTransfer({ rateId }: CostLine): boolean {
  return rateId?.startsWith('transfer.intra-region') ?? false
}

/** As simulator/costs/meters/venue-pop.ts calls it. */
function isLineRent({ description }: CostLine): boolean {
  return description.startsWith('rent of the line')
}

function whyOf(line: CostLine, through: OutageCost['through'], { outage }: EventSpec): string {
  if (isLineRent(line)) return 'a rented line is paid by the day, whatever goes over it'
  if (through === 'twin') {
    return isCredits(line)
      ? 'what the processor does on the day of the outage, beside the same day without it'
      : 'what the twin counts on the day of the outage, beside the same day without it'
  }
  const killed = (outage?.steps ?? []).some(({ venue, target }) => venue === line.venue && target === 'pop')
  if (!isCredits(line)) return 'what is on its way when a link is cut goes up a second time'
  return killed
    ? 'all connect again, and what the PoP was to do while it was gone is done at once'
    : 'what goes up a second time costs the processor once more, at most; all else it does later, and no more'
}

function missed(event: EventSpec, cutOff: CutOff): Missed {
  const income = lostToOutage(event, cutOff).reduce((sum, loss) => sum + loss.income, 0n)
  return { ...peopleCutOff(event, cutOff), income }
}

function lossLine({ sponsor, userSeconds, perUserSecond, bound, income }: SponsorLoss): OutageLine {
  return {
    ...{ kind: 'income', venue: null, description: `user-seconds that ${sponsor} misses` },
    ...{ quantity: userSeconds, unit: 'user-second', rate: perUserSecond },
    ...{ rateSource: { id: 'event file', date: 'stated' }, quantitySource: 'surrogate', amount: income },
    why: bound === null ? WHY_MISSED : `${WHY_MISSED}; ${WHY_BOUND[bound]}`,
  }
}

const WHY_MISSED =
  'who joins a PoP does not see it while the PoP is gone; that its uplink is gone nobody there notices'
const WHY_BOUND = {
  minimum: 'the minimum is paid all the same',
  cap: 'without the outage the cap would have been passed',
} as const

function recoveriesOf(
  expected: readonly LoadedVenue[],
  event: EventSpec,
  calibration: Calibration,
  days: readonly OutageDay[],
): OutageRecovery[] {
  return days.flatMap((day) =>
    expected.flatMap(({ venue }) => {
      const of = outagesOf(event, calibration, day)
      const drains = venueDrains(of, venue)
      return ownOutages(of, venue).map(({ target, startS, endS }, i): OutageRecovery => {
        const drain = drains[i] ?? { backlog: 0, reconnectMs: 0, recoveryMs: 0 }
        const at = { venue: venue.venue, target, day: day.index + 1, goneS: endS - startS }
        if (!Number.isFinite(drain.recoveryMs)) {
          return { ...at, backlog: drain.backlog, drainS: null, recoveryS: null }
        }
        const { backlog, recoveryMs, reconnectMs } = drain
        return {
          ...at,
          backlog,
          drainS: (recoveryMs - reconnectMs) / 1000,
          recoveryS: recoveryMs / 1000,
        }
      })
    }),
  )
}

function recoveriesOfTwin(twin: readonly TwinOutageDay[], days: readonly OutageDay[]): OutageRecovery[] {
  return twin.map(({ index, backlog, drainS, recoveryS }) => ({
    venue: null,
    target: null,
    day: index + 1,
    goneS: (days.find((day) => day.index === index)?.outages ?? []).reduce(
      (sum, { startS, endS }) => sum + endS - startS,
      0,
    ),
    ...{ backlog, drainS, recoveryS },
  }))
}

function throttledMinutes(
  event: EventSpec,
  before: readonly LoadedVenue[],
  after: readonly LoadedVenue[],
  venues: ReadonlySet<string>,
): OutageCost['throttled'] {
  return after.flatMap((is, i) => {
    const { pop, venue } = is.venue
    if (!venues.has(venue) || pop.platform !== 'ec2' || pop.creditMode !== 'standard') return []
    const hours = (of: LoadedVenue) => creditsOverEvent(event, of, 1)?.throttledHours ?? 0
    return [{ venue, minutes: 60 * (hours(is) - hours(before[i] as LoadedVenue)) }]
  })
}

function changedHoles(was: readonly UnpricedLine[], is: readonly UnpricedLine[]): UnpricedLine[] {
  const key = ({ urn, description, quantity }: UnpricedLine) => JSON.stringify([urn, description, quantity])
  const known = new Set(was.map(key))
  return is.filter((line) => !known.has(key(line)))
}

function outsideOf(expected: readonly LoadedVenue[], { outage }: EventSpec): string[] {
  return outsideCompared({
    sessions: Math.round(Math.max(...expected.map(({ load }) => load.peakSessions))),
    busy: 0,
    outageS: Math.max(0, ...(outage?.steps ?? []).map(({ durationS }) => durationS)),
  })
}
