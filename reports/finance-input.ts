// What the page for finance is made of: a forecast, ways of buying, and a calendar of events where there is one.
import type { ForecastReport } from '../simulator/costs/forecast-report-result.ts'
import type { PolicyComparison } from '../simulator/costs/purchase/policies-result.ts'

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
  /** The command that makes the same page. */
  reproduce: string
}
