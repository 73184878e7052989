// Invoices for the terminal, in 100 columns, and what of the log is on none.
import type { Invoice, InvoiceResult, InvoiceRow } from '../simulator/costs/sponsors/invoice-result.ts'
import { formatInstant, formatQuantity, formatUsd } from './format.ts'
import { columns, plain, shortened, wrapped } from './plain-text.ts'

const WIDTH = 100
const NAME_MAX = 24

/** What a row that is not metered says in place of a feature. */
export const ADJUSTMENT: Record<Exclude<InvoiceRow['kind'], 'use'>, string> = {
  minimum: 'up to the agreed minimum',
  cap: 'off, above the agreed cap',
}

/** As people write a tax: `23 % VAT`. */
export function vatLabel({ share }: NonNullable<Invoice['vat']>): string {
  return `VAT ${Number((share * 100).toFixed(6))} %`
}

export function renderInvoiceText(result: InvoiceResult): string {
  return `${[
    ...wrapped(`${plain(result.title)}: invoices to sponsors`, WIDTH),
    ...result.invoices.flatMap((invoice) => ['', ...invoiceLines(invoice)]),
    ...notInvoicedLines(result),
    ...notes(result).flatMap((note) => ['', ...wrapped(note, WIDTH)]),
  ].join('\n')}\n`
}

function invoiceLines({ number, sponsor, rows, seconds, net, vat, total }: Invoice): string[] {
  const foot = [
    ['Net', '', '', '', formatQuantity(seconds), '', formatUsd(net)],
    ...(vat ? [[vatLabel(vat), '', '', '', '', '', formatUsd(vat.amount)]] : []),
    ['Total', '', '', '', '', '', formatUsd(total)],
  ]
  return [
    ...wrapped(`${plain(sponsor)}, invoice ${plain(number)}`, WIDTH),
    ...columns(
      [
        ['Venue', 'Feature', 'Day', 'People', 'User-seconds', 'USD each', 'Amount'],
        ...rows.map((row) =>
          row.kind === 'use'
            ? [
                shortened(plain(row.venue ?? ''), NAME_MAX),
                shortened(plain(row.feature ?? ''), NAME_MAX),
                row.day ?? '',
                String(row.people),
                formatQuantity(row.seconds),
                row.rate ?? '',
                formatUsd(row.charged),
              ]
            : [ADJUSTMENT[row.kind], '', '', '', '', '', formatUsd(row.charged)],
        ),
        ...foot,
      ],
      [0, 1, 2],
      2,
    ),
  ]
}

function notInvoicedLines({ notInvoiced }: InvoiceResult): string[] {
  if (notInvoiced.length === 0) return []
  return [
    '',
    'Not invoiced',
    ...notInvoiced.flatMap(({ sponsor, venue, seconds, why }) => {
      const where = venue === null ? '' : ` at ${venue}`
      const who = sponsor === null ? 'no sponsor' : sponsor
      return wrapped(plain(`${who}${where}: ${formatQuantity(seconds)} user-seconds, ${why}`), WIDTH, '  ')
    }),
  ]
}

/** What a reader has to know before they send an invoice. */
export function notes({
  open,
  withoutLog,
  outsideSeconds,
}: Pick<InvoiceResult, 'open' | 'withoutLog' | 'outsideSeconds'>): string[] {
  return [
    ...(withoutLog.length === 0
      ? []
      : [`No log of ${withoutLog.map(plain).join(', ')} was given: nothing is counted there.`]),
    ...open.map(
      ({ venue, sessions, atMs }) =>
        `Provisional: at ${plain(venue)} ${sessions} ${sessions === 1 ? 'interval has' : 'intervals have'} no end in the log, and ${sessions === 1 ? 'is' : 'are'} counted to the last heartbeat, ${formatInstant(atMs)}.`,
    ),
    ...(outsideSeconds === '0'
      ? []
      : [
          `${formatQuantity(outsideSeconds)} of the sponsors' user-seconds are outside the event's window: a rehearsal, or the log of another event.`,
        ]),
  ]
}
