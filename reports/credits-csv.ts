// The trace of CPU credits as CSV, a row an hour and mode.
import type { CreditComparison, CreditReport } from '../simulator/costs/credits-result.ts'
import { renderCsv } from './csv.ts'

const COLUMNS = ['hour', 'balance_credits', 'surplus_credits', 'charged_credits', 'throttled_minutes']

export function renderCreditsCsv({ trace }: CreditReport): string {
  return renderCsv([COLUMNS, ...rowsOf(trace)])
}

/** The rows of standard, then those of unlimited. */
export function renderCreditComparisonCsv({ standard, unlimited }: CreditComparison): string {
  return renderCsv([
    ['mode', ...COLUMNS],
    ...[standard, unlimited].flatMap(({ mode, trace }) => rowsOf(trace).map((row) => [mode, ...row])),
  ])
}

function rowsOf(trace: CreditReport['trace']): number[][] {
  return trace.map((point) => [
    point.hour,
    point.balance,
    point.surplus,
    point.charged,
    point.throttledMinutes,
  ])
}
