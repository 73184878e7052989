// Reading a resource's recorded inputs, whose types the graph does not promise, and finding its neighbours.
import type { ResourceGraph, ResourceNode } from '../../../infra/graph.ts'
import { type Decimal, decimal } from '../money.ts'

export type Inputs = Record<string, unknown>

export function textOf(inputs: Inputs, key: string): string | null {
  const value = inputs[key]
  return typeof value === 'string' ? value : null
}

/** A non-negative decimal written as a number or as text, to 10⁻¹² as event files may; null for anything else. */
export function decimalOf(inputs: Inputs, key: string): Decimal | null {
  const text = String(inputs[key])
  return /^\d{1,15}(\.\d{1,12})?$/.test(text) ? decimal(text) : null
}

export function objectOf(inputs: Inputs, key: string): Inputs {
  const value = inputs[key]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Inputs) : {}
}

export function objectsOf(inputs: Inputs, key: string): Inputs[] {
  const value = inputs[key]
  return Array.isArray(value)
    ? value.filter((each): each is Inputs => typeof each === 'object' && each !== null)
    : []
}

/** Why no rate of the region is the price of what a PoP's machine is there; null: the region's rates are. */
export function otherPrices({ parent }: ResourceNode, { resources }: ResourceGraph): string | null {
  const placement = resources.find(({ urn }) => urn === parent)?.inputs.placement
  if (placement === 'local-zone') return 'the price book has no rates of Local Zones, which have their own'
  if (placement === 'outpost') return 'an Outpost is paid as a whole, by contract'
  return null
}

/** Resources of `type` that `node` depends on directly: how a reference such as `subnetId` is recorded. */
export function dependenciesOf(node: ResourceNode, type: string, graph: ResourceGraph): ResourceNode[] {
  return graph.resources.filter((other) => other.type === type && node.dependencies.includes(other.urn))
}
