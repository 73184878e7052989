// The network of central services and of the PoPs beside them: the event's own, or one that is there already.
import { getSubnet } from '@pulumi/aws/ec2/getSubnet.js'
import { getVpc } from '@pulumi/aws/ec2/getVpc.js'
import { InternetGateway } from '@pulumi/aws/ec2/internetGateway.js'
import { Route } from '@pulumi/aws/ec2/route.js'
import { Subnet } from '@pulumi/aws/ec2/subnet.js'
import { Vpc } from '@pulumi/aws/ec2/vpc.js'
import { getAvailabilityZonesOutput } from '@pulumi/aws/getAvailabilityZones.js'
import { all, type Output, output, type Resource } from '@pulumi/pulumi'
import { InvalidInput } from '../../runtime/errors.ts'
import type { ExistingNetwork } from '../deployment.ts'
import { orMissing, refusal } from '../refusal.ts'
import { type CostTags, withRole } from '../tags.ts'
import { readRange, subnetPrefix, ZONES } from './network-range.ts'
import { subnetCidrs } from './subnet-cidrs.ts'

export interface Network {
  vpcId: Output<string>
  /** Of the whole network. */
  cidr: Output<string>
  /** Known only once the route to the internet stands, so that whatever uses one can reach out. */
  subnetIds: Output<string>[]
  /** Zone of each subnet, in the same order. */
  zones: Output<string>[]
}

/**
 * One VPC, two public subnets, one way out.
 *
 * There is no NAT gateway. It would cost more than the PoPs for a day's event, and all that must reach out
 * (ingest tasks, PoPs) has a public address of its own and admits nothing but its port; the database has none.
 */
export function declareNetwork(cidr: string, tags: CostTags, parent: Resource): Network {
  const ofNetwork = withRole(tags, 'network')
  const vpc = new Vpc(
    'central',
    { cidrBlock: cidr, enableDnsSupport: true, enableDnsHostnames: true, tags: ofNetwork },
    { parent },
  )
  const gateway = new InternetGateway('central', { vpcId: vpc.id, tags: ofNetwork }, { parent })
  // On the main route table, which every subnet of this VPC uses: all of them are public.
  const route = new Route(
    'central-internet',
    { routeTableId: vpc.mainRouteTableId, destinationCidrBlock: '0.0.0.0/0', gatewayId: gateway.id },
    { parent },
  )
  // Names differ between regions and accounts (Tokyo has no zone b for new ones), so they are asked for.
  const zones = getAvailabilityZonesOutput(
    { state: 'available', filters: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }] },
    { parent },
  )
  const zoneNames = Array.from({ length: ZONES }, (_, i) => zones.names.apply((names) => names[i] ?? ''))
  const { prefix } = readRange(cidr) ?? { prefix: 0 }
  const subnetIds = subnetCidrs(cidr, ZONES, subnetPrefix(prefix)).map((cidrBlock, i) => {
    const subnet = new Subnet(
      `central-${i + 1}`,
      {
        vpcId: vpc.id,
        cidrBlock,
        availabilityZone: zoneNames[i],
        tags: ofNetwork,
      },
      { parent },
    )
    return all([subnet.id, route.id]).apply(([id]) => id)
  })
  return { vpcId: vpc.id, cidr: output(cidr), subnetIds, zones: zoneNames }
}

/**
 * A VPC and public subnets of somebody else's making: only looked up, so neither changed nor destroyed. A preview
 * already refuses ids that are not there (`MP_NETWORK_MISSING`) and subnets of one zone (`MP_SUBNETS_ONE_ZONE`).
 */
export function existingNetwork({ vpcId, subnetIds }: ExistingNetwork, parent: Resource): Network {
  const missing = (what: string, key: string) => () =>
    new InvalidInput(
      'MP_NETWORK_MISSING',
      `this account has no ${what} in the event's region`,
      `Correct it: pulumi config set micropop:${key} …, or take both out for a network of the event's own: pulumi config rm micropop:vpc && pulumi config rm micropop:subnets`,
    )
  const vpc = output(orMissing(getVpc({ id: vpcId }, { parent }), missing(`VPC ${vpcId}`, 'vpc')))
  const subnets = subnetIds.map((id) =>
    output(orMissing(getSubnet({ id, vpcId }, { parent }), missing(`subnet ${id} in ${vpcId}`, 'subnets'))),
  )
  const zones = all(subnets.map(({ availabilityZone }) => availabilityZone)).apply((names) => {
    refuseOneZone(subnetIds, names)
    return names
  })
  return {
    vpcId: vpc.id,
    cidr: vpc.cidrBlock,
    // What uses a subnet waits for the verdict on all of them.
    subnetIds: subnetIds.map((id) => zones.apply(() => id)),
    zones: subnetIds.map((_, i) => zones.apply((names) => names[i] ?? '')),
  }
}

/** A load balancer takes one subnet a zone, and a database's group wants two zones. */
function refuseOneZone(subnetIds: readonly string[], zones: readonly string[]): void {
  const twice = zones.findIndex((zone, i) => zones.indexOf(zone) !== i)
  const zone = zones[twice]
  if (zone === undefined) return
  throw refusal(
    new InvalidInput(
      'MP_SUBNETS_ONE_ZONE',
      `subnets ${subnetIds[zones.indexOf(zone)]} and ${subnetIds[twice]} are both in ${zone}`,
      'Name one subnet a zone, in two zones or more: pulumi config set micropop:subnets SUBNET,SUBNET',
    ),
  )
}
