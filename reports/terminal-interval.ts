// What an event may cost for the terminal: the interval first, then the budget, what drives it, and what it leaves out.
import type { ForecastReport } from '../simulator/costs/forecast-report-result.ts'
import type { CostDriver, CostInterval, OverBudget } from '../simulator/costs/interval/interval-result.ts'
import type { Coverage } from '../simulator/costs/ledger/ledger-result.ts'
import { rarelyDrawn, staysAsPlanned } from './bill-assumptions.ts'
import { correlationText, factorName, share, standing } from './factors.ts'
import { counted, formatCount, formatUsd, formatUsdChange } from './format.ts'
import { columns, plain, wrapped } from './plain-text.ts'

const WIDTH = 100
const THROUGH = { surrogate: 'by formulas', twin: 'in the twin' } as const
const VERDICT: Record<OverBudget['outcome'], string> = {
  within: 'within the budget',
  over: 'OVER the budget',
  inconclusive: 'NOT TOLD: the interval of the chance reaches over one half',
  unknown: 'not known: something has no price',
}

type Interval = Pick<ForecastReport, 'anHourLonger' | 'coverage' | 'attendees'> & { interval: CostInterval }

export function intervalLines({ interval, anHourLonger, coverage, attendees }: Interval): string[] {
  const { quantiles, over, drivers, runs, seed, through, confidence } = interval
  return [
    ...columns([
      ['Before tax', 'Bill at most', `${share(confidence)} interval of it`, 'An attendee'],
      ...quantiles.map(({ p, value, low, high }) => [
        `P${Math.round(p * 100)}`,
        formatUsd(value),
        `${low === null ? '' : formatUsd(low)} to ${high === null ? 'not bounded' : formatUsd(high)}`,
        attendees > 0 ? formatUsd(value / BigInt(attendees)) : '',
      ]),
    ]),
    ...wrapped(
      `${formatCount(runs)} possible bills ${THROUGH[through]}, seeds ${seed} to ${seed + runs - 1}: machines as planned, used by those who may come. ${staysAsPlanned(interval)}; an hour more costs ${formatUsd(anHourLonger)}.`,
      WIDTH,
    ),
    ...budgetLines(over, runs),
    ...driverLines(drivers, interval.middle),
    ...rarelyDrawn(interval).flatMap((text) => wrapped(text, WIDTH)),
    ...outsideLines(interval),
    ...coverageLines(coverage),
    '',
  ]
}

function budgetLines(over: OverBudget | null, runs: number): string[] {
  if (over === null) return []
  const chance = `${share(over.runs / runs)} of bills are above ${formatUsd(over.limit)} (the chance is ${share(over.low)} to ${share(over.high)})`
  return wrapped(`${chance}: ${VERDICT[over.outcome]}.`, WIDTH)
}

function driverLines(drivers: readonly CostDriver[], middle: bigint): string[] {
  const moving = drivers.filter(({ low, high }) => low.value !== middle || high.value !== middle)
  if (moving.length === 0) return ['Nothing that is uncertain about the event moves its cost.']
  return [
    '',
    `What drives it: ${formatUsd(middle)} with everything in the middle, and one factor at each end`,
    ...columns(
      moving.map(({ factor, low, high, correlation }) => [
        `  ${factorName(factor)}`,
        standing(factor, low),
        formatUsdChange(low.value - middle),
        standing(factor, high),
        formatUsdChange(high.value - middle),
        correlationText(correlation),
      ]),
      [0],
    ),
  ]
}

function outsideLines({ outside, runs }: CostInterval): string[] {
  return outside.flatMap(({ what, runs: of }) =>
    wrapped(
      `Beyond what the formulas were compared with, so not verified: ${plain(what)} (${formatCount(of)} of ${formatCount(runs)} bills). \`--exact\` asks the twin.`,
      WIDTH,
    ),
  )
}

const COVERAGE: Record<Coverage['outcome'], string> = {
  'as-said': 'as eight in ten should be, as far as so many show',
  'too-narrow': 'FEWER than eight in ten: the intervals are too narrow',
  'too-wide': 'more than eight in ten: the intervals are too wide',
  unknown: '',
}

function coverageLines(coverage: Coverage): string[] {
  if (coverage.scored === 0)
    return ['No bill has been held against a forecast of the ledger yet: `micropop reconcile`.']
  return wrapped(scoredText(coverage), WIDTH)
}

/** Where at least one bill was scored. */
export function scoredText({ scored, inside, underP99, low, high, outcome }: Coverage): string {
  return `Of ${counted(scored, 'event')} with a bill ${formatCount(inside)} fell in P10 to P90 (${share(low)} to ${share(high)}), ${COVERAGE[outcome]}; ${formatCount(underP99)} under P99.`
}
