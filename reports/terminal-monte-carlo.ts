// Many possible days of an event for the terminal, in 100 columns: quantiles, chances, and what they depend on.
import type {
  FigureSpread,
  LevelChance,
  MonteCarloResult,
  QuantileEstimate,
  Tornado,
} from '../simulator/monte-carlo/monte-carlo-result.ts'
import {
  assumptions,
  correlationText,
  factorName,
  movingSwings,
  share,
  standing,
  TORNADOS_SHOWN,
} from './factors.ts'
import { formatCount, formatSeconds, formatValue } from './format.ts'
import { limitText, OUTCOME_TEXT } from './headline.ts'
import { columns, plain, wrapped } from './plain-text.ts'

const WIDTH = 100
export const STOPPED: Record<MonteCarloResult['stopped'], string> = {
  asked: 'as many as asked for',
  tight: 'enough to know every service level and its 90th percentile to a tenth of its limit',
  most: 'the most that are run; some levels are not known as well as wanted',
}

/** `took`: seconds, and the command that repeats it. */
export function renderMonteCarloText(
  result: MonteCarloResult,
  took: { s: number; reproduce: string },
): string {
  const { days, firstSeed, window, uncertainty, confidence, target } = result
  return `${[
    ...wrapped(
      `${formatCount(days)} possible days of ${plain(result.event)}, ${formatSeconds(window.endS - window.startS)} each, seeds ${firstSeed} to ${firstSeed + days - 1}: ${STOPPED[result.stopped]}`,
      WIDTH,
    ),
    ...wrapped(
      `Outage: ${result.outage === null ? 'none' : plain(result.outage)}. ${assumptions(uncertainty, result.spotShares).join(' ')}`,
      WIDTH,
    ),
    '',
    ...columns([
      ['Figure', 'P10', 'P50', 'P90', 'P99', 'P90 is between'],
      ...result.figures.map(quantileRow),
    ]),
    '',
    ...columns(
      [
        ['Service level', 'Limit', 'Days', 'Met', `${share(confidence)} interval`, `${share(target)} wanted`],
        ...result.levels.map(chanceRow),
      ],
      [0, 5],
    ),
    ...result.tornados.flatMap(tornadoLines),
    ...outside(result),
    '',
    `Took ${formatSeconds(took.s)}. Again: ${plain(took.reproduce)}`,
  ].join('\n')}\n`
}

function quantileRow({ label, unit, quantiles, days }: FigureSpread): string[] {
  const p90 = quantiles.find(({ p }) => p === 0.9)
  const shown = quantiles.map(({ value }) => (value === null ? 'not seen' : formatValue(value, unit)))
  return [label, ...shown, p90 === undefined ? '' : between(p90, unit, days)]
}

export function between({ low, high }: QuantileEstimate, unit: FigureSpread['unit'], days: number): string {
  if (low === null && high === null) return `too few days (${days})`
  if (high === null) return `≥ ${formatValue(low, unit)}`
  return low === null
    ? `≤ ${formatValue(high, unit)}`
    : `${formatValue(low, unit)} and ${formatValue(high, unit)}`
}

function chanceRow(chance: LevelChance): string[] {
  const { level, days, met, low, high, outcome } = chance
  const limit = limitText({ ...chance, value: null })
  if (days === 0) return [plain(level), limit, '0', '', '', OUTCOME_TEXT.unknown.text]
  return [
    plain(level),
    limit,
    formatCount(days),
    share(met / days),
    `${share(low)} to ${share(high)}`,
    OUTCOME_TEXT[outcome].text,
  ]
}

function tornadoLines(tornado: Tornado): string[] {
  const { id, label, unit, base } = tornado
  if (!TORNADOS_SHOWN.includes(id)) return []
  const moving = movingSwings(tornado)
  if (moving.length === 0) return []
  return [
    '',
    `${label} as planned: ${formatValue(base, unit)}. With one factor at its 10th and its 90th percentile:`,
    ...columns(
      moving.map(({ factor, low, high, rankCorrelation }) => [
        `  ${factorName(factor)}`,
        standing(factor, low),
        formatValue(low.value, unit),
        standing(factor, high),
        formatValue(high.value, unit),
        correlationText(rankCorrelation),
      ]),
      [0],
    ),
  ]
}

function outside({ outsideRange, days }: MonteCarloResult): string[] {
  if (outsideRange.length === 0) return []
  return [
    '',
    'Beyond what the twin was calibrated on, where its figures are not verified:',
    ...outsideRange.flatMap(({ what, days: of }) =>
      wrapped(`${plain(what)} (${formatCount(of)} of ${formatCount(days)} days)`, WIDTH, '  '),
    ),
  ]
}
