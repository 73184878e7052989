// A forecast as CSV (RFC 4180), a row a line, exact amounts; what is not priced has a row without an amount. The rows of
// status `priced` add up to the total; quantiles, phases and what costs on afterwards follow, with a status of their own.
import type { ForecastReport } from '../simulator/costs/forecast-report-result.ts'
import { renderCsv } from './csv.ts'
import { exactDollars } from './format.ts'

const HEADINGS = [
  'status',
  'venue',
  'type',
  'urn',
  'description',
  'quantity',
  'unit',
  'quantity_source',
  'rate_usd',
  'rate_source',
  'rate_date',
  'amount_usd',
  'why_not_priced',
]

export function renderForecastCsv({ lines, unpriced, interval, phases, tails }: ForecastReport): string {
  const rows = [
    ...lines.map((line) => [
      'priced',
      line.venue,
      line.type,
      line.urn,
      line.description,
      line.quantity,
      line.unit,
      line.quantitySource,
      line.rate,
      line.rateSource.id,
      line.rateSource.date,
      exactDollars(line.amount),
      null,
    ]),
    ...unpriced.map((line) => [
      'not priced',
      line.venue,
      line.type,
      line.urn,
      line.description,
      line.quantity,
      line.unit,
      null,
      null,
      null,
      null,
      null,
      line.why,
    ]),
    ...(interval?.quantiles ?? []).map(({ p, value }) =>
      amountRow('quantile', { description: `P${Math.round(p * 100)}`, amount: value }),
    ),
    ...phases.map(({ name, day, amount, hours }) =>
      amountRow('phase', { description: `${name} ${day}`, amount, quantity: String(hours), unit: 'hour' }),
    ),
    ...tails.map(({ venue, urn, what, monthly }) =>
      amountRow('monthly afterwards', { venue, urn, description: what, amount: monthly }),
    ),
  ]
  return renderCsv([HEADINGS, ...rows])
}

interface AmountRow {
  venue?: string
  urn?: string
  description: string
  quantity?: string
  unit?: string
  amount: bigint | null
}

function amountRow(status: string, { venue, urn, description, quantity, unit, amount }: AmountRow) {
  const told = amount === null ? null : exactDollars(amount)
  return [
    ...[status, venue ?? null, null, urn ?? null, description, quantity ?? null, unit ?? null],
    ...[null, null, null, null, told, null],
  ]
}
