// One graph priced many times: what usage does not move is metered and priced once.
import type { EventSpec } from '../../../infra/event/event.ts'
import type { ResourceGraph, ResourceNode } from '../../../infra/graph.ts'
import type { Usage } from '../../usage.ts'
import type { Charge } from '../charge.ts'
import { discountOn, serviceOf } from '../discount.ts'
import { chargesOf } from '../forecast.ts'
import type { PriceBook } from '../price-book.ts'
import { priceCharges } from '../pricing.ts'
import { isSpotRate, spotMarketAt } from '../spot-market.ts'
import { eventWindow, type Window } from '../window.ts'

export class Repricer {
  readonly #graph: ResourceGraph
  readonly #event: EventSpec
  readonly #book: PriceBook
  readonly #window: Window
  readonly #used: ReadonlyMap<string, ResourceNode>
  /** Of what usage does not move, the spot market does not either, and no other charge shares a tier with. */
  readonly #fixed: bigint
  /** What usage does not move: spot machines, and rates with tiers, which they fill together with the rest. */
  readonly #pooled: Charge[]

  /** `usages`: of the resources that have any; others with the same resources are priced by `total`. */
  constructor(graph: ResourceGraph, event: EventSpec, usages: readonly Usage[], book: PriceBook) {
    this.#graph = graph
    this.#event = event
    this.#book = book
    this.#window = eventWindow(event)
    const urns = new Set(usages.map(({ urn }) => urn))
    this.#used = new Map(graph.resources.filter(({ urn }) => urns.has(urn)).map((node) => [node.urn, node]))
    const still = graph.resources.filter(({ urn }) => !urns.has(urn)).flatMap((node) => this.#meter(node, []))
    const priceMoves = (charge: Charge) => isSpot(charge) || this.#sharesTiers(charge)
    this.#pooled = still.filter(priceMoves)
    this.#fixed = this.#price(
      still.filter((charge) => !priceMoves(charge)),
      book,
    )
  }

  /** As the total of `forecast`, to the pico-dollar, where spot machines cost `spotPrice` times the price book's price. */
  total(usages: readonly Usage[], spotPrice = 1): bigint {
    const byUrn = Map.groupBy(usages, ({ urn }) => urn)
    const charges = [...this.#used.values()].flatMap((node) => this.#meter(node, byUrn.get(node.urn) ?? []))
    for (const urn of byUrn.keys()) {
      if (!this.#used.has(urn)) throw new Error(`${urn} is used, and was not when the graph was metered`)
    }
    return this.#fixed + this.#price([...this.#pooled, ...charges], spotMarketAt(spotPrice, this.#book))
  }

  #meter(node: ResourceNode, usages: Usage[]): Charge[] {
    const { region } = this.#event
    return chargesOf(node, { graph: this.#graph, window: this.#window, region, usages })
  }

  #sharesTiers(charge: Charge): boolean {
    if (charge.kind !== 'rated') return false
    const rate = this.#book.rate(charge.region ?? this.#event.region, charge.rateId)
    return charge.allowanceRateId !== undefined || (rate !== null && !hasOnePrice(rate))
  }

  #price(charges: Charge[], book: PriceBook): bigint {
    const { region, finance } = this.#event
    const net = (rateId: string | null, list: bigint) => list - discountOn(list, serviceOf(rateId), finance)
    return priceCharges(charges, region, book)
      .flatMap(({ parts }) => parts)
      .reduce((sum, { rateId, amount }) => sum + net(rateId, amount), 0n)
  }
}

function isSpot(charge: Charge): boolean {
  return charge.kind === 'rated' && isSpotRate(charge.rateId)
}

function hasOnePrice({ tiers }: { tiers: { to: unknown }[] }): boolean {
  return tiers.length === 1 && tiers[0]?.to === null
}
