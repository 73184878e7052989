// What an event has cost so far by measured usage, beside what was forecast for the same time, and where it will end.
import type { PicoUsd } from '../../../infra/event/event.ts'

/** Measured over expected, for the time that was measured; null: nothing was expected or measured. */
export interface MeasuredVenue {
  venue: string
  egress: number | null
  uplink: number | null
  cpu: number | null
}

export interface SoFar {
  /** End of the last measurement, and what the event's clocks say then. */
  untilMs: number
  untilAt: string
  venues: MeasuredVenue[]
  /** Meters in the file that say nothing of cost. */
  ignored: string[]
  /** To that moment, before tax: as measured, and as forecast. */
  spent: PicoUsd
  forecast: PicoUsd
  /** At the end, where it goes on as it was measured; the forecast's total. */
  projected: PicoUsd
  total: PicoUsd
  budget: { limit: PicoUsd; outcome: 'within' | 'over' } | null
}
