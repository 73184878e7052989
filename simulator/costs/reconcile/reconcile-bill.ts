// An event's bill read and held against its forecast, with the verdict.
import type { EventSpec } from '../../../infra/event/event.ts'
import type { LedgerEntry } from '../ledger/ledger-result.ts'
import { amountOf, decimal } from '../money.ts'
import { eventWindow, type Window } from '../window.ts'
import type { BillDatabase } from './bill-database.ts'
import { readBill } from './read-bill.ts'
import { compareWithBill, type ExpectedLine } from './reconcile.ts'
import type { Reconciliation } from './reconcile-result.ts'

const ONE = decimal('1')

export interface ReconcileOptions {
  /** Kept in a ledger, or the lines of one that is computed now. */
  forecast: LedgerEntry | { lines: ExpectedLine[]; window: null }
  tailMs: number
  tolerancePercent: number
  /** USD for one of a currency. */
  rates: Record<string, string>
  step: (what: string) => void
}

/** Errors: those of `readBill`. */
export async function reconcileBill(
  event: EventSpec,
  database: BillDatabase,
  { forecast, tailMs, tolerancePercent, rates, step }: ReconcileOptions,
): Promise<Reconciliation> {
  const window: Window = forecast.window ?? eventWindow(event)
  const exact = new Map(Object.entries(rates).map(([currency, rate]) => [currency, decimal(rate)]))
  const bill = await readBill(database, { event: event.name, window, tailMs, rates: exact }, step)
  const compared = compareWithBill(linesOf(forecast), bill)
  const limits = limitsOf(forecast, compared, tolerancePercent)
  const billed = compared.billed + (limits.from === 'interval' ? compared.rents : 0n)
  const within = billed >= limits.low && billed <= limits.high
  return {
    event: event.name,
    format: bill.format,
    files: database.files,
    rows: bill.rows,
    window: { startMs: window.startMs, endMs: window.endMs + tailMs },
    rates,
    forecastFrom: forecast.window === null ? 'computed now' : `kept ${forecast.createdAt}, ${forecast.kind}`,
    ...compared,
    limits,
    outcome: compared.matchedRows === 0 ? 'nothing' : within ? 'within' : 'outside',
  }
}

function linesOf(forecast: ReconcileOptions['forecast']): ExpectedLine[] {
  if (forecast.window === null) return forecast.lines
  return forecast.lines.map((line) => ({ ...line, amount: amountOf(decimal(line.amount), ONE) }))
}

/** P10 to P90 where they were kept, else the tolerance around the forecast. */
function limitsOf(
  forecast: ReconcileOptions['forecast'],
  compared: Pick<Reconciliation, 'forecast'>,
  tolerancePercent: number,
): Reconciliation['limits'] {
  if (forecast.window !== null) {
    const { p10, p90 } = forecast.quantiles
    return { from: 'interval', low: amountOf(decimal(p10), ONE), high: amountOf(decimal(p90), ONE) }
  }
  const slack = (compared.forecast * BigInt(tolerancePercent)) / 100n
  return { from: 'tolerance', low: compared.forecast - slack, high: compared.forecast + slack }
}
