// The forecast as a page: gathers what stands beside it, ways of buying and a calendar of events.
import type { EventSpec, Venue } from '../infra/event/event.ts'
import type { FinanceReport } from '../reports/finance-input.ts'
import type { ForecastReport } from '../simulator/costs/forecast-report-result.ts'
import type { PriceBook } from '../simulator/costs/price-book.ts'
import { ALLOCATIONS } from '../simulator/costs/sponsors/allocation-result.ts'

export interface FinancePageOptions {
  seed: number
  /** Calendar file; undefined: none. */
  calendar?: string
  book: PriceBook
  reproduce: string
}

/** Errors: those of `loadEventOrCalendar`. */
export async function financePage(
  event: EventSpec,
  forecast: ForecastReport,
  { seed, calendar, book, reproduce }: FinancePageOptions,
): Promise<string> {
  const [{ loadEventOrCalendar }, { comparePolicies }, { sponsorIncome }, { allocate }] = await Promise.all([
    import('../infra/event/calendar.ts'),
    import('../simulator/costs/purchase/compare-policies.ts'),
    import('../simulator/costs/sponsors/sponsor-income.ts'),
    import('../simulator/costs/sponsors/allocate.ts'),
  ])
  const { renderFinanceHtml } = await import('../reports/finance-html.ts')
  const compared = (of: { name: string; events: EventSpec[] }) =>
    comparePolicies(of.name, of.events, book, seed)
  const income = sponsorIncome(event)
  const report: FinanceReport = {
    event: {
      file: event.file,
      title: event.title,
      startMs: event.startMs,
      timezone: event.timezone,
      days: event.days,
      venues: event.venues.map((venue) => ({
        name: venue.name,
        placement: PLACEMENT[venue.placement],
        attendees: venue.attendees,
        machine: machineText(venue),
      })),
    },
    forecast,
    policies: compared({ name: event.title, events: [event] }),
    calendar: calendar === undefined ? null : compared(loadEventOrCalendar(calendar)),
    income: event.sponsors.length === 0 ? null : income,
    allocations: ALLOCATIONS.map((by) => allocate(forecast.lines, by, event, income.uses)),
    reproduce,
  }
  return renderFinanceHtml(report)
}

const PLACEMENT: Record<Venue['placement'], string> = {
  'on-site': 'on site',
  region: 'in the region',
  'local-zone': 'in a Local Zone',
  outpost: 'on an Outpost',
}

function machineText({ pop }: Venue): string {
  if (pop.platform === 'k3s') return `a box of ${pop.cores} cores`
  return `${pop.instanceType}, ${pop.policy}${pop.standby === null ? '' : ', and a standby'}`
}
