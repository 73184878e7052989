// Invoices as a page to print or to send: light, on A4, each invoice on a sheet of its own, no script.
import type { Invoice, InvoiceResult } from '../simulator/costs/sponsors/invoice-result.ts'
import { formatDate, formatQuantity, formatUsd } from './format.ts'
import { html, type Markup } from './html.ts'
import { ADJUSTMENT, notes, vatLabel } from './invoice-text.ts'
import { renderPage } from './page.ts'

const STYLE = `
@page { size: A4; margin: 18mm 16mm; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: #1b1f24; font: 10.5pt/1.45 system-ui, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 178mm; margin: 0 auto; padding: 12mm 0; }
article + article { break-before: page; margin-top: 24mm; }
h1 { font-size: 20pt; line-height: 1.2; margin: 0 0 8mm; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 1mm 6mm; margin: 0 0 8mm; }
dt { color: #57606a; } dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; font-size: 9.5pt; }
caption { text-align: left; font-weight: 600; padding-bottom: 1mm; }
thead { display: table-header-group; } tr { break-inside: avoid; }
th, td { text-align: left; vertical-align: top; padding: 1.6mm 3mm 1.6mm 0; border-bottom: 1px solid #dde1e6; font-weight: 400; overflow-wrap: anywhere; }
thead th { color: #57606a; font-size: 8.5pt; border-bottom-color: #57606a; vertical-align: bottom; }
.num { text-align: right; white-space: nowrap; } th:last-child, td:last-child { padding-right: 0; }
tfoot { display: table-row-group; } tfoot tr:first-child > * { border-top: 1.5px solid #57606a; }
tfoot tr:last-child > * { font-weight: 700; font-size: 11.5pt; border-bottom: 0; }
p { margin: 4mm 0 0; color: #57606a; font-size: 8.5pt; max-width: 160mm; }
.notice { color: #7a5200; border-left: 3px solid #7a5200; padding-left: 3mm; margin-bottom: 5mm; font-size: 9.5pt; }
@media print { main { padding: 0; max-width: none; } article + article { margin-top: 0; } }`

/** One page for all of `invoices`; with one of them it is that sponsor's. */
export function renderInvoiceHtml(result: InvoiceResult): string {
  const { title, invoices } = result
  const [only] = invoices.length === 1 ? invoices : []
  return renderPage(
    only ? `Invoice ${only.number}` : `Invoices: ${title}`,
    html`${invoices.length === 0 ? html`<h1>${title}: nothing to invoice</h1>` : invoices.map((invoice) => article(invoice, result))}`,
    { style: STYLE, scheme: 'light' },
  )
}

function article(invoice: Invoice, result: InvoiceResult): Markup {
  const { number, sponsor, days, rows, seconds, net, vat, total } = invoice
  return html`<article>
<h1>Invoice to ${sponsor}</h1>
<dl>
<dt>Number</dt><dd>${number}</dd>
<dt>For</dt><dd>${result.title}</dd>
<dt>Days</dt><dd>${days === null ? 'none' : daysText(days)}</dd>
</dl>
${notes(result).map((note) => html`<p class="notice">${note}</p>`)}
<table>
<caption>What was used, by venue, feature and day</caption>
<thead><tr><th scope="col">Venue</th><th scope="col">Feature</th><th scope="col">Day</th><th scope="col" class="num">People</th><th scope="col" class="num">User-seconds</th><th scope="col" class="num">USD each</th><th scope="col" class="num">Amount</th></tr></thead>
<tbody>
${rows.map((row) =>
  row.kind === 'use'
    ? html`<tr><td>${row.venue}</td><td>${row.feature}</td><td>${dayText(row.day ?? '')}</td><td class="num">${row.people}</td><td class="num">${formatQuantity(row.seconds)}</td><td class="num">${row.rate}</td><td class="num">${formatUsd(row.charged)}</td></tr>\n`
    : html`<tr><td colspan="6">${ADJUSTMENT[row.kind]}</td><td class="num">${formatUsd(row.charged)}</td></tr>\n`,
)}</tbody>
<tfoot>
<tr><th scope="row" colspan="4">Net</th><td class="num">${formatQuantity(seconds)}</td><td></td><td class="num">${formatUsd(net)}</td></tr>
${vat && html`<tr><th scope="row" colspan="6">${vatLabel(vat)}</th><td class="num">${formatUsd(vat.amount)}</td></tr>`}
<tr><th scope="row" colspan="6">Total</th><td class="num">${formatUsd(total)}</td></tr>
</tfoot>
</table>
<p>A user-second is a second in which one person had a feature of ${sponsor}; who has several at once counts once, in the one that began first. Seconds are exact to the millisecond, and amounts are rounded to the cent once: the rows add up to the net amount. One person may be counted in several rows.</p>
</article>
`
}

function daysText({ first, last }: NonNullable<Invoice['days']>): string {
  return first === last ? dayText(first) : `${dayText(first)} to ${dayText(last)}`
}

function dayText(day: string): string {
  return formatDate(Date.parse(`${day}T00:00:00Z`), 'UTC')
}
