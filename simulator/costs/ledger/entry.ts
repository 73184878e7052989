// A forecast as it goes into the ledger: exact, and frozen by the digest of what it says.

import type { ForecastReport } from '../forecast-report-result.ts'
import type { CostLine, Forecast } from '../forecast-result.ts'
import { decimalText } from '../money.ts'
import { canonicalJson, sha256 } from './canonical.ts'
import {
  LEDGER_VERSION,
  type LedgerEntry,
  type LedgerLine,
  type LedgerScore,
  type UsdText,
} from './ledger-result.ts'

/** What the forecast does not know of itself. */
export interface Kept
  extends Pick<LedgerEntry, 'kind' | 'createdAt' | 'by' | 'commit' | 'eventHash' | 'draws'> {
  quantiles: { p10: bigint; p50: bigint; p90: bigint; p99: bigint }
}

const PICO_PLACES = 12

export function ledgerEntry(forecast: Forecast, { quantiles, ...kept }: Kept): LedgerEntry {
  const { p10, p50, p90, p99 } = quantiles
  return frozen({
    version: LEDGER_VERSION,
    ...kept,
    event: forecast.event,
    title: forecast.title,
    priceBookDate: forecast.priceBook.date,
    region: forecast.region,
    window: forecast.window,
    currency: 'USD',
    attendees: forecast.attendees,
    expected: usdText(forecast.total),
    vat: forecast.vat?.share ?? null,
    budget: forecast.budget === null ? null : usdText(forecast.budget.limit),
    quantiles: { p10: usdText(p10), p50: usdText(p50), p90: usdText(p90), p99: usdText(p99) },
    lines: forecast.lines.map(ledgerLine),
    unpriced: forecast.unpriced.map(({ venue, urn, description, why }) => ({ venue, urn, description, why })),
  })
}

/** Of a report that has an interval. */
export function entryOf(
  report: ForecastReport,
  kept: Pick<Kept, 'kind' | 'createdAt' | 'by' | 'commit' | 'eventHash'>,
): LedgerEntry {
  const { interval } = report
  if (interval === null) throw new Error('a forecast without an interval is not kept')
  const { runs, seed, through, quantiles } = interval
  const [p10 = 0n, p50 = 0n, p90 = 0n, p99 = 0n] = quantiles.map(({ value }) => value)
  return ledgerEntry(report, { ...kept, draws: { runs, seed, through }, quantiles: { p10, p50, p90, p99 } })
}

function ledgerLine(line: CostLine): LedgerLine {
  const { venue, urn, type, description, service, rateId, region, window, quantity, unit } = line
  return {
    ...{ venue, urn, type, description, service, rateId, region, window, quantity, unit },
    rateUsd: line.rate,
    list: usdText(line.list),
    discount: usdText(line.discount),
    amount: usdText(line.amount),
  }
}

/** With its digest. */
export function frozen<Content extends object>(content: Content): Content & { hash: string } {
  return { ...content, hash: sha256(canonicalJson(content)) }
}

/** Whether it still says what it said when it was frozen. */
export function isIntact({ hash, ...content }: LedgerEntry | LedgerScore): boolean {
  return sha256(canonicalJson(content)) === hash
}

export function usdText(amount: bigint): UsdText {
  return decimalText({ digits: amount, scale: PICO_PLACES })
}
