// What a schema cannot say of central services: rules about two keys at once, and about what AWS offers together.
import type { Catalog } from '../catalog/catalog.ts'
import { prefixNeeded, readRange } from '../central-services/network-range.ts'
import { centralName } from '../names.ts'
import { ARCHIVE_CLASS, LEAST_DAYS } from './archive.ts'
import type { CentralFile } from './central-schema.ts'
import type { Complain, ValidParts } from './checks.ts'
import { fargateMismatch } from './fargate.ts'
import { checkSubnets } from './place-checks.ts'
import { quote } from './quote.ts'
import type { VenueFile } from './venue-schema.ts'

/** Characters of a certificate's domain name (ACM, RequestCertificate: DomainName's common name). */
const CERTIFICATE_NAME_CHARS_MAX = 64

/**
 * Classes of the catalogue that Aurora PostgreSQL runs on: no M classes, and of T classes two sizes (Amazon Aurora User
 * Guide, "Supported DB engines for DB instance classes"; from knowledge of it on 2026-11-29, not looked up).
 */
export const AURORA_CLASS = /^db\.(r\w+\.|t3\.(medium|large)$|t4g\.(medium|large)$)/

export function checkCentral(
  central: CentralFile,
  parts: ValidParts,
  catalog: Catalog,
  complain: Complain,
): void {
  checkDatabase(central, parts.event?.region, catalog, complain)
  const { ingest } = central
  const mismatch = fargateMismatch(ingest.vcpu, ingest.memory)
  if (mismatch) complain(['central', 'ingest', mismatch.key], mismatch.why)
  if (ingest.maxTasks !== undefined && ingest.maxTasks < ingest.tasks) {
    complain(
      ['central', 'ingest', 'maxTasks'],
      `${ingest.maxTasks} tasks at most are fewer than the ${ingest.tasks} that always run; write ${ingest.tasks} or more`,
    )
  }
  checkStorage(central, parts.event?.region, complain)
  if (parts.venues) {
    checkRoom(central, parts.venues, complain)
    checkSubnets(central, parts.venues, complain)
  }
  checkBroker(central, parts, catalog, complain)
  if (parts.event) checkCertificateName(parts.event.name, central.zone, complain)
}

function checkDatabase(
  { database }: CentralFile,
  region: string | undefined,
  catalog: Catalog,
  complain: Complain,
): void {
  const at = (key: string) => ['central', 'database', key]
  const offered = [...catalog.databaseClasses.values()].filter(
    ({ regions }) => region === undefined || regions.includes(region),
  )
  if (!offered.some(({ name }) => name === database.class)) {
    const [other] = offered
    const instead = other ? `; ${other.name} has one` : ''
    complain(at('class'), `${database.class} has no PostgreSQL price in ${region}${instead}`)
  }
  if (database.engine !== 'aurora') return
  if (!AURORA_CLASS.test(database.class)) {
    const other = offered.find(({ name }) => AURORA_CLASS.test(name))?.name ?? 'db.r6g.large'
    complain(at('class'), `Aurora does not run on ${database.class}; write one such as ${other}`)
  }
  if (database.storage !== undefined) {
    complain(at('storage'), 'the storage of Aurora grows by itself; leave `storage` out')
  }
}

function checkStorage(
  { archive, cdn, copyRegion }: CentralFile,
  region: string | undefined,
  complain: Complain,
): void {
  if (copyRegion !== undefined && !cdn) {
    complain(
      ['central', 'copyRegion'],
      'nobody asks a copy without a CDN; write `cdn: true`, or leave it out',
    )
  }
  if (copyRegion !== undefined && copyRegion === region) {
    complain(['central', 'copyRegion'], `${copyRegion} is the event's own region; write another`)
  }
  if (archive?.delete === undefined) return
  const leastDays = LEAST_DAYS[ARCHIVE_CLASS[archive.tier]]
  if (archive.delete < archive.after + leastDays) {
    complain(
      ['central', 'archive', 'delete'],
      `S3 bills that tier for ${leastDays} days at least; write ${archive.after + leastDays}d or more`,
    )
  }
}

/** One broker is of several PoPs, and its hub lets in whom it knows. */
function checkBroker(
  { broker }: CentralFile,
  { event, venues }: ValidParts,
  catalog: Catalog,
  complain: Complain,
): void {
  if (broker === undefined) return
  const at = ['central', 'broker']
  const type = catalog.instanceTypes.get(broker.instanceType)
  if (event && type && !type.regions.includes(event.region)) {
    complain([...at, 'instanceType'], `${type.name} is not offered in ${event.region}; write one that is`)
  }
  if (venues === undefined) return
  const places = Object.values(venues).map(({ placement }) => placement)
  if (places.length < 2) {
    complain(at, 'one venue alone has nobody to be joined to; leave `broker` out, or write a second venue')
  }
  const onSite = places.includes('on-site')
  if (onSite && broker.siteAddresses.length === 0) {
    complain(
      at,
      'the hub lets in only addresses that it knows; write those that the halls come from, such as `siteAddresses: [203.0.113.7/32]`',
    )
  }
  if (!onSite && broker.siteAddresses.length > 0) {
    complain([...at, 'siteAddresses'], 'no venue is on site; leave `siteAddresses` out')
  }
}

/** How many machines PoPs put into each of the network's two zones, the hub being in the first; while a spot machine is replaced there are two. */
function machinesInRegion(venues: VenueFile[]): { first: number; second: number } {
  const pops = venues.flatMap(({ placement, pop }) =>
    placement === 'region' && pop.platform === 'ec2' ? [pop] : [],
  )
  const spot = pops.filter(({ policy }) => policy === 'spot').length
  return { first: pops.length + spot, second: pops.filter(({ standby }) => standby !== undefined).length }
}

/** The network's room, for what the event puts into it. */
function checkRoom(
  central: CentralFile,
  venues: NonNullable<ValidParts['venues']>,
  complain: Complain,
): void {
  const range = readRange(central.network.cidr)
  if (range === undefined) return
  const machines = machinesInRegion(Object.values(venues))
  const hub = central.broker ? 1 : 0
  const tasksMax = central.ingest.maxTasks ?? central.ingest.tasks
  const needed = prefixNeeded({ tasksMax, machines: Math.max(machines.first + hub, machines.second) })
  if (range.prefix <= needed) return
  complain(
    ['central', 'network', 'cidr'],
    `${quote(central.network.cidr)} is too small for ${tasksMax} ingest tasks, machines of PoPs in the region (${machines.first + machines.second}), ${hub ? 'the hub, ' : ''}the load balancer and the database; write a /${needed} or larger`,
  )
}

function checkCertificateName(event: string, zone: string, complain: Complain): void {
  const name = centralName({ event, zone })
  const over = name.length - CERTIFICATE_NAME_CHARS_MAX
  if (over <= 0) return
  const room = event.length - over
  const shorter = `a zone of at most ${zone.length - over} characters`
  const [path, instead] =
    room > 0
      ? [['event', 'name'], `a name of at most ${room} characters, or ${shorter}`]
      : [['central', 'zone'], shorter]
  complain(
    path,
    `central would be ${name}, ${name.length} characters, and its certificate takes ${CERTIFICATE_NAME_CHARS_MAX}; write ${instead}`,
  )
}
