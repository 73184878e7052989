// The forecast of an event: every resource of its graph metered, priced, and shared out to venues.
import type { EventSpec } from '../../infra/event/event.ts'
import type { ResourceGraph, ResourceNode } from '../../infra/graph.ts'
import { SHARED_VENUE } from '../../infra/tags.ts'
import type { Usage } from '../usage.ts'
import { inOrder, tagsFinder, venueFinder } from './attribution.ts'
import type { Charge } from './charge.ts'
import { discountOn, serviceOf, shareOf } from './discount.ts'
import type { CostLine, Forecast, UnpricedLine } from './forecast-result.ts'
import { freeWhy, meterOf } from './meters/registry.ts'
import { decimalText, quantityOf } from './money.ts'
import type { PriceBook } from './price-book.ts'
import { priceCharges } from './pricing.ts'
import { staleRates } from './stale-rates.ts'
import { eventWindow, type Window } from './window.ts'

/**
 * What the event will cost. The total is the sum of its lines, exactly; a resource that no meter knows, a quantity
 * that nobody gave, and a rate that the price book lacks are unpriced lines and part of no sum.
 *
 * Throws a RangeError for usage in another unit than its meter reads, of a negative quantity or an empty window.
 */
export function forecast(graph: ResourceGraph, event: EventSpec, usages: Usage[], book: PriceBook): Forecast {
  checkUsage(graph, usages)
  const { region } = event
  const window = eventWindow(event)
  const venueOf = venueFinder(graph)
  const tagsOf = tagsFinder(graph, event.name)
  const entries = inOrder(graph.resources, event.venues, venueOf).map((node) => ({
    node,
    charges: chargesOf(node, { graph, window, region, usages }),
  }))
  const charged = entries.flatMap(({ node, charges }) => charges.map((charge) => ({ node, charge })))
  const priced = priceCharges(
    charged.map(({ charge }) => charge),
    region,
    book,
  )
  const lines: CostLine[] = []
  const unpriced: UnpricedLine[] = []
  charged.forEach(({ node, charge }, i) => {
    const of = { venue: venueOf(node), urn: node.urn, type: node.type }
    const tags = tagsOf(node)
    const quantitySource = charge.kind === 'rated' ? charge.quantitySource : 'stated'
    for (const { quantity, rateUsd, amount: list, ...part } of priced[i]?.parts ?? []) {
      const text = { quantity: decimalText(quantity), rate: decimalText(rateUsd) }
      const service = serviceOf(part.rateId)
      const discount = discountOn(list, service, event.finance)
      const when = part.window ?? window
      const money = { service, list, discount, amount: list - discount }
      lines.push({ ...of, tags, ...part, ...text, quantitySource, window: when, ...money })
    }
    for (const { quantity, ...part } of priced[i]?.unpriced ?? []) {
      unpriced.push({ ...of, ...part, quantity: quantity && decimalText(quantity) })
    }
  })
  unpriced.push(...usageOfNothing(graph, usages))

  const total = lines.reduce((sum, line) => sum + line.amount, 0n)
  const { budget, finance } = event
  return {
    event: event.name,
    title: event.title,
    region,
    window,
    priceBook: { date: book.date, sources: [...new Set(lines.map((line) => line.rateSource.id))].sort() },
    staleRates: staleRates(lines, window.startMs),
    lines,
    unpriced,
    free: freeTypes(entries.filter(({ charges }) => charges.length === 0).map(({ node }) => node.type)),
    total,
    vat: finance.vat === null ? null : { share: finance.vat, amount: shareOf(total, finance.vat) },
    budget: budget === null ? null : { limit: budget, outcome: outcome(total, budget, unpriced) },
    attendees: event.venues.reduce((sum, venue) => sum + venue.attendees, 0),
  }
}

/**
 * Over, as soon as the priced lines are above the limit: what is unpriced can only add to it. Within, only where
 * everything is priced. Otherwise nobody knows yet.
 */
function outcome(total: bigint, limit: bigint, unpriced: UnpricedLine[]): 'within' | 'over' | 'unknown' {
  if (total > limit) return 'over'
  return unpriced.length === 0 ? 'within' : 'unknown'
}

export interface Occasion {
  graph: ResourceGraph
  window: Window
  region: string
  usages: Usage[]
}

/** What a resource is charged. `usages`: of all resources, or of this one. */
export function chargesOf(node: ResourceNode, { usages, ...context }: Occasion): Charge[] {
  const meter = meterOf(node.type)
  const own = usages.filter((usage) => usage.urn === node.urn)
  const isRead = (usage: Usage) => meter?.reads[usage.meter] !== undefined
  const unread = own.filter((usage) => !isRead(usage)).map(unreadUsage)
  if (!meter) return freeWhy(node.type) === null ? [unknownType, ...unread] : unread
  return [...meter.charges(node, { ...context, usages: own.filter(isRead) }), ...unread]
}

const unknownType: Charge = {
  kind: 'unknown',
  description: 'everything about it',
  quantity: null,
  unit: '',
  why: 'no meter for this type',
}

function unreadUsage({ meter, quantity, unit }: Usage): Charge {
  const why = 'no meter of this type reads it'
  return { kind: 'unknown', description: `usage ${meter}`, quantity: quantityOf(quantity), unit, why }
}

/** Usage of a resource that is not in the graph is a cost all the same. */
function usageOfNothing(graph: ResourceGraph, usages: Usage[]): UnpricedLine[] {
  const known = new Set(graph.resources.map(({ urn }) => urn))
  return usages
    .filter(({ urn }) => !known.has(urn))
    .map(({ urn, meter, quantity, unit }) => ({
      venue: SHARED_VENUE,
      urn,
      type: '',
      description: `usage ${meter}`,
      quantity: decimalText(quantityOf(quantity)),
      unit,
      why: 'the resource is not in the graph',
    }))
}

/** Usage that cannot be priced as it stands is our own mistake, not the event's. */
function checkUsage(graph: ResourceGraph, usages: Usage[]): void {
  const types = new Map(graph.resources.map(({ urn, type }) => [urn, type]))
  for (const { urn, meter, quantity, unit, window } of usages) {
    const expected = meterOf(types.get(urn) ?? '')?.reads[meter]
    if (expected !== undefined && expected !== unit) {
      throw new RangeError(`usage ${meter} of ${urn} is in ${unit}, and its meter reads ${expected}`)
    }
    if (!(quantity >= 0) || !(window.startMs < window.endMs)) {
      throw new RangeError(`usage ${meter} of ${urn} has a negative quantity or an empty window`)
    }
  }
}

/** Types of resources without any charge, with their count and why. */
function freeTypes(types: string[]): Forecast['free'] {
  const counts = new Map<string, number>()
  for (const type of types.toSorted()) counts.set(type, (counts.get(type) ?? 0) + 1)
  return [...counts].map(([type, count]) => {
    const why = freeWhy(type) ?? meterOf(type)?.freeWhy
    if (why === undefined) throw new Error(`${type} costs nothing, and its meter does not say why`)
    return { type, count, why }
  })
}
