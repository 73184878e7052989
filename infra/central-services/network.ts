// The network of central services and of the PoPs beside them: one VPC, two public subnets, one way out.
import { InternetGateway } from '@pulumi/aws/ec2/internetGateway.js'
import { Route } from '@pulumi/aws/ec2/route.js'
import { Subnet } from '@pulumi/aws/ec2/subnet.js'
import { Vpc } from '@pulumi/aws/ec2/vpc.js'
import { getAvailabilityZonesOutput } from '@pulumi/aws/getAvailabilityZones.js'
import { all, type Output, type Resource } from '@pulumi/pulumi'
import { type CostTags, withRole } from '../tags.ts'
import { subnetCidrs } from './subnet-cidrs.ts'

export const VPC_CIDR = '10.64.0.0/16'
const SUBNET_PREFIX = 20
/** Two zones: the database's subnet group and the load balancer ask for no less. */
const ZONES = 2

export interface Network {
  vpcId: Output<string>
  /** Known only once the route to the internet stands, so that whatever uses one can reach out. */
  subnetIds: Output<string>[]
  /** Zone of each subnet, in the same order. */
  zones: Output<string>[]
}

/**
 * There is no NAT gateway. It would cost more than the PoPs for a day's event, and all that must reach out
 * (ingest tasks, PoPs) has a public address of its own and admits nothing but its port; the database has none.
 */
export function declareNetwork(tags: CostTags, parent: Resource): Network {
  const ofNetwork = withRole(tags, 'network')
  const vpc = new Vpc(
    'central',
    { cidrBlock: VPC_CIDR, enableDnsSupport: true, enableDnsHostnames: true, tags: ofNetwork },
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
  const subnetIds = subnetCidrs(VPC_CIDR, ZONES, SUBNET_PREFIX).map((cidrBlock, i) => {
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
  return { vpcId: vpc.id, subnetIds, zones: zoneNames }
}
