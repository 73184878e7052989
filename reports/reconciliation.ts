// A reconciliation for the terminal, in 100 columns, and as CSV.
import type { Coverage } from '../simulator/costs/ledger/ledger-result.ts'
import type {
  Finding,
  Reason,
  Reconciliation,
  VarianceLine,
} from '../simulator/costs/reconcile/reconcile-result.ts'
import { renderCsv } from './csv.ts'
import { counted, exactDollars, formatCount, formatInstant, formatPercent, formatUsd } from './format.ts'
import { columns, plain, shortened, wrapped } from './plain-text.ts'

/** Accounts are those that the event's rows have. */
export const UNTAGGED_UNKNOWN =
  'Usage without a tag is listed for the accounts of the event, and no row says which those are'
const WIDTH = 100
const WHAT_MAX = 36
const FINDINGS_MAX = 60
export const REASONS: Reason[] = ['price', 'quantity', 'unforecast', 'missing', 'refund']
const CENT = 10n ** 10n
export const KINDS: Record<Finding['kind'], string> = {
  'charged-twice': 'charged twice',
  'missing-tag': 'missing tag',
  refund: 'refund',
  'price-change': 'price change',
  unforecast: 'unforecast',
  missing: 'missing',
  'no-venue-tag': 'no venue tag',
  'unknown-region': 'unknown region',
  'outside-window': 'outside the window',
}

export function renderReconciliationText(result: Reconciliation, coverage: Coverage | null): string {
  return `${[
    `${plain(result.event)}: the forecast (${result.forecastFrom}) against ${formatCount(result.matchedRows)} of ${counted(result.rows, 'row')}, ${result.format}`,
    `${formatInstant(result.window.startMs)} to ${formatInstant(result.window.endMs)}`,
    '',
    ...verdict(result),
    ...(coverage ? covered(coverage) : []),
    '',
    ...table(result),
    '',
    ...findings(result),
    ...aside(result),
  ].join('\n')}\n`
}

function verdict({ outcome, billed, forecast, rents, limits, parts }: Reconciliation): string[] {
  if (outcome === 'nothing') return ['Nothing on the bill carries the tag of the event at its time.']
  const of = limits.from === 'interval' ? 'P10 to P90' : 'the tolerance'
  const with_ = limits.from === 'interval' && rents > 0n ? ` with ${formatUsd(rents)} for venues` : ''
  return [
    `Billed ${formatUsd(billed)}, forecast ${formatUsd(forecast)}: ${signed(billed - forecast)}`,
    `This${with_} is ${outcome === 'within' ? 'within' : 'OUTSIDE'} ${of}, ${formatUsd(limits.low)} to ${formatUsd(limits.high)}`,
    REASONS.map((reason) => `${reason} ${signed(parts[reason])}`).join(', '),
  ]
}

function covered({ scored, inside, low, high }: Coverage): string[] {
  if (scored === 0) return ['No forecast of the ledger has been held against a bill yet']
  return [
    `Of ${counted(scored, 'forecast')} in the ledger ${inside} had their bill in P10 to P90; 80 % should: ${formatPercent(low)} to ${formatPercent(high)} by this many`,
  ]
}

/** Reasons with a cent or more of a line: less is what rounding leaves. */
export function partsOf({ parts }: Pick<VarianceLine, 'parts'>): [Reason, bigint][] {
  return REASONS.flatMap((reason) => (magnitude(parts[reason]) >= CENT ? [[reason, parts[reason]]] : []))
}

/** A cent or more of it is for some reason, even where reasons cancel out. */
export function differs(line: Pick<VarianceLine, 'parts'>): boolean {
  return partsOf(line).length > 0
}

/** How many resources are summed in a line; `''` where it is one. */
export function resourcesText({ resources: { forecast, billed } }: Pick<VarianceLine, 'resources'>): string {
  if (forecast <= 1 && (billed ?? 0) <= 1) return ''
  if (forecast === billed) return counted(forecast, 'resource')
  return `${counted(forecast, 'resource')} forecast, ${billed === null ? 'not said how many' : formatCount(billed)} billed`
}

