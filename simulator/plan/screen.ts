// Prices every way of buying for a venue, asks the formulas about each, and drops what another beats in everything.
import type { EventSpec, PicoUsd, Venue } from '../../infra/event/event.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { expectedCost } from '../costs/expected-cost.ts'
import type { PriceBook } from '../costs/price-book.ts'
import { withVenue } from '../fixes/changed-pop.ts'
import type { FigureId } from '../run-result.ts'
import { openScenario } from '../scenario.ts'
import { surrogateRun } from '../surrogate/surrogate-run.ts'
import type { Topology } from '../topology.ts'
import { isSpot, spotShareOf } from '../uncertainty/spot-share.ts'
import type { SpotShare } from '../uncertainty/spot-share-result.ts'
import { outagesIn } from '../workload/plan.ts'
import { dayOfOutage } from '../workload/show-day.ts'
import type { Latencies, VenuePlan } from './plan-result.ts'
import { optionsOf, type VenueOption } from './venue-options.ts'

export interface Screened extends VenueOption {
  own: boolean
  cost: PicoUsd
  /** How often its machine is taken back; null: it is not on spot. */
  spot: SpotShare | null
  /** The venue alone: what it shares with the others is central. */
  event: EventSpec
  topology: Topology
  formulas: Latencies | null
  busy: VenuePlan['busy']
  dominated: boolean
}

export interface Screening extends Pick<VenuePlan, 'kept' | 'leftOut' | 'searched'> {
  venue: Venue
  /** Cheapest first; the event's own is always in it. */
  options: Screened[]
}

export interface ScreenOptions {
  calibration: Calibration
  book: PriceBook
  signal?: AbortSignal
  /** After each that is priced. */
  progress?: () => void
}

export async function screenVenue(event: EventSpec, venue: Venue, with_: ScreenOptions): Promise<Screening> {
  const { options, kept } = optionsOf(venue, event.region, with_.book)
  const leftOut = { unpriced: 0, missedByFormulas: 0, outsideFormulas: 0 }
  const found: Screened[] = []
  let unpricedOwn = 0
  for (const [i, option] of options.entries()) {
    with_.signal?.throwIfAborted()
    const own = i === 0
    const changed = withVenue(event, option.venue)
    const { graph, topology } = await openScenario(changed)
    const { total: cost, unpriced } = expectedCost(graph, changed, { book: with_.book })
    if (own) unpricedOwn = unpriced.length
    const alone = aloneAt(changed, topology, venue.name)
    const spot = isSpot(option.venue) ? spotShareOf(event, option.venue) : null
    const asked = byFormulas(alone, dayOfOutage(event), with_.calibration)
    // What has no price may cost anything.
    if (unpriced.length > unpricedOwn) leftOut.unpriced += 1
    else if (!own && asked.formulas === null) leftOut.outsideFormulas += 1
    else if (!own && !asked.meets) leftOut.missedByFormulas += 1
    else found.push({ ...option, own, cost, spot, ...alone, ...asked, dominated: false })
    with_.progress?.()
  }
  const sorted = found.toSorted((a, b) => (a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : 0))
  for (const [i, option] of sorted.entries())
    option.dominated = sorted.some((other, j) => j !== i && beats(other, option, j < i))
  return { venue, options: sorted, kept, leftOut, searched: options.length }
}

export function aloneAt(
  event: EventSpec,
  topology: Topology,
  name: string,
): Pick<Screened, 'event' | 'topology'> {
  const steps = (event.outage?.steps ?? []).filter(({ venue }) => venue === name)
  return {
    event: {
      ...event,
      venues: event.venues.filter((venue) => venue.name === name),
      outage: event.outage && steps.length > 0 ? { ...event.outage, steps } : null,
    },
    topology: { ...topology, venues: topology.venues.filter(({ venue }) => venue === name) },
  }
}

function byFormulas(
  { event, topology }: Pick<Screened, 'event' | 'topology'>,
  day: { startS: number; endS: number },
  calibration: Calibration,
): Pick<Screened, 'formulas' | 'busy'> & { meets: boolean } {
  try {
    const window = { startS: 0, endS: event.dayS }
    const { figures, busiest } = surrogateRun({
      ...{ event, topology, calibration, window },
      outages: outagesIn(event, day),
    })
    const value = (id: FigureId | 'cpu') => figures.find((figure) => figure.id === id)?.value ?? null
    const formulas = { ackP99Ms: value('ack-p99'), deliveryP99Ms: value('delivery-p99') }
    const { ackP99Ms, deliveryP99Ms, pageP50Ms, recoveryS } = event.serviceLevels
    const [at] = busiest
    return {
      formulas,
      busy: {
        typical: (value('cpu') ?? 0) / (event.dayS * 1_000),
        peak: Math.max(at?.main ?? 0, at?.sessions ?? 0),
      },
      meets:
        (formulas.ackP99Ms ?? 0) <= ackP99Ms &&
        (formulas.deliveryP99Ms ?? 0) <= deliveryP99Ms &&
        (value('page-p50') ?? 0) <= pageP50Ms &&
        (value('recovery') ?? 0) <= recoveryS,
    }
  } catch (error) {
    if (!(error instanceof InvalidInput) || error.code !== 'MP_SURROGATE_RANGE') throw error
    return { formulas: null, busy: null, meets: false }
  }
}

/** Costs no more and is no worse, `tie` where it may be the same in everything. What formulas do not see counts too. */
function beats(a: Screened, b: Screened, tie: boolean): boolean {
  if (a.formulas === null || b.formulas === null || a.cost > b.cost) return false
  const qualities = (of: Screened) => {
    const { pop, backupUplink } = of.venue
    const credits =
      pop.platform === 'k3s' || pop.creditMode === null ? 2 : pop.creditMode === 'unlimited' ? 1 : 0
    const kept = -(of.spot?.expected ?? 0)
    const fast = [of.formulas?.ackP99Ms, of.formulas?.deliveryP99Ms, of.busy?.peak].map((x) => -(x ?? 0))
    return [...fast, credits, kept, pop.queueBytes, backupUplink === null ? 0 : 1]
  }
  const [x, y] = [qualities(a), qualities(b)]
  const better = x.some((value, i) => value > (y[i] as number)) || a.cost < b.cost
  return x.every((value, i) => value >= (y[i] as number)) && (better || tie)
}
