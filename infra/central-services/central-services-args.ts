// What the central services are told: the registered inputs of their component.
import type { Central, EventSpec } from '../event/event.ts'
import { type CostTags, costTags, SHARED_VENUE } from '../tags.ts'

/** Plain JSON: what is registered with the engine is what the recorded graph holds. */
export interface CentralServicesArgs extends Omit<Central, 'zoneLine'> {
  event: string
  region: string
  /** The component's own; its children carry them with their role. */
  tags: CostTags
}

/** The arguments of an event's central services. */
export function planCentralServices(spec: EventSpec): CentralServicesArgs {
  const { database, ingest, cdn, network, zone } = spec.central
  return {
    event: spec.name,
    region: spec.region,
    zone,
    database,
    ingest,
    cdn,
    network,
    tags: costTags({ event: spec.name, venue: SHARED_VENUE, role: 'ingest', sponsors: spec.sponsors }),
  }
}
