// The twin's topology, read from the resource graph and from nothing else: the inputs of the micropop components.
import type { CentralServicesArgs } from '../infra/central-services/central-services-args.ts'
import { COMPONENT, type ResourceGraph, type ResourceNode } from '../infra/graph.ts'
import type { VenuePopArgs } from '../infra/venue-pop/venue-pop-args.ts'
import { InvalidInput } from '../runtime/errors.ts'

export interface VenueTopology extends VenuePopArgs {
  urn: string
}

export interface Topology {
  venues: VenueTopology[]
  central: CentralServicesArgs & { urn: string }
}

/** Errors: MP_GRAPH_INVALID when the graph has no PoP, no central, or a PoP without attendees or uplink rate. */
export function readTopology(graph: ResourceGraph): Topology {
  const venues = ofType(graph, COMPONENT.venuePop).map(
    (node) => ({ ...(node.inputs as unknown as VenuePopArgs), urn: node.urn }) satisfies VenueTopology,
  )
  const [central] = ofType(graph, COMPONENT.central)
  if (venues.length === 0 || !central) {
    throw invalid(`the graph of stack ${graph.stack} has ${central ? 'no PoP' : 'no central services'}`)
  }
  for (const { venue, uplink, backupUplink, access } of venues) {
    if (!(uplink.rateBps > 0) || (backupUplink && !(backupUplink.rateBps > 0)))
      throw invalid(`venue ${venue} has an uplink without a rate`)
    if (access.length === 0) throw invalid(`venue ${venue} has no access links`)
  }
  return { venues, central: { ...(central.inputs as unknown as CentralServicesArgs), urn: central.urn } }
}

function ofType(graph: ResourceGraph, type: string): ResourceNode[] {
  return graph.resources.filter((node) => node.type === type)
}

function invalid(what: string): InvalidInput {
  return new InvalidInput(
    'MP_GRAPH_INVALID',
    what,
    'Check the venues of the event file with `micropop check`.',
  )
}
