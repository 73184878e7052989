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
