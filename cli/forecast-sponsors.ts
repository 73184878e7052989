// What `micropop forecast` says of sponsors: their income beside the cost, and the total split as asked.
import type { EventSpec } from '../infra/event/event.ts'
import type { ForecastReport } from '../simulator/costs/forecast-report-result.ts'
import type { AllocationKey } from '../simulator/costs/sponsors/allocation-result.ts'

/** The forecast as `rendered`, and what belongs to it of sponsors. */
export async function withSponsors(
  event: EventSpec,
  result: ForecastReport,
  format: 'text' | 'json' | 'csv',
  by: AllocationKey | undefined,
  rendered: (result: ForecastReport) => Promise<string>,
): Promise<string> {
  if (event.sponsors.length === 0 && by === undefined) return rendered(result)
  const [{ sponsorIncome }, { allocate }, reports] = await Promise.all([
    import('../simulator/costs/sponsors/sponsor-income.ts'),
    import('../simulator/costs/sponsors/allocate.ts'),
    import('../reports/terminal-sponsors.ts'),
  ])
  const income = sponsorIncome(event)
  const allocation = by === undefined ? null : allocate(result.lines, by, event, income.uses)
  switch (format) {
    case 'text':
      return [
        await rendered(result),
        event.sponsors.length > 0 ? reports.renderSponsorIncome(income, result.total) : '',
        allocation ? reports.renderAllocationText(allocation) : '',
      ].join('')
    case 'json':
      return rendered(Object.assign({}, result, { sponsorIncome: income, allocation }))
    case 'csv':
      return allocation ? reports.renderAllocationCsv(allocation) : rendered(result)
  }
}

/** The forecast as FOCUS; split as asked, a row for each part of a line. */
export async function focusCsv(
  event: EventSpec,
  result: ForecastReport,
  by: AllocationKey | undefined,
): Promise<string> {
  const { renderFocusCsv } = await import('../reports/focus-csv.ts')
  if (by === undefined) return renderFocusCsv(result)
  const [{ sponsorIncome }, { allocateLines }] = await Promise.all([
    import('../simulator/costs/sponsors/sponsor-income.ts'),
    import('../simulator/costs/sponsors/allocate.ts'),
  ])
  return renderFocusCsv(result, allocateLines(result.lines, by, event, sponsorIncome(event).uses))
}
