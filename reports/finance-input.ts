// What the page for finance is made of: a forecast, ways of buying, and a calendar of events where there is one.
import type { ForecastReport } from '../simulator/costs/forecast-report-result.ts'
import type { PolicyComparison } from '../simulator/costs/purchase/policies-result.ts'
import type { Allocation } from '../simulator/costs/sponsors/allocation-result.ts'
import type { SponsorIncome } from '../simulator/costs/sponsors/sponsor-income-result.ts'

export interface FinanceEvent {
  file: string
  title: string
  startMs: number
  timezone: string
  days: number
  /** `machine`: what its PoP runs on, e.g. `t3.large, burstable`. */
  venues: { name: string; placement: string; attendees: number; machine: string }[]
}

export interface FinanceReport {
  event: FinanceEvent
  forecast: ForecastReport
  /** Of this event alone. */
  policies: PolicyComparison
  /** null: none was named. */
  calendar: PolicyComparison | null
  /** null: the event has no sponsors. */
  income: SponsorIncome | null
  /** The total, split in each way. */
  allocations: Allocation[]
  /** The command that makes the same page. */
  reproduce: string
}
