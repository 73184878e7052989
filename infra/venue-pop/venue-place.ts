// The subnet that a PoP's machine is put into: central's, one of its own in a Local Zone or on an Outpost, or an existing one.
import { getInstanceTypeOfferings } from '@pulumi/aws/ec2/getInstanceTypeOfferings.js'
import { getSubnet } from '@pulumi/aws/ec2/getSubnet.js'
import { Subnet } from '@pulumi/aws/ec2/subnet.js'
import { getAvailabilityZone } from '@pulumi/aws/getAvailabilityZone.js'
import { getOutpostInstanceTypes } from '@pulumi/aws/outposts/getOutpostInstanceTypes.js'
import { all, type Output, output, type Resource } from '@pulumi/pulumi'
import { type Place as FilePlace, InvalidInput } from '../../runtime/errors.ts'
import { orMissing, refusal } from '../refusal.ts'
import { withRole } from '../tags.ts'
import type { VenueSite } from './site.ts'
import type { Ec2PopArgs, VenuePopArgs } from './venue-pop-args.ts'

export interface Place {
  subnetId: Output<string>
  availabilityZone: Output<string>
  /** Where the machine is on an Outpost, its disks are too. */
  outpostArn: string | null
  /** Addresses of a Local Zone are announced from there, and cannot leave it; null: the region's. */
  borderGroup: string | null
}

/** The first machine's place. What AWS can say of it is asked before anything is made, and told with the venue's line. */
export function venuePlace(args: VenuePopArgs, pop: Ec2PopArgs, site: VenueSite, parent: Resource): Place {
  const { central, subnetId } = site
  const zone = pop.subnet?.zone ?? null
  const outpostArn = pop.subnet?.outpost ?? null
  const borderGroup = zone === null ? null : zone.slice(0, -1)
  const elsewhere = { outpostArn, borderGroup }
  const offered = output(checkOffered(args, pop, site.place, parent))
  if (subnetId !== null) {
    const found = central.vpcId.apply((vpcId) =>
      existingSubnet(subnetId, vpcId, args, pop, site.place, parent),
    )
    const checked = all([found, offered]).apply(([place]) => place)
    return { ...elsewhere, subnetId: checked.id, availabilityZone: checked.availabilityZone }
  }
  const cidrBlock = pop.subnet?.cidr ?? null
  // Where the stack names the subnet, a recording, which knows no stack, has central's for it.
  if (cidrBlock === null) {
    const { availabilityZone } = central
    return { ...elsewhere, subnetId: central.subnetId, availabilityZone }
  }
  const subnet = new Subnet(
    `${args.venue}-pop`,
    {
      // Once central's subnets have their route to the internet, this one has it too: all are on one route table.
      vpcId: all([central.vpcId, central.subnetId, offered]).apply(([id]) => id),
      cidrBlock,
      ...(zone !== null && { availabilityZone: zone }),
      ...(outpostArn !== null && { outpostArn }),
      tags: withRole(args.tags, 'network'),
    },
    { parent },
  )
  return { ...elsewhere, subnetId: subnet.id, availabilityZone: subnet.availabilityZone }
}

/**
 * What AWS says of a subnet that is there already.
 *
 * @throws {RunError} `MP_NETWORK_MISSING` where it is not, `MP_SUBNET_ELSEWHERE` where the PoP is meant for another place.
 */
export async function existingSubnet(
  id: string,
  vpcId: string,
  { venue }: Pick<VenuePopArgs, 'venue'>,
  { subnet }: Pick<Ec2PopArgs, 'subnet'>,
  place: FilePlace,
  parent: Resource,
): Promise<{ id: string; availabilityZone: string }> {
  const setting = `micropop:subnet-${venue}`
  const correct = `Correct it: pulumi config set ${setting} …, or take it out: pulumi config rm ${setting}`
  const found = await orMissing(
    getSubnet({ id, vpcId }, { parent }),
    () =>
      new InvalidInput(
        'MP_NETWORK_MISSING',
        `this account has no subnet ${id} in ${vpcId} in the event's region, which ${setting} names`,
        correct,
      ),
  )
  const { availabilityZone, outpostArn } = found
  const wanted = subnet?.outpost ?? subnet?.zone ?? null
  const is = outpostArn || availabilityZone
  const right = wanted === null ? !outpostArn && !/-[a-z]{3}-\d[a-z]$/.test(is) : is === wanted
  if (right) return { id, availabilityZone }
  throw refusal(
    new InvalidInput(
      'MP_SUBNET_ELSEWHERE',
      `venue ${venue}: subnet ${id} is in ${is}, and its PoP is meant for ${wanted ?? 'the region'}`,
      correct,
      place,
    ),
  )
}

/**
 * Only where something may be missing: a region's zones have what the catalogue prices there.
 *
 * @throws {RunError} `MP_ZONE_UNKNOWN`, `MP_ZONE_NOT_OPTED_IN`, `MP_TYPE_NOT_THERE`.
 */
export async function checkOffered(
  { venue }: Pick<VenuePopArgs, 'venue'>,
  { instanceType, orTypes, subnet }: Pick<Ec2PopArgs, 'instanceType' | 'orTypes' | 'subnet'>,
  place: FilePlace,
  parent: Resource,
): Promise<void> {
  const types = [instanceType, ...orTypes]
  const zone = subnet?.zone ?? null
  if (zone !== null) await checkOptedIn(venue, zone, place, parent)
  const where = zone ?? subnet?.outpost ?? null
  if (where === null) return
  const { instanceTypes } =
    zone === null
      ? await getOutpostInstanceTypes({ arn: where }, { parent })
      : await getInstanceTypeOfferings(
          {
            locationType: 'availability-zone',
            filters: [
              { name: 'location', values: [zone] },
              { name: 'instance-type', values: types },
            ],
          },
          { parent },
        )
  const lacking = types.find((type) => !instanceTypes.includes(type))
  if (lacking === undefined) return
  const ask =
    zone === null
      ? `aws outposts get-outpost-instance-types --outpost-id ${where}`
      : `aws ec2 describe-instance-type-offerings --location-type availability-zone --filters Name=location,Values=${zone}`
  throw refusal(
    new InvalidInput(
      'MP_TYPE_NOT_THERE',
      `venue ${venue}: ${where} has no ${lacking}`,
      `Write one of those that are there: ${ask}`,
      place,
    ),
  )
}

async function checkOptedIn(venue: string, zone: string, place: FilePlace, parent: Resource): Promise<void> {
  const { groupName, optInStatus } = await orMissing(
    getAvailabilityZone({ name: zone, allAvailabilityZones: true }, { parent }),
    () =>
      new InvalidInput(
        'MP_ZONE_UNKNOWN',
        `venue ${venue}: AWS has no zone ${zone}`,
        'Write one of: aws ec2 describe-availability-zones --all-availability-zones --filters Name=zone-type,Values=local-zone',
        place,
      ),
  )
  if (optInStatus === 'opted-in') return
  throw refusal(
    new InvalidInput(
      'MP_ZONE_NOT_OPTED_IN',
      `venue ${venue}: this account has not opted in to ${zone}`,
      `Opt in, which takes some minutes: aws ec2 modify-availability-zone-group --group-name ${groupName} --opt-in-status opted-in`,
      place,
    ),
  )
}
