// Who reaches the hub's leaf port at central's load balancer: the addresses of the event's PoPs, each by a rule of its own.
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js'
import { SecurityGroupIngressRule } from '@pulumi/aws/vpc/securityGroupIngressRule.js'
import { interpolate, type Output, type Resource } from '@pulumi/pulumi'
import { NATS_PORTS } from '../../runtime/ports.ts'
import { type CostTags, withRole } from '../tags.ts'
import type { Network } from './network.ts'

/** Whom the load balancer lets in to the leaf port: the halls' addresses now, those of PoPs in the region by `admitPop`. */
export function declareLeafDoor(
  tagsOfAll: CostTags,
  siteAddresses: readonly string[],
  network: Network,
  parent: Resource,
): SecurityGroup {
  const tags = withRole(tagsOfAll, 'network')
  const door = new SecurityGroup(
    'central-leaf-door',
    { vpcId: network.vpcId, description: 'Leaf nodes: from PoPs of the event only', tags },
    { parent },
  )
  siteAddresses.forEach((address, i) => {
    admit(`central-leaf-door-${i + 1}`, 'A hall', door.id, address, tags, parent)
  })
  return door
}

/** Lets a PoP in the region in, by its public address. */
export function admitPop(
  venue: string,
  doorId: Output<string>,
  publicIp: Output<string>,
  tags: CostTags,
  parent: Resource,
): void {
  admit(`${venue}-pop-leaf`, `PoP ${venue}`, doorId, interpolate`${publicIp}/32`, tags, parent)
}

function admit(
  name: string,
  description: string,
  securityGroupId: Output<string>,
  cidrIpv4: string | Output<string>,
  tags: CostTags,
  parent: Resource,
): void {
  const port = NATS_PORTS.leaf
  new SecurityGroupIngressRule(
    name,
    { securityGroupId, description, cidrIpv4, ipProtocol: 'tcp', fromPort: port, toPort: port, tags },
    { parent },
  )
}
