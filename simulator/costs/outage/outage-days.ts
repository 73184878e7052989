// The days of the show that have a step of the outage, each with its outages.
import type { EventSpec } from '../../../infra/event/event.ts'
import type { OutageWindow } from '../../run-result.ts'
import { outagesIn } from '../../workload/plan.ts'
import { dayAt } from '../../workload/show-day.ts'

export interface OutageDay {
  /** From 0. */
  index: number
  /** Seconds after the first day's show start. */
  window: { startS: number; endS: number }
  /** Relative to the day's start. */
  outages: OutageWindow[]
}

/** In their order; none where nothing is cut. */
export function outageDays(event: EventSpec): OutageDay[] {
  const days = new Map((event.outage?.steps ?? []).map(({ startS }) => [dayAt(event, startS).index, startS]))
  return [...days]
    .toSorted(([a], [b]) => a - b)
    .map(([index, atS]) => {
      const { startS } = dayAt(event, atS)
      const window = { startS, endS: startS + event.dayS }
      return { index, window, outages: outagesIn(event, window) }
    })
}
