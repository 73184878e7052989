// Whose a resource is: its venue, its tags as a bill shows them, and the order of a forecast's lines.
import type { EventSpec } from '../../infra/event/event.ts'
import { COMPONENT, type ResourceGraph, type ResourceNode } from '../../infra/graph.ts'
import { SHARED_VENUE, TAG } from '../../infra/tags.ts'
import { objectOf, objectsOf } from './meters/inputs.ts'

type Tags = Record<string, string>

/** The venue of a resource: its tag, else that of the component it belongs to, else what venues share. */
export function venueFinder(graph: ResourceGraph): (node: ResourceNode) => string {
  const byUrn = new Map(graph.resources.map((node) => [node.urn, node]))
  return function venueOf(node): string {
    const tag = objectOf(node.inputs, 'tags')[TAG.venue]
    if (typeof tag === 'string') return tag
    if (node.type === COMPONENT.venuePop && typeof node.inputs.venue === 'string') return node.inputs.venue
    const parent = node.parent === null ? undefined : byUrn.get(node.parent)
    return parent ? venueOf(parent) : SHARED_VENUE
  }
}

/**
 * The tags of a resource: its own, and always the event's and the venue's. What takes no tags has those of the component
 * it belongs to, but for the role, which a component has for itself.
 */
export function tagsFinder(graph: ResourceGraph, event: string): (node: ResourceNode) => Tags {
  const byUrn = new Map(graph.resources.map((node) => [node.urn, node]))
  const venueOf = venueFinder(graph)
  function inherited({ parent }: ResourceNode): Tags {
    const above = parent === null ? undefined : byUrn.get(parent)
    if (above === undefined) return {}
    const { [TAG.role]: _, ...tags } = ownTags(above)
    return Object.keys(tags).length > 0 ? tags : inherited(above)
  }
  return (node) => {
    const own = ownTags(node)
    const tags = Object.keys(own).length > 0 ? own : inherited(node)
    return { [TAG.event]: event, [TAG.venue]: venueOf(node), ...tags }
  }
}

/** An Auto Scaling group has its tags as a list of pairs, everything else as an object. */
function ownTags({ inputs }: ResourceNode): Tags {
  const listed = objectsOf(inputs, 'tags').map(({ key, value }): [string, unknown] => [String(key), value])
  const all = listed.length > 0 ? listed : Object.entries(objectOf(inputs, 'tags'))
  return Object.fromEntries(
    all.filter((pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1] !== ''),
  )
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
