// Changes of an event that may make it withstand an outage: a bounded set for each venue that the outage hits.
import { architectureOf, loadCatalog } from '../../infra/catalog/catalog.ts'
import type { Ec2Pop, EventSpec, Uplink, Venue } from '../../infra/event/event.ts'
import { nextInFamily, sizeText, withQueue, withVenue } from './changed-pop.ts'
import { rateText, rentedAs } from './line-rents.ts'

export interface Candidate {
  what: string
  /** Place in the event file, and the text to write there. */
  path: (string | number)[]
  write: string
  unpriced: string | null
  event: EventSpec
}

interface Change {
  what: string
  /** Below the venue. */
  key: string[]
  write: string
  unpriced?: string | null
  venue: Venue
}

/** A bonded router on another carrier than the first: a stated assumption of what a venue gets at short notice. */
const SECOND_UPLINK: Uplink = { name: 'backup-uplink', technology: '5g', rateBps: 20e6, rttMs: 50 }
const TIMES = [2, 4]
/** What a burstable machine may be instead, by architecture: the smallest of a general-purpose family. */
const STEADY_TYPES = { arm64: 'm7g.large', x86_64: 'm7i.large' } as const

export function candidatesOf(event: EventSpec): Candidate[] {
  const hit = new Set((event.outage?.steps ?? []).map(({ venue }) => venue))
  return event.venues
    .filter(({ name }) => hit.has(name))
    .flatMap((venue) => changesOf(venue, event))
    .map(({ what, key, write, unpriced, venue }) => ({
      what: `${venue.name}: ${what}`,
      path: ['venues', venue.name, ...key],
      write,
      unpriced: unpriced ?? null,
      event: withVenue(event, venue),
    }))
}

function changesOf(venue: Venue, { region, venues }: EventSpec): Change[] {
  const { pop } = venue
  return [
    ...secondUplink(venue, venues),
    ...TIMES.map((times) => fasterUplink(venue, times, venues)),
    ...TIMES.map((times) => biggerQueue(venue, times)),
    ...fasterDisk(venue),
    ...(pop.platform === 'ec2' ? otherMachines(venue, pop, region) : [moreCores(venue)]),
  ]
}

function secondUplink(venue: Venue, venues: readonly Venue[]): Change[] {
  if (venue.backupUplink !== null) return []
  const { technology, rateBps, rttMs } = SECOND_UPLINK
  const rented = rentedAs(SECOND_UPLINK, venues)
  const rent = rented.perDayText === null ? '' : `, rentPerDay: ${rented.perDayText}`
  return [
    {
      what: `a second uplink, ${rateText(rateBps)} over ${technology}`,
      key: ['backupUplink'],
      write: `backupUplink: { technology: ${technology}, rate: ${rateText(rateBps)}, rtt: ${rttMs}ms${rent} }`,
      unpriced: rented.unpriced,
      venue: { ...venue, backupUplink: SECOND_UPLINK, lineRents: [...venue.lineRents, ...rented.rents] },
    },
  ]
}

function fasterUplink(venue: Venue, times: number, venues: readonly Venue[]): Change {
  const uplink = { ...venue.uplink, rateBps: venue.uplink.rateBps * times }
  const rented = rentedAs(uplink, venues)
  const rent = rented.perDayText === null ? '' : `, rentPerDay: ${rented.perDayText}`
  const others = venue.lineRents.filter((line) => line.uplink !== uplink.name)
  return {
    what: `an uplink of ${rateText(uplink.rateBps)}`,
    key: ['uplink', 'rate'],
    write: `rate: ${rateText(uplink.rateBps)}${rent}`,
    unpriced: rented.unpriced,
    venue: {
      ...venue,
      uplink,
      // Without a rent for the faster line, that of the line it takes the place of is all that is known.
      lineRents: rented.unpriced === null ? [...others, ...rented.rents] : venue.lineRents,
    },
  }
}

function biggerQueue(venue: Venue, times: number): Change {
  const queueBytes = venue.pop.queueBytes * times
  const { pop, volumeBytes } = withQueue(venue.pop, queueBytes)
  const queue = `queue: ${sizeText(queueBytes)}`
  return {
    what: `a queue of ${sizeText(queueBytes)}`,
    key: ['pop', 'queue'],
    write: volumeBytes === null ? queue : `${queue}, volume: ${sizeText(volumeBytes)}`,
    ...(volumeBytes === null && { unpriced: 'what a larger disk costs' }),
    venue: { ...venue, pop },
  }
}

/** Where the disk is stated and another one is known to be faster. */
function fasterDisk(venue: Venue): Change[] {
  const { pop, placement } = venue
  if (pop.statedDisk === null) return []
  const kind = pop.platform === 'k3s' ? 'nvme-plp' : 'gp3'
  const { kind: own, fsyncMs } = pop.statedDisk
  if (pop.platform === 'ec2' && (placement !== 'region' || pop.disk === 'instance-store')) return []
  if (own === kind && fsyncMs === null) return []
  const statedDisk = { kind, fsyncMs: null } as const
  return [
    {
      what: `a disk such as ${kind} usually is`,
      key: ['pop', fsyncMs === null ? 'disk' : 'fsync'],
      write: fsyncMs === null ? `disk: ${kind}` : `disk: ${kind}, without fsync`,
      ...(pop.platform === 'k3s' && { unpriced: 'what a faster disk costs' }),
      venue: {
        ...venue,
        pop: pop.platform === 'k3s' ? { ...pop, statedDisk } : { ...pop, statedDisk, disk: 'gp3' },
      },
    },
  ]
}

function moreCores(venue: Venue): Change {
  const pop = { ...venue.pop }
  if (pop.platform !== 'k3s') throw new Error(`${venue.name} is no box at the venue`)
  pop.cores *= 2
  return {
    what: `a box with ${pop.cores} cores`,
    key: ['pop', 'cores'],
    write: `cores: ${pop.cores}`,
    unpriced: 'what a larger box costs',
    venue: { ...venue, pop },
  }
}

function otherMachines(venue: Venue, pop: Ec2Pop, region: string): Change[] {
  const change = (what: string, key: string, write: string, to: Partial<Ec2Pop>): Change => {
    return { what, key: ['pop', key], write, venue: { ...venue, pop: { ...pop, ...to } } }
  }
  const larger = nextInFamily(pop.instanceType, region, 'larger')
  const steady = steadyType(pop.instanceType, region)
  return [
    ...(larger
      ? [change(`a ${larger}`, 'instanceType', `instanceType: ${larger}`, { instanceType: larger })]
      : []),
    ...(pop.policy === 'burstable' && steady
      ? [
          change(
            `a ${steady}, which needs no CPU credits`,
            'instanceType',
            `instanceType: ${steady}, policy: on-demand`,
            { instanceType: steady, policy: 'on-demand', creditMode: null },
          ),
        ]
      : []),
    ...(pop.creditMode === 'standard'
      ? [change('credits unlimited', 'credits', 'credits: unlimited', { creditMode: 'unlimited' })]
      : []),
    ...(pop.standby === null
      ? [change('a warm standby', 'standby', 'standby: warm', { standby: 'warm' })]
      : []),
  ]
}

function steadyType(name: string, region: string): string | null {
  const steady = STEADY_TYPES[architectureOf(name)]
  const type = loadCatalog().instanceTypes.get(steady)
  return type?.vcpus != null && type.regions.includes(region) ? steady : null
}
