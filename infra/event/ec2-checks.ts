// What a schema cannot say of a PoP on EC2: its instance types against region, way of buying and credits.
import { architectureOf, type Catalog, type InstanceType } from '../catalog/catalog.ts'
import type { Complain } from './checks.ts'
import { DEFAULT_POP } from './defaults.ts'
import { list } from './suggest.ts'
import { readSize } from './units.ts'
import type { Ec2PopFile, VenueFile } from './venue-schema.ts'
import type { Path } from './yaml-places.ts'

/** Instance type against region, purchase policy and credit mode. */
export function checkOffer(
  venue: VenueFile,
  path: Path,
  region: string,
  catalog: Catalog,
  complain: Complain,
): void {
  if (venue.pop.platform !== 'ec2') return
  const { instanceType, policy, credits } = venue.pop
  const at = (key: string) => [...path, 'pop', key]
  const type = catalog.instanceTypes.get(instanceType)
  if (!type) return

  if (!type.regions.includes(region)) complain(at('instanceType'), notOffered(type, region, catalog))
  if (policy === 'burstable' && !type.burst) {
    const [other = 't3.medium'] = alike(type, true, region, catalog)
    complain(
      at('policy'),
      `${instanceType} is not burstable; write \`policy: on-demand\`, or a T type such as ${other}`,
    )
  }
  if (policy === 'on-demand' && type.burst) {
    const message = `${instanceType} spends CPU credits; write \`policy: burstable\`, and \`credits\` for what happens without them`
    complain(at('policy'), message)
  }
  if (policy !== 'burstable' && !type.burst && credits !== undefined) {
    complain(at('credits'), `${instanceType} has no CPU credits; leave \`credits\` out`)
  }
  const topicRegion = venue.pop.alarmTopic?.split(':')[3]
  if (topicRegion !== undefined && topicRegion !== region) {
    complain(
      at('alarmTopic'),
      `the topic is in ${topicRegion}; an alarm in ${region} notifies topics of ${region} only`,
    )
  }
  checkDisk(venue.pop, type, path, region, catalog, complain)
  checkSpot(venue.pop, type, path, region, catalog, complain)
}

/** Of a volume, for messages that wait; the rest is for the images and the file system. */
const QUEUE_SHARE_OF_VOLUME = 0.8

/** Of the disk for queue and images, whichever it is. */
export function volumeBytes(
  pop: Pick<Ec2PopFile, 'disk' | 'volume'>,
  type: InstanceType | undefined,
): number {
  if (pop.disk === 'instance-store') return type?.instanceStoreBytes ?? 0
  if (pop.volume !== undefined) return pop.volume
  const standard = readSize(DEFAULT_POP.volume)
  return standard.ok ? standard.value : 0
}

/** The disk against the type that it comes with, and the queue against the disk. */
function checkDisk(
  pop: Ec2PopFile,
  type: InstanceType,
  path: Path,
  region: string,
  catalog: Catalog,
  complain: Complain,
): void {
  const at = (key: string) => [...path, 'pop', key]
  const onStore = pop.disk === 'instance-store'
  if (onStore && type.instanceStoreBytes === null) {
    const others = alike(type, false, region, catalog).filter(
      (name) => catalog.instanceTypes.get(name)?.instanceStoreBytes,
    )
    const instead = others.length > 0 ? `, or a type such as ${list(others.slice(0, 3), 'or')}` : ''
    complain(at('disk'), `${type.name} has no instance store; write \`disk: gp3\`${instead}`)
    return
  }
  if (onStore && pop.standby === undefined) {
    complain(
      at('disk'),
      'an instance store is gone with its machine; write `standby: warm` too, so that another has a copy, or `disk: gp3`',
    )
  }
  if (onStore && pop.volume !== undefined) {
    complain(
      at('volume'),
      `the instance store of ${type.name} has ${(type.instanceStoreBytes ?? 0) / 1e9} GB; leave \`volume\` out, or write \`disk: gp3\``,
    )
  }
  const room = volumeBytes(pop, type) * QUEUE_SHARE_OF_VOLUME
  if (pop.queue > room) {
    const larger = onStore ? 'a larger type' : 'a larger volume'
    complain(
      at('queue'),
      `the queue leaves the volume too little room; write at most ${Math.floor(room / 1e9)} GB, or ${larger}`,
    )
  }
}

