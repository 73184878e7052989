// A forecast as CSV (RFC 4180), a row a line, exact amounts; what is not priced has a row without an amount.
import type { Forecast } from '../simulator/costs/forecast-result.ts'
import { renderCsv } from './csv.ts'
import { exactUsd } from './format.ts'

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

export function renderForecastCsv({ lines, unpriced }: Forecast): string {
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
      exactUsd(line.amount).replace(' USD', ''),
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
  ]
  return renderCsv([HEADINGS, ...rows])
}
