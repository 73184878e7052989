// The twin's topology, read from the resource graph and from nothing else: the inputs of the micropop components.
import type { CentralServicesArgs } from '../infra/central-services/central-services-args.ts'
import type { EventSpec } from '../infra/event/event.ts'
import { COMPONENT, type ResourceGraph, type ResourceNode } from '../infra/graph.ts'
import { coresOf, type VenuePopArgs } from '../infra/venue-pop/venue-pop-args.ts'
import { InvalidInput } from '../runtime/errors.ts'

export interface VenueTopology extends VenuePopArgs {
  urn: string
}

export interface Topology {
  venues: VenueTopology[]
  central: CentralServicesArgs & { urn: string }
}

/** Shares of access links are given in hundredths of a percent, and three thirds are meant as a whole. */
const SHARE_TOLERANCE = 0.0005

/** Errors: MP_GRAPH_INVALID when the graph has no PoP, no central, or a PoP that cannot be: without uplink, cores, room. */
export function readTopology(graph: ResourceGraph): Topology {
  const venues = ofType(graph, COMPONENT.venuePop).map(
    (node) => ({ ...(node.inputs as unknown as VenuePopArgs), urn: node.urn }) satisfies VenueTopology,
  )
  const [central] = ofType(graph, COMPONENT.central)
  if (venues.length === 0 || !central) {
    throw invalid(`the graph of stack ${graph.stack} has ${central ? 'no PoP' : 'no central services'}`)
  }
  for (const venue of venues) {
    const why = impossible(venue)
    if (why !== null) throw invalid(`venue ${venue.venue}${why}`)
  }
  return { venues, central: { ...(central.inputs as unknown as CentralServicesArgs), urn: central.urn } }
}

/** The venue that a plan names. */
export function venueOf({ venues }: Topology, name: string): VenueTopology {
  const found = venues.find(({ venue }) => venue === name)
  if (found === undefined) throw new Error(`the plan names venue ${name}, which the graph does not have`)
  return found
}

/** As provisioned, with the attendees of `event`: those of a day that is not as planned. */
export function attendedBy(topology: Topology, { venues }: Pick<EventSpec, 'venues'>): Topology {
  const attendees = new Map(venues.map((venue) => [venue.name, venue.attendees]))
  return {
    ...topology,
    venues: topology.venues.map((venue) => ({
      ...venue,
      attendees: attendees.get(venue.venue) ?? venue.attendees,
    })),
  }
}

/** Why a PoP cannot be, as the rest of a sentence that begins with its venue. */
function impossible({ attendees, access, uplink, backupUplink, pop }: VenueTopology): string | null {
  if (!uplink) return ' has no uplink'
  for (const [what, link] of [
    ['its uplink', uplink],
    ['its backup uplink', backupUplink],
  ] as const) {
    if (link && !(link.rateBps > 0)) return `: ${what} has a rate of ${link.rateBps} bit/s`
    if (link && !(link.rttMs >= 0)) return `: ${what} has a round trip of ${link.rttMs} ms`
  }
  if (!(coresOf(pop) > 0)) return `: its PoP has ${coresOf(pop)} cores`
  if (!(pop.queueBytes > 0)) return `: its PoP has a queue of ${pop.queueBytes} bytes`
  if (!(attendees >= 0)) return ` has ${attendees} attendees`
  if (access.length === 0) return ' has no access links'
  const wrong = access.find(({ share }) => !(share > 0 && share <= 1))
  if (wrong) return `: a share of ${wrong.share} of its attendees is not over 0 and up to 1`
  const sum = access.reduce((total, { share }) => total + share, 0)
  if (Math.abs(sum - 1) <= SHARE_TOLERANCE) return null
  return `: the shares of its access links add up to ${Number(sum.toFixed(4))}, not to 1`
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