/** What only a spot machine has, and whether each type that would do really would. */
function checkSpot(
  { policy, maxPrice, orTypes = [], standby }: Ec2PopFile,
  first: InstanceType,
  path: Path,
  region: string,
  catalog: Catalog,
  complain: Complain,
): void {
  const at = (...keys: Path) => [...path, 'pop', ...keys]
  if (policy !== 'spot') {
    const told = { maxPrice: maxPrice !== undefined, orTypes: orTypes.length > 0 }
    for (const [key, there] of Object.entries(told)) {
      if (there) complain(at(key), `\`${key}\` is for spot machines; leave it out, or write \`policy: spot\``)
    }
    return
  }
  if (standby !== undefined) {
    complain(
      at('standby'),
      'a spot machine has no standby; write another policy, such as `policy: reserved`, or leave it out',
    )
  }
  if (maxPrice === 0n) {
    complain(at('maxPrice'), 'no machine costs 0 USD; write a price such as 0.02 USD, or leave it out')
  }
  for (const [index, name] of orTypes.entries()) {
    const type = catalog.instanceTypes.get(name)
    if (!type) continue
    const why = unfit(type, first, region, catalog)
    if (name === first.name || orTypes.indexOf(name) !== index) {
      complain(at('orTypes', index), `${name} is there twice; keep one`)
    } else if (why !== null) complain(at('orTypes', index), why)
  }
}

/** Why a machine of `type` cannot stand in for one of `first`; null where it can. */
function unfit(type: InstanceType, first: InstanceType, region: string, catalog: Catalog): string | null {
  const { name } = type
  if (!type.regions.includes(region)) return notOffered(type, region, catalog)
  const others = alike(first, first.burst !== null, region, catalog).filter(
    (other) => other !== first.name && architectureOf(other) === architectureOf(first.name),
  )
  const instead = list(others.slice(0, 3))
  const suggestion = instead === '' ? '; leave it out' : `; write types such as ${instead}`
  const [is, want] = [architectureOf(name), architectureOf(first.name)]
  if (is !== want) return `${name} is ${is}, ${first.name} is ${want}, and both boot one image${suggestion}`
  if ((type.burst === null) !== (first.burst === null)) {
    const [burst, steady] = type.burst ? [name, first.name] : [first.name, name]
    return `${burst} spends CPU credits and ${steady} does not${suggestion}`
  }
  if (type.vcpus === null || type.vcpus < (first.vcpus ?? 0)) {
    return `${name} has ${type.vcpus ?? 'no known number of'} vCPUs, less than the ${first.vcpus} of ${first.name}${suggestion}`
  }
  return null
}

function notOffered(type: InstanceType, region: string, catalog: Catalog): string {
  const others = alike(type, type.burst !== null, region, catalog).slice(0, 3)
  const instead = others.length > 0 ? `; most like it are ${list(others)}` : ''
  return `${type.name} has no price in ${region}${instead}`
}

/** Types of a region with as many vCPUs, those of the same architecture and nearest in memory first. */
function alike(type: InstanceType, burstable: boolean, region: string, catalog: Catalog): string[] {
  const distance = (other: InstanceType) =>
    Math.abs((other.memoryMib ?? 0) - (type.memoryMib ?? 0)) +
    (architectureOf(other.name) === architectureOf(type.name) ? 0 : Number.MAX_SAFE_INTEGER / 2)
  return [...catalog.instanceTypes.values()]
    .filter(
      (other) =>
        other.vcpus === type.vcpus && (other.burst !== null) === burstable && other.regions.includes(region),
    )
    .sort((a, b) => distance(a) - distance(b))
    .map((other) => other.name)
}
