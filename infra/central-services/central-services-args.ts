// What the central services are told: the registered inputs of their component.
import type { Archive, Central, EventSpec } from '../event/event.ts'
import { type CostTags, costTags, SHARED_VENUE } from '../tags.ts'
import { decimalUsd } from '../units.ts'

export type CentralArchive = Archive

/** Plain JSON: what is registered with the engine is what the recorded graph holds. */
export interface CentralServicesArgs extends Omit<Central, 'zoneLine' | 'broker'> {
  /** Exact decimal USD; null: the event has no budget. */
  budgetUsd: string | null
  event: string
  region: string
  /** With the venues that it joins: those of an event without one change nothing here. */
  broker: (NonNullable<Central['broker']> & { pops: string[] }) | null
  /** The component's own; its children carry them with their role. */
  tags: CostTags
}

/** Mean use of the ingest tasks' processors that scaling aims at, percent: room for the minute that a new task takes. */
export const INGEST_CPU_TARGET_PCT = 60

/** The arguments of an event's central services. */
export function planCentralServices(spec: EventSpec): CentralServicesArgs {
  const { zoneLine: _, ...central } = spec.central
  return {
    event: spec.name,
    region: spec.region,
    ...central,
    broker: central.broker && { ...central.broker, pops: spec.venues.map(({ name }) => name) },
    budgetUsd: spec.budget === null ? null : decimalUsd(spec.budget),
    tags: costTags({ event: spec.name, venue: SHARED_VENUE, role: 'ingest', sponsors: spec.sponsors }),
  }
}
