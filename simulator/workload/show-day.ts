// The days of a show on its own time line: seconds after the first day's start, across changes of clocks.
import type { EventSpec } from '../../infra/event/event.ts'
import { dayStarts } from '../../infra/event/zoned-time.ts'

export interface ShowDay {
  /** From 0. */
  index: number
  /** Seconds after the first day's show start. */
  startS: number
}

/** The last day that has begun at `atS`; the first one for anything earlier. */
export function dayAt(event: Pick<EventSpec, 'startMs' | 'timezone' | 'days'>, atS: number): ShowDay {
  const days = dayStarts(event).map((ms, index) => ({ index, startS: (ms - event.startMs) / 1000 }))
  return days.findLast(({ startS }) => startS <= atS) ?? (days[0] as ShowDay)
}

/** The day of the show that has the outage's first step, the first day without one: in seconds after the show's start. */
export function dayOfOutage(event: EventSpec): { startS: number; endS: number } {
  const first = (event.outage?.steps ?? []).reduce(
    (least, { startS }) => Math.min(least, startS),
    Number.POSITIVE_INFINITY,
  )
  const { startS } = dayAt(event, Number.isFinite(first) ? first : 0)
  return { startS, endS: startS + event.dayS }
}
