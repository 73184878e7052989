// Ways of buying machines as CSV, a row a way, exact amounts; a way without rates has a row without amounts.
import type { PolicyComparison } from '../simulator/costs/purchase/policies-result.ts'
import { renderCsv } from './csv.ts'
import { exactDollars } from './format.ts'

const HEADINGS = [
  'policy',
  'upfront_usd',
  'attributed_usd',
  'cash_usd',
  'risk_usd',
  'expected_interruptions',
  'expected_missed_levels',
  'committed_machines',
  'utilisation',
  'break_even_event_days',
  'regret_expected_usd',
  'regret_worst_usd',
  'oldest_rate',
  'missing_rates',
]

export function renderPoliciesCsv({ policies }: PolicyComparison): string {
  const usd = (amount: bigint | null | undefined) =>
    amount === null || amount === undefined ? null : exactDollars(amount)
  return renderCsv([
    HEADINGS,
    ...policies.map((policy) => [
      policy.policy,
      ...[policy.upfront, policy.attributed, policy.cash, policy.risk].map(usd),
      policy.interruptions,
      policy.missedLevels,
      policy.committed,
      policy.utilisation,
      policy.breakEvenDays,
      usd(policy.regret?.expected),
      usd(policy.regret?.worst),
      policy.oldestRate,
      policy.missing.join('; '),
    ]),
  ])
}
