// What a schema cannot say of where a PoP stands: the platform, the subnet and the disk that each place has.
import {
  rangeHolds,
  rangesOverlap,
  readRange,
  subnetPrefix,
  ZONES,
} from '../central-services/network-range.ts'
import { subnetCidrs } from '../central-services/subnet-cidrs.ts'
import type { CentralFile } from './central-schema.ts'
import type { Complain } from './checks.ts'
import type { Venue } from './event.ts'
import { quote } from './quote.ts'
import type { VenueFile } from './venue-schema.ts'
import type { Path } from './yaml-places.ts'

type Placement = Venue['placement']

/** What a wrong place is told to be, by the platform that stands there. */
const ELSEWHERE: Record<Placement, string | null> = {
  'on-site':
    'an EC2 machine does not stand on-site; write `platform: k3s`, or `placement: region`, or `outpost` where it is on one',
  region: null,
  'local-zone': null,
  outpost: null,
}

/** Platform against placement. */
export function checkPlatform({ placement, pop }: VenueFile, path: Path, complain: Complain): void {
  const at = [...path, 'pop', 'platform']
  if (pop.platform === 'ec2') {
    const why = ELSEWHERE[placement]
    if (why !== null) complain(at, why)
    return
  }
  if (placement === 'on-site') return
  const where = { region: 'a region', 'local-zone': 'a Local Zone', outpost: 'an Outpost' }[placement]
  complain(
    at,
    `a k3s box stands on-site, not in ${where}; write \`platform: ec2\`, or \`placement: on-site\``,
  )
}

/** Amazon EC2 User Guide, "Local Zones": the region, three letters of a city, a number and a letter; read 2026-11-29. */
const LOCAL_ZONE = /^(?<region>[a-z]{2}(-[a-z]+)+-\d)-[a-z]{3}-\d[a-z]$/

/** The subnet of a PoP outside of the region's zones, and what is not to be had there. */
export function checkPlace(
  { placement, pop }: VenueFile,
  path: Path,
  region: string,
  complain: Complain,
): void {
  if (pop.platform !== 'ec2' || placement === 'on-site') return
  const at = (...keys: Path) => [...path, 'pop', ...keys]
  const { disk, policy, standby, subnet } = pop
  if (placement === 'region') {
    if (subnet !== undefined)
      complain(
        at('subnet'),
        'a PoP in the region is in the subnets of central; leave `subnet` out, or write `placement: local-zone` or `outpost`',
      )
    if (disk === 'gp2')
      complain(at('disk'), 'gp2 is for Local Zones and Outposts; write `disk: gp3`, or leave it out')
    return
  }
  const [key, other, example] =
    placement === 'local-zone'
      ? (['zone', 'outpost', 'us-west-2-lax-1a'] as const)
      : (['outpost', 'zone', `arn:aws:outposts:${region}:123456789012:outpost/op-0a1b2c3d4e5f60718`] as const)
  if (subnet?.[key] === undefined) {
    complain(
      subnet === undefined ? at() : at('subnet'),
      `missing key "${key}" for \`placement: ${placement}\`; write \`subnet: { ${key}: ${example} }\``,
    )
  }
  if (subnet?.[other] !== undefined)
    complain(at('subnet', other), `\`${other}\` is not for \`placement: ${placement}\`; leave it out`)
  const zone = placement === 'local-zone' ? subnet?.zone : undefined
  if (zone !== undefined && LOCAL_ZONE.exec(zone)?.groups?.region !== region) {
    complain(
      at('subnet', 'zone'),
      `${quote(zone)} is no Local Zone of ${region}; those are named such as ${region}-lax-1a: aws ec2 describe-availability-zones --region ${region} --all-availability-zones --filters Name=zone-type,Values=local-zone`,
    )
  }
  const outpostRegion = placement === 'outpost' ? subnet?.outpost?.split(':')[3] : undefined
  if (outpostRegion !== undefined && outpostRegion !== region)
    complain(
      at('subnet', 'outpost'),
      `the Outpost belongs to ${outpostRegion}, and the event is in ${region}`,
    )
  if (standby !== undefined) {
    complain(
      at('standby'),
      'a second machine would be in another zone, where the address of this one cannot go; leave `standby` out, and name a venue in the region as `fallback`',
    )
  }
  if (placement === 'outpost' && (policy === 'spot' || policy === 'reserved')) {
    complain(
      at('policy'),
      `an Outpost's capacity is yours already, and ${policy} machines are not to be had there; write \`policy: on-demand\` or \`burstable\``,
    )
  }
}

/** The ranges of subnets of their own, in the event's network and beside each other. */
export function checkSubnets(
  { network }: CentralFile,
  venues: Record<string, VenueFile>,
  complain: Complain,
): void {
  const range = readRange(network.cidr)
  if (range === undefined) return
  const taken = subnetCidrs(network.cidr, ZONES, subnetPrefix(range.prefix)).map((cidr) => ({
    cidr,
    of: 'central',
  }))
  for (const [venue, { pop }] of Object.entries(venues)) {
    const cidr = pop.platform === 'ec2' ? pop.subnet?.cidr : undefined
    if (cidr === undefined) continue
    const at = ['venues', venue, 'pop', 'subnet', 'cidr']
    const other = taken.find((each) => rangesOverlap(each.cidr, cidr))
    if (!rangeHolds(network.cidr, cidr))
      complain(at, `${quote(cidr)} is not in the event's network ${network.cidr}; write a range inside of it`)
    else if (other !== undefined)
      complain(
        at,
        `${quote(cidr)} overlaps ${other.cidr} of ${other.of}; write another range of ${network.cidr}`,
      )
    taken.push({ cidr, of: venue })
  }
}
