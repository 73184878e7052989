// The trace of CPU credits as CSV, a row an hour.
import type { CreditReport } from '../simulator/costs/credits-result.ts'
import { renderCsv } from './csv.ts'

export function renderCreditsCsv({ trace }: CreditReport): string {
  return renderCsv([
    ['hour', 'balance_credits', 'surplus_credits', 'charged_credits', 'throttled_minutes'],
    ...trace.map((point) => [
      point.hour,
      point.balance,
      point.surplus,
      point.charged,
      point.throttledMinutes,
    ]),
  ])
}