/** Lines that differ by a cent or more; the others are counted. */
function table({ lines }: Reconciliation): string[] {
  const different = lines.filter(differs)
  const rows = different.map((line) => [
    shortened(plain(line.venue), 14),
    shortened(plain(line.what), WHAT_MAX),
    formatUsd(line.forecast),
    formatUsd(line.billed),
    [...partsOf(line).map(([reason, amount]) => `${reason} ${signed(amount)}`), resourcesText(line)]
      .filter((text) => text !== '')
      .join(', '),
  ])
  const alike = `${lines.length - different.length} of ${lines.length} lines differ by less than a cent`
  if (rows.length === 0) return [alike]
  return [...columns([['Venue', 'Line', 'Forecast', 'Billed', 'Why'], ...rows], [0, 1, 4], 2), alike]
}

function findings({ findings: all }: Reconciliation): string[] {
  const seen = all.filter(({ amount }) => magnitude(amount) >= CENT)
  const shown = seen
    .toSorted((a, b) => (magnitude(a.amount) < magnitude(b.amount) ? 1 : -1))
    .slice(0, FINDINGS_MAX)
  const more = seen.length - shown.length
  return [
    'What stands out',
    ...shown.flatMap(({ kind, venue, what, amount, says }) =>
      wrapped(plain(`${KINDS[kind]}: ${venue}, ${what}, ${signed(amount)}. ${says}`), WIDTH, '  '),
    ),
    ...(shown.length === 0 ? ['  nothing'] : []),
    ...(more > 0 ? [`  and ${more} smaller; --format csv has all`] : []),
  ]
}

function aside({ credits, taxes, rents, untagged, rates, outcome }: Reconciliation): string[] {
  const rate = Object.entries(rates).map(([currency, usd]) => `${currency} at ${usd} USD`)
  return [
    '',
    `Not compared: credits ${signed(credits)}, taxes ${signed(taxes)}; on no cloud's bill: ${formatUsd(rents)} for venues`,
    ...(rate.length > 0 ? [`Converted: ${rate.join(', ')}`] : []),
    ...(outcome === 'nothing'
      ? [UNTAGGED_UNKNOWN]
      : untagged.length > 0
        ? ['Without a tag, same accounts, time and services; not counted (the largest)']
        : ['Nothing of these accounts, time and services lacks a tag']),
    ...untagged.map(
      ({ account, what, rows, amount }) =>
        `  ${plain(account)} ${shortened(plain(what), WHAT_MAX)}: ${formatUsd(amount)} in ${counted(rows, 'row')}`,
    ),
  ]
}

const HEADINGS = [
  'row',
  'venue',
  'service',
  'what',
  'unit',
  'forecast_quantity',
  'billed_quantity',
  'forecast_resources',
  'billed_resources',
]
const MORE_HEADINGS = ['forecast_usd', 'billed_usd', ...REASONS.map((reason) => `${reason}_usd`), 'says']

export function renderReconciliationCsv({ lines, findings: found, untagged }: Reconciliation): string {
  const none = REASONS.map(() => null)
  return renderCsv([
    [...HEADINGS, ...MORE_HEADINGS],
    ...lines.map((line) => [
      ...[
        'line',
        line.venue,
        line.service,
        line.what,
        line.unit,
        line.quantity.forecast,
        line.quantity.billed,
        line.resources.forecast,
        line.resources.billed,
      ],
      ...[line.forecast, line.billed, ...REASONS.map((reason) => line.parts[reason])].map(exactDollars),
      null,
    ]),
    ...found.map(({ kind, venue, what, amount, says }) => [
      ...[KINDS[kind], venue, null, what, null, null, null, null, null, null, exactDollars(amount), ...none],
      says,
    ]),
    ...untagged.map(({ account, service, what, amount, rows }) => [
      ...['untagged', null, service, what, null, null, null, null, null, null, exactDollars(amount), ...none],
      `account ${account}, ${rows} ${rows === 1 ? 'row' : 'rows'}`,
    ]),
  ])
}

function signed(amount: bigint): string {
  return amount < 0n ? `-${formatUsd(-amount)}` : `+${formatUsd(amount)}`
}

export function magnitude(amount: bigint): bigint {
  return amount < 0n ? -amount : amount
}
