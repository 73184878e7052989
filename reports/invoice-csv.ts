// Invoices as CSV (RFC 4180): a row a line, then net, tax and total of each invoice; exact amounts in USD.
import type { InvoiceResult } from '../simulator/costs/sponsors/invoice-result.ts'
import { renderCsv } from './csv.ts'
import { exactDollars } from './format.ts'

const HEADINGS = [
  'kind',
  'invoice',
  'sponsor',
  'venue',
  'feature',
  'day',
  'people',
  'user_seconds',
  'rate_usd',
  'amount_usd',
  'charged_usd',
  'why_not_invoiced',
]

export function renderInvoiceCsv({ invoices, notInvoiced }: InvoiceResult): string {
  const rows = invoices.flatMap(({ number, sponsor, rows: lines, seconds, net, vat, total }) => [
    ...lines.map(({ kind, venue, feature, day, people, seconds: each, rate, amount, charged }) => [
      ...[kind, number, sponsor, venue, feature, day, people, each, rate],
      ...[exactDollars(amount), exactDollars(charged), null],
    ]),
    ['net', number, sponsor, null, null, null, null, seconds, null, null, exactDollars(net), null],
    ...(vat
      ? [['vat', number, sponsor, null, null, null, null, null, null, null, exactDollars(vat.amount), null]]
      : []),
    ['total', number, sponsor, null, null, null, null, null, null, null, exactDollars(total), null],
  ])
  const none = notInvoiced.map(({ sponsor, venue, seconds, why }) => [
    ...['not invoiced', null, sponsor, venue, null, null, null, seconds, null, null, null],
    why,
  ])
  return renderCsv([HEADINGS, ...rows, ...none])
}
