// What one possible day of an event costs: the machines that were planned, used by those who come.

import type { Calibration } from '../../calibration/calibration.ts'
import type { Scenario } from '../../scenario.ts'
import { outsideCompared } from '../../surrogate/compared-range.ts'
import { type LoadedVenue, usageOfLoads } from '../../surrogate/surrogate.ts'
import { venueLoad } from '../../surrogate/venue-load.ts'
import { attendedBy } from '../../topology.ts'
import { type Factors, type Variant, variantAt } from '../../uncertainty/draw-variant.ts'
import type { Usage } from '../../usage.ts'
import type { PriceBook } from '../price-book.ts'
import { type MeasuredDay, measuredLoad } from './measured-load.ts'
import { Repricer } from './repricer.ts'

export interface CostDraw {
  factors: Factors
  /** Before tax. */
  total: bigint
  /** What of it lies beyond what the formulas were compared with. */
  outside: string[]
}

export class CostDraws {
  readonly #scenario: Scenario
  readonly #calibration: Calibration
  readonly #book: PriceBook
  /** Usage of the day as planned: it says which resources have any. */
  readonly #planned: Usage[]
  /** By the length of the show's days, in seconds: an overrun is drawn in minutes, so there are at most as many as a day has. */
  readonly #repricers = new Map<number, Repricer>()

  constructor(scenario: Scenario, calibration: Calibration, book: PriceBook) {
    this.#scenario = scenario
    this.#calibration = calibration
    this.#book = book
    const planned = variantAt(scenario.event, new Map())
    this.#planned = this.#usage(planned, this.#loads(planned))
  }

  /** `measured`: what the twin counted on one such day, instead of the formulas' figures. */
  draw(variant: Variant, measured: MeasuredDay | null = null): CostDraw {
    const expected = this.#loads(variant)
    const loads =
      measured === null ? expected : expected.map((of) => measuredLoad(of, measured, this.#calibration))
    const sessions = Math.max(...loads.map(({ load }) => load.peakSessions))
    return {
      factors: variant.factors,
      total: this.#repricerOf(variant).total(this.#usage(variant, loads), variant.factors.spotPrice),
      // Bytes grow with the square of those at one venue; nothing else that is compared moves the cost.
      outside:
        measured === null ? outsideCompared({ sessions: Math.round(sessions), busy: 0, outageS: 0 }) : [],
    }
  }

  /** Everything stands for as much longer as the show goes on. */
  #repricerOf({ event: { dayS } }: Variant): Repricer {
    const known = this.#repricers.get(dayS)
    if (known) return known
    const { graph, event } = this.#scenario
    const repricer = new Repricer(graph, { ...event, dayS }, this.#planned, this.#book)
    this.#repricers.set(dayS, repricer)
    return repricer
  }

  #loads({ event }: Variant): LoadedVenue[] {
    const { venues } = attendedBy(this.#scenario.topology, event)
    return venues.map((venue) => ({ venue, load: venueLoad(event, venue, this.#calibration) }))
  }

  #usage({ event, factors }: Variant, loads: readonly LoadedVenue[]): Usage[] {
    const { graph, topology } = this.#scenario
    const calibration = this.#calibration
    return usageOfLoads({ graph, topology, event, calibration, loads, creditsLeft: factors.credits })
  }
}
