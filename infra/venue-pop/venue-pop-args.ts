// What a venue's PoP is told: the registered inputs of its component, and so the whole truth of the twin's topology.
import { InvalidInput } from '../../runtime/errors.ts'
import type { ChannelRule, StandingAggregate } from '../../runtime/pop-config.ts'
import { loadCatalog } from '../catalog/catalog.ts'
import type { AccessClass, Auth, Ec2Pop, EventSpec, K3sPop, Uplink, Venue } from '../event/event.ts'
import { type CostTags, costTags } from '../tags.ts'
import { decimalUsd } from '../units.ts'

export interface K3sPopArgs extends Omit<K3sPop, 'rentPerDay'> {
  /** Exact decimal USD for a day of the event's window; null: nobody stated one. */
  rentPerDayUsd: string | null
}

export interface Ec2PopArgs extends Omit<Ec2Pop, 'maxPrice'> {
  /** Exact decimal USD for an hour of a spot machine; null: as much as on demand. */
  maxPriceUsd: string | null
  vcpus: number
}

/** Plain JSON: what is registered with the engine is what the recorded graph holds. */
export interface VenuePopArgs {
  event: string
  venue: string
  placement: Venue['placement']
  attendees: number
  /** Mean stay after arrival, seconds; null: to the end of the day. */
  stayS: number | null
  access: AccessClass[]
  uplink: Uplink
  /** A second way to central; null where there is none. */
  backupUplink: Uplink | null
  /** Exact decimal USD for a day of the event's window of each line that is rented. */
  lineRents: { uplink: string; perDayUsd: string }[]
  pop: K3sPopArgs | Ec2PopArgs
  /** Whether it is joined with the other PoPs of the event, by a leaf node beside it. */
  broker: boolean
  /** Public DNS zone that central's name lives in: where the PoP finds its uplink. */
  zone: string
  /** How channels are treated. */
  channels: ChannelRule[]
  /** Aggregates that the PoP keeps; null: those of a PoP that is told of none. */
  standing: StandingAggregate[] | null
  /** Who may come in; holds public keys only. */
  auth: Auth | 'open'
  tags: CostTags
}

/**
 * The arguments of one venue's PoP.
 *
 * @throws {InvalidInput} `MP_INSTANCE_SIZE_UNKNOWN` where the catalogue has no vCPUs for the instance type.
 */
export function planVenuePop(spec: EventSpec, venue: Venue): VenuePopArgs {
  return {
    event: spec.name,
    venue: venue.name,
    placement: venue.placement,
    attendees: venue.attendees,
    stayS: venue.stayS,
    access: venue.access,
    uplink: venue.uplink,
    backupUplink: venue.backupUplink,
    lineRents: venue.lineRents.map(({ uplink, perDay }) => ({ uplink, perDayUsd: decimalUsd(perDay) })),
    pop: venue.pop.platform === 'k3s' ? k3sPop(venue.pop) : ec2Pop(venue.pop, spec, venue),
    broker: spec.central.broker !== null,
    zone: spec.central.zone,
    channels: spec.channels,
    standing: spec.standing,
    auth: spec.auth ?? 'open',
    tags: costTags({ event: spec.name, venue: venue.name, role: 'pop', sponsors: spec.sponsors }),
  }
}

/** The ways of a PoP to central, in the order in which its configuration has them. */
export function uplinksOf({ uplink, backupUplink }: Pick<VenuePopArgs, 'uplink' | 'backupUplink'>): Uplink[] {
  return backupUplink === null ? [uplink] : [uplink, backupUplink]
}

/** Cores of the machine, as the system on it counts them. */
export function coresOf(pop: K3sPopArgs | Ec2PopArgs): number {
  return pop.platform === 'k3s' ? pop.cores : pop.vcpus
}

function k3sPop({ rentPerDay, ...box }: K3sPop): K3sPopArgs {
  return { ...box, rentPerDayUsd: rentPerDay === null ? null : decimalUsd(rentPerDay) }
}

function ec2Pop({ maxPrice, ...pop }: Ec2Pop, spec: EventSpec, venue: Venue): Ec2PopArgs {
  const vcpus = loadCatalog().instanceTypes.get(pop.instanceType)?.vcpus ?? null
  if (vcpus === null) {
    throw new InvalidInput(
      'MP_INSTANCE_SIZE_UNKNOWN',
      `venue ${venue.name}: no source says how many vCPUs ${pop.instanceType} has`,
      'Choose a type that has its vcpus in infra/catalog/instance-types.csv, such as t3.medium.',
      { file: spec.file, line: venue.line },
    )
  }
  return { ...pop, maxPriceUsd: maxPrice === null ? null : decimalUsd(maxPrice), vcpus }
}
