// A forecast for the terminal, in 100 columns: what each venue costs, what could not be priced, and the budget.
import type { ForecastReport } from '../simulator/costs/forecast-report-result.ts'
import type { CostLine, Forecast } from '../simulator/costs/forecast-result.ts'
import { share } from './factors.ts'
import { formatCount, formatInstant, formatQuantity, formatSeconds, formatUsd } from './format.ts'
import { columns, plain, shortened, wrapped } from './plain-text.ts'
import { approvedLines } from './terminal-approved.ts'
import { cheaperLines } from './terminal-cheaper.ts'
import { phaseLines, tailLines } from './terminal-event-window.ts'
import { intervalLines } from './terminal-interval.ts'
import { outageLines } from './terminal-outage.ts'
import { soFarLines } from './terminal-so-far.ts'

const WIDTH = 100
const DESCRIPTION_MAX = 48
const OUTCOME = {
  within: 'within the budget of',
  over: 'OVER the budget of',
  unknown: 'not known to be within the budget of',
} as const

/** Amounts are rounded for display one by one, so that a column may differ from its sum in the last cent. */
export function renderForecastText(forecast: ForecastReport): string {
  const sources = sourceNumbers(forecast.lines)
  const { interval, phases, tails, approved, outage } = forecast
  return `${[
    ...heading(forecast),
    ...(interval === null ? [] : intervalLines({ ...forecast, interval })),
    ...table(forecast, sources),
    '',
    ...totals(forecast),
    ...soFarLines(forecast.soFar),
    ...stale(forecast),
    ...cheaperLines(forecast.cheaper),
    ...unpriced(forecast),
    ...phaseLines(phases, forecast.timezone),
    ...tailLines(tails),
    ...outageLines(outage, sources),
    ...approvedLines(approved),
    '',
    ...footnotes(forecast, sources),
  ].join('\n')}\n`
}

function heading({ title, region, window, priceBook }: Forecast): string[] {
  const length = formatSeconds((window.endMs - window.startMs) / 1000)
  return [
    ...wrapped(`${plain(title)}: what it will cost in ${region}`, WIDTH),
    `${formatInstant(window.startMs)} to ${formatInstant(window.endMs)}, ${length}; prices gathered ${priceBook.date}`,
    '',
  ]
}

function table(forecast: Forecast, sources: Map<string, number>): string[] {
  const rows = venuesOf(forecast).flatMap((venue) => {
    const lines = forecast.lines.filter((line) => line.venue === venue)
    const missing = forecast.unpriced.filter((line) => line.venue === venue).length
    return [
      ['', '', '', '', ''],
      [
        shortened(plain(venue), DESCRIPTION_MAX),
        '',
        '',
        formatUsd(sum(lines)),
        missing > 0 ? `+ ${missing} not priced` : '',
      ],
      ...lines.map((line) => [
        `  ${shortened(plain(line.description), DESCRIPTION_MAX)}`,
        `${line.quantitySource === 'stated' ? '' : '~ '}${formatQuantity(line.quantity)} ${line.unit}`,
        line.rate,
        formatUsd(line.amount),
        `[${sources.get(line.rateSource.id)}]`,
      ]),
    ]
  })
  return columns([['Venue', 'Quantity', 'USD each', 'Amount', 'Rate from'], ...rows], [0, 4], 2)
}

function totals({ total, budget, attendees, vat, lines, interval }: ForecastReport): string[] {
  const each =
    attendees > 0 ? `, ${formatUsd(perHead(total, attendees))} for each of ${formatCount(attendees)}` : ''
  const off = lines.reduce((sum, { discount }) => sum + discount, 0n)
  return [
    `Total ${formatUsd(total)}${each}`,
    ...(off === 0n
      ? []
      : [`List price ${formatUsd(total + off)}, less ${formatUsd(off)} of agreed discounts`]),
    ...(vat === null
      ? []
      : [
          `With ${share(vat.share)} value-added tax ${formatUsd(total + vat.amount)}; all else is before tax`,
        ]),
    ...budgetOf(budget, interval),
  ]
}

/** The exit code is that of the possible bills, where there are some: the total alone may lie on the other side. */
function budgetOf(budget: Forecast['budget'], interval: ForecastReport['interval']): string[] {
  const bills = interval?.over?.outcome
  const differs = budget !== null && bills !== undefined && bills !== budget.outcome
  return [
    budget
      ? `This is ${OUTCOME[budget.outcome]} ${formatUsd(budget.limit)}${budget.outcome === 'unknown' ? ': not everything is priced' : ''}`
      : 'The event sets no budget',
    ...(differs ? ['The verdict is not that of the total, but of the possible bills above'] : []),
  ]
}

function stale({ staleRates: rates }: Forecast): string[] {
  const [oldest] = rates.map(({ rateSource }) => rateSource.date).sort()
  if (oldest === undefined) return []
  const share = formatUsd(rates.reduce((total, { amount }) => total + amount, 0n))
  const text = `WARNING: ${share} of it is at ${rates.length} ${rates.length === 1 ? 'rate' : 'rates'} older than half a year at the event's start, the oldest of ${oldest}; \`micropop prices refresh\` asks AWS for today's.`
  return wrapped(text, WIDTH)
}

function unpriced({ unpriced: lines }: Forecast): string[] {
  if (lines.length === 0) return []
  return [
    '',
    `Not priced, and not in the total (${lines.length})`,
    ...lines.flatMap(({ venue, type, description, quantity, unit, why }) => {
      const amount = quantity === null ? 'quantity unknown' : `${formatQuantity(quantity)} ${unit}`
      const text = `${venue}: ${description} of ${type || 'nothing in the graph'}, ${amount}: ${why}`
      return wrapped(plain(text), WIDTH, '  ')
    }),
  ]
}

function footnotes({ free, lines }: Forecast, sources: Map<string, number>): string[] {
  const resources = free.reduce((count, { count: each }) => count + each, 0)
  return [
    'Rates from (simulator/costs/price-book/sources.json says what each is)',
    ...[...sources].map(([id, number]) => `  [${number}] ${plain(id)}, ${datesOf(id, lines)}`),
    '~ estimated usage; without it, stated by the event. GB of bills are 2^30 bytes.',
    `${resources} resources of ${free.length} types cost nothing by themselves; --format json says why of each.`,
  ]
}

/** In the order of the lines. */
function venuesOf({ lines, unpriced: missing }: Forecast): string[] {
  return [...new Set([...lines, ...missing].map(({ venue }) => venue))]
}

function sourceNumbers(lines: CostLine[]): Map<string, number> {
  const ids = [...new Set(lines.map(({ rateSource }) => rateSource.id))].sort()
  return new Map(ids.map((id, i) => [id, i + 1]))
}

/** The oldest and the newest date of a source's rates in the forecast. */
function datesOf(id: string, lines: CostLine[]): string {
  const dates = lines.flatMap(({ rateSource }) => (rateSource.id === id ? [rateSource.date] : [])).sort()
  const [first, last] = [dates[0], dates.at(-1)]
  return first === last ? `${first}` : `${first} to ${last}`
}

function sum(lines: CostLine[]): bigint {
  return lines.reduce((total, { amount }) => total + amount, 0n)
}

/** To the nearest pico-dollar; the amount is not negative. */
function perHead(total: bigint, attendees: number): bigint {
  const heads = BigInt(attendees)
  return (total + heads / 2n) / heads
}
