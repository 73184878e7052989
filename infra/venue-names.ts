// The public names of PoPs: who answers under each, what stands in when a PoP does not, and how long that is remembered.
import { HealthCheck } from '@pulumi/aws/route53/healthCheck.js'
import { Record as DnsRecord } from '@pulumi/aws/route53/record.js'
import type { Output } from '@pulumi/pulumi'
import { PORTS } from '../runtime/ports.ts'
import type { EventSpec, Venue } from './event/event.ts'
import { popName } from './names.ts'
import { costTags } from './tags.ts'
import type { VenuePop } from './venue-pop/venue-pop.ts'

/** Seconds between checks of one checker; the other choice is 30. Three in a row decide: half a minute. */
const CHECK_EVERY_S = 10
const FAILURES_TO_DECIDE = 3

export interface Naming {
  zoneId: Output<string>
  /** Whose PoP answers under a venue's name by an operator's order; null: its own. */
  swap: (venue: string) => string | null
  /** Of a PoP that another stack has; null: there is none. */
  addressOf: (venue: string) => Output<string> | null
}

/** Declares the records of all venues, each as a child of its PoP. */
export function declareVenueNames(
  spec: EventSpec,
  pops: ReadonlyMap<string, VenuePop>,
  { swap, zoneId, addressOf: elsewhere }: Naming,
): void {
  const addressOf = (venue: string) => {
    const own = pops.get(venue)
    return own === undefined ? elsewhere(venue) : own.publicIp
  }
  for (const venue of spec.venues) {
    const parent = pops.get(venue.name)
    if (parent === undefined) continue
    const fallback = venue.fallback === null ? null : addressOf(venue.fallback)
    // A hall's PoP has no public address: its name is for the hall's own resolver, and outside it is the fallback's.
    const own = addressOf(swap(venue.name) ?? venue.name) ?? fallback
    if (own === null) continue
    const record = {
      zoneId,
      name: popName({ event: spec.name, zone: spec.central.zone, venue: venue.name }),
      type: 'A',
      ttl: spec.dnsTtlS,
    }
    const name = `${venue.name}-pop`
    if (fallback === null || own === fallback) {
      new DnsRecord(name, { ...record, records: [own] }, { parent })
      continue
    }
    const healthCheckId = declareCheck(spec, venue, own, parent)
    new DnsRecord(
      name,
      {
        ...record,
        records: [own],
        setIdentifier: 'own',
        failoverRoutingPolicies: [{ type: 'PRIMARY' }],
        healthCheckId,
      },
      { parent },
    )
    new DnsRecord(
      `${name}-fallback`,
      {
        ...record,
        records: [fallback],
        setIdentifier: 'fallback',
        failoverRoutingPolicies: [{ type: 'SECONDARY' }],
      },
      { parent },
    )
  }
}

/** Whether the PoP's port takes connections, asked from all over the world: with TLS and without. */
function declareCheck(
  { name: event, sponsors }: EventSpec,
  { name: venue }: Venue,
  ipAddress: Output<string>,
  parent: VenuePop,
): Output<string> {
  return new HealthCheck(
    `${venue}-pop`,
    {
      type: 'TCP',
      ipAddress,
      port: PORTS.pop,
      requestInterval: CHECK_EVERY_S,
      failureThreshold: FAILURES_TO_DECIDE,
      tags: costTags({ event, venue, role: 'pop', sponsors }),
    },
    { parent },
  ).id
}
