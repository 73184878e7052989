// Invoices from metered user-seconds and the rate cards of the event: exact to the end, cents once.
import { createHash } from 'node:crypto'
import type { EventSpec, Sponsor } from '../../../infra/event/event.ts'
import { CENT, inCents, nearestEven } from '../largest-remainder.ts'
import { amountOf, type Decimal, decimalText, quantityOf } from '../money.ts'
import type { Invoice, InvoiceResult, InvoiceRow, NotInvoiced } from './invoice-result.ts'
import type { MeteredLine, Metering } from './metering-result.ts'

const DIGEST_CHARS = 8

export function invoicesOf(
  event: Pick<EventSpec, 'name' | 'title' | 'sponsors' | 'finance'>,
  metering: Metering,
): InvoiceResult {
  const invoices: Invoice[] = []
  const notInvoiced: NotInvoiced[] = []
  for (const sponsor of event.sponsors) {
    const lines = metering.lines.filter((line) => line.sponsor === sponsor.name)
    const agreed = lines.filter(({ venue }) => sponsor.venues?.includes(venue) ?? true)
    for (const venue of new Set(lines.map((line) => line.venue))) {
      const elsewhere = lines.filter((line) => line.venue === venue && !agreed.includes(line))
      if (elsewhere.length > 0) {
        notInvoiced.push({
          sponsor: sponsor.name,
          venue,
          seconds: secondsOf(elsewhere),
          why: 'not agreed for this venue',
        })
      }
    }
    const why = whyNone(sponsor, agreed)
    if (why === null) invoices.push(invoiceOf(event, sponsor, agreed))
    else notInvoiced.push({ sponsor: sponsor.name, venue: null, seconds: secondsOf(agreed), why })
  }
  const named = new Set<string | null>(event.sponsors.map(({ name }) => name))
  for (const sponsor of new Set(metering.lines.map((line) => line.sponsor))) {
    if (named.has(sponsor)) continue
    const seconds = secondsOf(metering.lines.filter((line) => line.sponsor === sponsor))
    const why = sponsor === null ? 'the feature has no sponsor' : 'the event file does not name this sponsor'
    notInvoiced.push({ sponsor, venue: null, seconds, why })
  }
  const outsideSeconds = decimalText(secondsIn(metering.outsideMs))
  const { open, withoutLog } = metering
  return { event: event.name, title: event.title, invoices, notInvoiced, open, withoutLog, outsideSeconds }
}

function whyNone({ perUserSecond, minimum }: Sponsor, lines: readonly MeteredLine[]): string | null {
  if (perUserSecond === null && minimum === null) return 'the event file has no rate for this sponsor'
  return lines.length === 0 && minimum === null ? 'nothing was metered, and no minimum is agreed' : null
}

function invoiceOf(
  { name, finance }: Pick<EventSpec, 'name' | 'finance'>,
  sponsor: Sponsor,
  lines: readonly MeteredLine[],
): Invoice {
  const exact = exactRows(sponsor, lines)
  const cents = inCents(exact.map(({ amount }) => amount))
  const rows = exact.map((row, i) => ({ ...row, charged: cents[i] as bigint }))
  const net = cents.reduce((sum, amount) => sum + amount, 0n)
  const vat = finance.vat === null ? null : { share: finance.vat, amount: taxOf(net, finance.vat) }
  const days = lines.map(({ day }) => day).sort()
  const content = {
    sponsor: sponsor.name,
    days: days.length === 0 ? null : { first: days[0] as string, last: days.at(-1) as string },
    rows,
    seconds: secondsOf(lines),
    net,
    vat,
    total: net + (vat?.amount ?? 0n),
  }
  return { number: numberOf(name, content), ...content }
}

function exactRows(sponsor: Sponsor, lines: readonly MeteredLine[]): Omit<InvoiceRow, 'charged'>[] {
  const rate: Decimal = { digits: sponsor.perUserSecond ?? 0n, scale: 12 }
  const rows = lines.map(({ venue, feature, day, people, ms }) => ({
    kind: 'use' as const,
    ...{ venue, feature, day, people },
    seconds: decimalText(secondsIn(ms)),
    rate: decimalText(rate),
    amount: amountOf(rate, secondsIn(ms)),
  }))
  const metered = rows.reduce((sum, { amount }) => sum + amount, 0n)
  const { minimum, cap } = sponsor
  const owed = minimum !== null && metered < minimum ? minimum : cap !== null && metered > cap ? cap : metered
  if (owed === metered) return rows
  const kind = owed > metered ? ('minimum' as const) : ('cap' as const)
  const nothing = { venue: null, feature: null, day: null, people: 0, seconds: '0', rate: null }
  return [...rows, { kind, ...nothing, amount: owed - metered }]
}

/** Of an amount in cents, to the cent. */
function taxOf(net: bigint, share: number): bigint {
  const { digits, scale } = quantityOf(share)
  return nearestEven(net * digits, CENT * 10n ** BigInt(scale)) * CENT
}

/** Letters, digits and dashes. */
function numberOf(event: string, content: Omit<Invoice, 'number'>): string {
  const text = JSON.stringify([event, content], (_, value) =>
    typeof value === 'bigint' ? `${value}` : value,
  )
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARS)
  const part = content.sponsor.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '')
  return [event, part, digest].filter((one) => one !== '').join('-')
}

function secondsOf(lines: readonly MeteredLine[]): string {
  return decimalText(secondsIn(lines.reduce((sum, { ms }) => sum + ms, 0)))
}

function secondsIn(ms: number): Decimal {
  return { digits: BigInt(ms), scale: 3 }
}
