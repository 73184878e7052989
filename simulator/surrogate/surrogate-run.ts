// A window of the show by queueing formulas: the twin's figures in some milliseconds.
import type { EventSpec } from '../../infra/event/event.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { CPU_FIGURE, FIGURES } from '../figure-labels.ts'
import type { FigureId, OutageWindow } from '../run-result.ts'
import type { Topology } from '../topology.ts'
import { refuseOutside } from './compared-range.ts'
import type { FormulasResult } from './formulas-result.ts'
import { Mixture } from './mixture.ts'
import { VenueFormulas } from './venue-formulas.ts'

export interface SurrogateInput {
  event: EventSpec
  topology: Topology
  calibration: Calibration
  /** Seconds after the start of a day of the show. */
  window: { startS: number; endS: number }
  /** Relative to the window's start. */
  outages: readonly OutageWindow[]
}

const PS = [0.5, 0.95, 0.99]
/** Errors: MP_SURROGATE_RANGE where the twin was never compared with it. */
export function surrogateRun(input: SurrogateInput): FormulasResult {
  const venues = input.topology.venues.map((venue) => new VenueFormulas(input, venue))
  refuseOutside({
    sessions: Math.max(...venues.flatMap(({ minutes }) => minutes.map(({ here }) => here))),
    busy: Math.max(...venues.flatMap(({ busiest }) => [busiest.main, busiest.sessions])),
    outageS: Math.max(0, ...input.outages.map(({ startS, endS }) => endS - startS)),
  })
  const ack = new Mixture()
  const delivery = new Mixture()
  const page = new Mixture()
  for (const venue of venues) {
    venue.addLatencies(ack, delivery)
    venue.addPages(page)
  }
  const drains = venues.flatMap((venue) => venue.drains())
  const quantiles = (mixture: Mixture, ps: readonly number[]) =>
    mixture.empty ? ps.map(() => null) : mixture.quantiles(ps)
  const [ack50, ack95, ack99] = quantiles(ack, PS)
  const [delivery50, delivery95, delivery99] = quantiles(delivery, PS)
  const [page50, page95] = quantiles(page, [0.5, 0.95])
  const sum = (of: (venue: VenueFormulas) => number) => venues.reduce((total, venue) => total + of(venue), 0)
  const recoveryS = Math.max(...drains.map(({ recoveryMs }) => recoveryMs)) / 1000
  const backlog = drains.reduce((total, drain) => total + drain.backlog, 0)
  const values: Partial<Record<FigureId, number | null | undefined>> = {
    'ack-p50': ack50,
    'ack-p95': ack95,
    'ack-p99': ack99,
    'delivery-p50': delivery50,
    'delivery-p95': delivery95,
    'delivery-p99': delivery99,
    'page-p50': page50,
    'page-p95': page95,
    // What is known of a second is its end: half a second later in the mean.
    recovery: drains.length === 0 ? null : recoveryS + 0.5,
    'backlog-peak': drains.length === 0 ? null : backlog,
    'uplink-bytes': sum((venue) => venue.uplinkBytes()),
  }
  const ids = Object.keys(values) as FigureId[]
  return {
    figures: [
      ...ids.map((id) => ({ id, ...FIGURES[id], value: values[id] ?? null })),
      { ...CPU_FIGURE, value: sum((venue) => venue.cpuMs()) },
    ],
    busiest: venues.map(({ venue, busiest }) => ({ venue, ...busiest })),
  }
}
