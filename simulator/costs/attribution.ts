// Which venue a resource is for, and the order of a forecast's lines.
import type { EventSpec } from '../../infra/event/event.ts'
import { COMPONENT, type ResourceGraph, type ResourceNode } from '../../infra/graph.ts'
import { SHARED_VENUE, TAG } from '../../infra/tags.ts'

/** The venue of a resource: its tag, else that of the component it belongs to, else what venues share. */
export function venueFinder(graph: ResourceGraph): (node: ResourceNode) => string {
  const byUrn = new Map(graph.resources.map((node) => [node.urn, node]))
  return function venueOf(node): string {
    const tag = (node.inputs.tags as Record<string, unknown> | undefined)?.[TAG.venue]
    if (typeof tag === 'string') return tag
    if (node.type === COMPONENT.venuePop && typeof node.inputs.venue === 'string') return node.inputs.venue
    const parent = node.parent === null ? undefined : byUrn.get(node.parent)
    return parent ? venueOf(parent) : SHARED_VENUE
  }
}

/** By venue as in the event file, what venues share last, then by URN: independent of the order of registration. */
export function inOrder(
  nodes: ResourceNode[],
  venues: EventSpec['venues'],
  venueOf: (node: ResourceNode) => string,
): ResourceNode[] {
  const position = new Map(venues.map(({ name }, i) => [name, i]))
  const rank = (node: ResourceNode) => position.get(venueOf(node)) ?? position.size
  return nodes.toSorted((a, b) => rank(a) - rank(b) || (a.urn < b.urn ? -1 : a.urn > b.urn ? 1 : 0))
}
