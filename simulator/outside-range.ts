// Where a run of the twin goes beyond the run that it was calibrated on: there its figures are extrapolations.
import type { Calibration } from './calibration/calibration.ts'
import type { Figure, Series } from './run-result.ts'

export interface Reached {
  series: Pick<Series, 'sessions'>
  figures: readonly Pick<Figure, 'id' | 'value'>[]
  /** Most in any second, over all venues. */
  busiest: { publishes: number; deliveries: number }
  /** Of each machine, why its times are not those that were measured; null: they are; the same of a killed PoP. */
  unverified: readonly (string | null)[]
}

/** Parts of sentences, the load first. Empty where the twin stays within what was measured. */
export function outsideRange(range: Calibration['range'], reached: Reached): string[] {
  const sessions = reached.series.sessions.reduce<number>((most, now) => Math.max(most, now ?? 0), 0)
  const backlog = reached.figures.find(({ id }) => id === 'backlog-peak')?.value ?? 0
  const beyond = (now: number, measured: number, text: string): string[] =>
    now > measured ? [`${text} ${Math.round(now)}, the calibration had ${measured}`] : []
  return [
    ...beyond(sessions, range.sessions, 'sessions at once:'),
    ...beyond(reached.busiest.publishes, range.publishesPerS, 'publishes in the busiest second:'),
    ...beyond(reached.busiest.deliveries, range.deliveriesPerS, 'deliveries in the busiest second:'),
    ...beyond(backlog, range.backlog, 'messages waiting for central:'),
    ...reached.unverified.filter((text) => text !== null),
  ]
}
