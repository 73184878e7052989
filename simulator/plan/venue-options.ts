// The ways of buying that are searched for one venue: machine, policy and credit mode, queue, and the rented second line.
import { architectureOf, type InstanceType, loadCatalog } from '../../infra/catalog/catalog.ts'
import type { Ec2Pop, Venue } from '../../infra/event/event.ts'
import { compare, type Decimal } from '../costs/money.ts'
import type { PriceBook } from '../costs/price-book.ts'
import { sizeText, withQueue } from '../fixes/changed-pop.ts'
import type { PlannedKey } from './plan-result.ts'

export interface VenueOption {
  what: string
  /** None: as the event file says. */
  keys: PlannedKey[]
  venue: Venue
}

/** Beyond the cheapest, types cost more than any that a venue of the compared range needs. */
const TYPES_MAX = 12
/**
 * The twin has no model of memory: what the system and a PoP need, and each session (stated assumptions). Of 2 GiB the
 * operating system sees less.
 */
const MEMORY = { baseMib: 1_024, leastMib: 1_800, perSessionMib: 0.25 }
/** A queue of this share of the event's own is tried; the twin says whether it overflows. */
const SMALLER_QUEUE = 0.25
const LEAST_QUEUE_BYTES = 64e6

/** The first is as the event file says. `kept`: what is not searched, and why. */
export function optionsOf(
  venue: Venue,
  region: string,
  book: PriceBook,
): { options: VenueOption[]; kept: string[] } {
  const own: VenueOption = { what: ownText(venue), keys: [], venue }
  const { options, kept } = machines(venue, region, book)
  const all = [own, ...options.flatMap((option) => [option, ...smallerQueue(option)])]
  return {
    options: [...all, ...all.flatMap(withoutRentedLine)].filter(
      (option) => option === own || option.keys.length > 0,
    ),
    kept: [...kept, ...lineKept(venue)],
  }
}

function machines(venue: Venue, region: string, book: PriceBook): { options: VenueOption[]; kept: string[] } {
  const { pop } = venue
  if (pop.platform === 'k3s') {
    const box = `the box of ${pop.cores} cores`
    const why = pop.rentPerDay === null ? 'no rent is stated' : 'what another box rents for is not stated'
    return { options: [], kept: [`${box}: ${why}`] }
  }
  if (venue.placement !== 'region' || pop.disk === 'instance-store') {
    const why = 'which types are to be had there is not known'
    return { options: [], kept: [`the ${pop.instanceType}: ${why}`] }
  }
  const options = cheapestTypes(venue, pop, region, book).flatMap((type) => ofType(venue, pop, type))
  const kept = [
    'placement: what stands elsewhere is priced elsewhere',
    ...(pop.standby === null
      ? []
      : ['the standby: the twin has no failure of a machine that would show its worth']),
    ...(pop.policy === 'reserved' ? ['the reserved capacity: the twin has no shortage of machines'] : []),
  ]
  return { options: [{ what: ownText(venue), keys: [], venue }, ...options], kept }
}

/** Of the same architecture, for which the image is built, with room for the sessions. */
function cheapestTypes({ attendees }: Venue, pop: Ec2Pop, region: string, book: PriceBook): InstanceType[] {
  const memoryMib = Math.max(MEMORY.leastMib, MEMORY.baseMib + attendees * MEMORY.perSessionMib)
  return [...loadCatalog().instanceTypes.values()]
    .filter(
      ({ name, regions, vcpus, coremarkPerS, memoryMib: has }) =>
        architectureOf(name) === architectureOf(pop.instanceType) &&
        regions.includes(region) &&
        vcpus !== null &&
        coremarkPerS !== null &&
        has !== null &&
        has >= memoryMib,
    )
    .flatMap((type) => {
      const price = book.rate(region, `ec2.${type.name}.on-demand`)?.tiers[0]?.priceUsd
      return price ? [{ type, price }] : []
    })
    .toSorted((a, b) => compare(a.price as Decimal, b.price as Decimal))
    .slice(0, TYPES_MAX)
    .map(({ type }) => type)
}

function ofType(venue: Venue, pop: Ec2Pop, { name, burst }: InstanceType): VenueOption[] {
  const modes: Pick<Ec2Pop, 'policy' | 'creditMode'>[] =
    pop.policy === 'reserved'
      ? [{ policy: 'reserved', creditMode: burst ? 'unlimited' : null }]
      : burst
        ? [
            { policy: 'burstable', creditMode: 'standard' },
            { policy: 'burstable', creditMode: 'unlimited' },
          ]
        : [{ policy: 'on-demand', creditMode: null }]
  const spot = { policy: 'spot', creditMode: burst ? 'standard' : null } as const
  if (pop.standby === null && pop.policy !== 'reserved') modes.push(spot)
  return modes
    .filter(
      ({ policy, creditMode }) =>
        name !== pop.instanceType || policy !== pop.policy || creditMode !== pop.creditMode,
    )
    .map(({ policy, creditMode }) => {
      const changed = { ...pop, instanceType: name, policy, creditMode, maxPrice: null, orTypes: [] }
      const keys = { instanceType: name, policy, credits: creditMode, maxPrice: null, orTypes: null }
      return {
        what: machineText({ instanceType: name, policy, creditMode }),
        keys: Object.entries(keys).map(([key, value]) => ({ path: ['pop', key], value })),
        venue: { ...venue, pop: changed },
      }
    })
}

/** Its volume is smaller by as much, which is what it saves. */
function smallerQueue({ what, keys, venue }: VenueOption): VenueOption[] {
  const queueBytes = venue.pop.queueBytes * SMALLER_QUEUE
  const { pop, volumeBytes } = withQueue(venue.pop, queueBytes)
  if (volumeBytes === null || queueBytes < LEAST_QUEUE_BYTES) return []
  const set = { queue: sizeText(queueBytes), volume: sizeText(volumeBytes) }
  return [
    {
      what: `${what}, queue ${set.queue}`,
      keys: [...keys, ...Object.entries(set).map(([key, value]) => ({ path: ['pop', key], value }))],
      venue: { ...venue, pop },
    },
  ]
}

function withoutRentedLine({ what, keys, venue }: VenueOption): VenueOption[] {
  const { backupUplink, lineRents } = venue
  if (backupUplink === null || !lineRents.some(({ uplink }) => uplink === backupUplink.name)) return []
  return [
    {
      what: `${what}, without ${backupUplink.name}`,
      keys: [...keys, { path: ['backupUplink'], value: null }],
      venue: {
        ...venue,
        backupUplink: null,
        lineRents: lineRents.filter(({ uplink }) => uplink !== backupUplink.name),
      },
    },
  ]
}

function lineKept({ uplink, lineRents }: Venue): string[] {
  const rented = lineRents.some(({ uplink: name }) => name === uplink.name)
  return [
    `${uplink.name}: what a line of another rate costs is not stated${rented ? ', only what this one rents for' : ''}`,
  ]
}

function ownText({ pop }: Venue): string {
  return pop.platform === 'k3s' ? `a box of ${pop.cores} cores` : machineText(pop)
}

function machineText({
  instanceType,
  policy,
  creditMode,
}: Pick<Ec2Pop, 'instanceType' | 'policy' | 'creditMode'>): string {
  return `${instanceType} ${policy}${creditMode === null ? '' : `, credits ${creditMode}`}`
}
