// Networks, their ways out, and who may talk to whom, as calls to EC2.
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteInternetGatewayCommand,
  DeleteNetworkInterfaceCommand,
  DeleteRouteCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  DisassociateAddressCommand,
  EC2Client,
  type IpPermission,
  ModifyNetworkInterfaceAttributeCommand,
  ModifyVpcAttributeCommand,
  ReleaseAddressCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2'
import type { EipArgs } from '@pulumi/aws/ec2/eip.js'
import type { InternetGatewayArgs } from '@pulumi/aws/ec2/internetGateway.js'
import type { NetworkInterfaceArgs } from '@pulumi/aws/ec2/networkInterface.js'
import type { RouteArgs } from '@pulumi/aws/ec2/route.js'
import type { SecurityGroupArgs } from '@pulumi/aws/ec2/securityGroup.js'
import type { SubnetArgs } from '@pulumi/aws/ec2/subnet.js'
import type { VpcArgs } from '@pulumi/aws/ec2/vpc.js'
import type { Unwrap } from '@pulumi/pulumi'
import { tagged } from './ec2-tags.ts'
import { type JudgedTypes, judged, orUndo } from './judged-type.ts'

const vpc = judged<VpcArgs>({
  async create({ inputs, aws }) {
    const ec2 = aws.of(EC2Client)
    const { Vpc } = await ec2.send(
      new CreateVpcCommand({
        CidrBlock: inputs.cidrBlock,
        InstanceTenancy: inputs.instanceTenancy as 'default' | undefined,
        ...tagged('vpc', inputs.tags),
      }),
    )
    const VpcId = Vpc?.VpcId
    for (const attribute of ['enableDnsSupport', 'enableDnsHostnames'] as const) {
      if (inputs[attribute] === undefined) continue
      const name = attribute === 'enableDnsSupport' ? 'EnableDnsSupport' : 'EnableDnsHostnames'
      await ec2.send(new ModifyVpcAttributeCommand({ VpcId, [name]: { Value: inputs[attribute] } }))
    }
    const { RouteTables } = await ec2.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId ?? ''] }] }),
    )
    return { id: VpcId, outputs: { mainRouteTableId: RouteTables?.[0]?.RouteTableId } }
  },
  async delete({ id, aws }) {
    await aws.of(EC2Client).send(new DeleteVpcCommand({ VpcId: id }))
  },
  async exists({ id, aws }) {
    return !!(await aws.of(EC2Client).send(new DescribeVpcsCommand({ VpcIds: [id] }))).Vpcs?.length
  },
})

const subnet = judged<SubnetArgs>({
  async create({ inputs, aws }) {
    const { Subnet } = await aws.of(EC2Client).send(
      new CreateSubnetCommand({
        VpcId: inputs.vpcId,
        CidrBlock: inputs.cidrBlock,
        AvailabilityZone: inputs.availabilityZone,
        ...tagged('subnet', inputs.tags),
      }),
    )
    return { id: Subnet?.SubnetId }
  },
  async delete({ id, aws }) {
    await aws.of(EC2Client).send(new DeleteSubnetCommand({ SubnetId: id }))
  },
  async exists({ id, aws }) {
    return !!(await aws.of(EC2Client).send(new DescribeSubnetsCommand({ SubnetIds: [id] }))).Subnets?.length
  },
})

const internetGateway = judged<InternetGatewayArgs>({
  async create({ inputs, aws }) {
    const ec2 = aws.of(EC2Client)
    const { InternetGateway } = await ec2.send(
      new CreateInternetGatewayCommand(tagged('internet-gateway', inputs.tags)),
    )
    const id = InternetGateway?.InternetGatewayId
    await orUndo(
      () => ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: id, VpcId: inputs.vpcId })),
      () => ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: id })),
    )
    return { id }
  },
  async delete({ id, inputs, aws }) {
    const ec2 = aws.of(EC2Client)
    await ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId: inputs.vpcId }))
    await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: id }))
  },
  async exists({ id, aws }) {
    const command = new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] })
    return !!(await aws.of(EC2Client).send(command)).InternetGateways?.length
  },
})

const route = judged<RouteArgs>({
  async create({ inputs, aws }) {
    await aws.of(EC2Client).send(
      new CreateRouteCommand({
        RouteTableId: inputs.routeTableId,
        DestinationCidrBlock: inputs.destinationCidrBlock,
        GatewayId: inputs.gatewayId,
      }),
    )
    return {}
  },
  async delete({ inputs, aws }) {
    const { routeTableId: RouteTableId, destinationCidrBlock: DestinationCidrBlock } = inputs
    await aws.of(EC2Client).send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock }))
  },
  async exists({ inputs, aws }) {
    const command = new DescribeRouteTablesCommand({ RouteTableIds: [inputs.routeTableId] })
    const { RouteTables } = await aws.of(EC2Client).send(command)
    const routes = RouteTables?.flatMap(({ Routes = [] }) => Routes) ?? []
    return routes.some(({ DestinationCidrBlock: to }) => to === inputs.destinationCidrBlock)
  },
})

type Group = Unwrap<SecurityGroupArgs>
type Rules = NonNullable<Group['ingress']>

function permissions(rules: Rules | undefined): IpPermission[] {
  return (rules ?? []).map((rule) => ({
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort,
    ToPort: rule.toPort,
    IpRanges: rule.cidrBlocks?.map((CidrIp) => ({ CidrIp, Description: rule.description })),
    Ipv6Ranges: rule.ipv6CidrBlocks?.map((CidrIpv6) => ({ CidrIpv6, Description: rule.description })),
    UserIdGroupPairs: rule.securityGroups?.map((GroupId) => ({ GroupId, Description: rule.description })),
  }))
}

async function setRules(ec2: EC2Client, GroupId: string | undefined, before: Group, after: Group) {
  const rules = (list: Rules | undefined) => ({ GroupId, IpPermissions: permissions(list) })
  if (before.ingress?.length) await ec2.send(new RevokeSecurityGroupIngressCommand(rules(before.ingress)))
  if (before.egress?.length) await ec2.send(new RevokeSecurityGroupEgressCommand(rules(before.egress)))
  if (after.ingress?.length) await ec2.send(new AuthorizeSecurityGroupIngressCommand(rules(after.ingress)))
  if (after.egress?.length) await ec2.send(new AuthorizeSecurityGroupEgressCommand(rules(after.egress)))
}

/** The rule that a new group has, and that the provider takes away. */
const ALL_OUT: Group = { egress: [{ protocol: '-1', fromPort: -1, toPort: -1, cidrBlocks: ['0.0.0.0/0'] }] }

const securityGroup = judged<SecurityGroupArgs>({
  async create({ inputs, name, aws }) {
    const ec2 = aws.of(EC2Client)
    const { GroupId } = await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: inputs.name ?? name,
        Description: inputs.description,
        VpcId: inputs.vpcId,
        ...tagged('security-group', inputs.tags),
      }),
    )
    await orUndo(
      () => setRules(ec2, GroupId, ALL_OUT, inputs),
      () => ec2.send(new DeleteSecurityGroupCommand({ GroupId })),
    )
    return { id: GroupId }
  },
  async update({ id, inputs, aws }, before) {
    await setRules(aws.of(EC2Client), id, before, inputs)
    return {}
  },
  async delete({ id, aws }) {
    await aws.of(EC2Client).send(new DeleteSecurityGroupCommand({ GroupId: id }))
  },
  async exists({ id, aws }) {
    const command = new DescribeSecurityGroupsCommand({ GroupIds: [id] })
    return !!(await aws.of(EC2Client).send(command)).SecurityGroups?.length
  },
})

const networkInterface = judged<NetworkInterfaceArgs>({
  async create({ inputs, aws }) {
    const { NetworkInterface } = await aws.of(EC2Client).send(
      new CreateNetworkInterfaceCommand({
        SubnetId: inputs.subnetId,
        Groups: inputs.securityGroups,
        ...tagged('network-interface', inputs.tags),
      }),
    )
    return {
      id: NetworkInterface?.NetworkInterfaceId,
      outputs: { privateIp: NetworkInterface?.PrivateIpAddress },
    }
  },
  async update({ id, inputs, aws }) {
    const Groups = inputs.securityGroups
    await aws
      .of(EC2Client)
      .send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: id, Groups }))
    return {}
  },
  async delete({ id, aws }) {
    await aws.of(EC2Client).send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }))
  },
  async exists({ id, aws }) {
    const command = new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] })
    return !!(await aws.of(EC2Client).send(command)).NetworkInterfaces?.length
  },
})

const eip = judged<EipArgs>({
  async create({ inputs, aws }) {
    const ec2 = aws.of(EC2Client)
    const { AllocationId, PublicIp } = await ec2.send(
      new AllocateAddressCommand({ Domain: inputs.domain as 'vpc', ...tagged('elastic-ip', inputs.tags) }),
    )
    if (inputs.networkInterface !== undefined) {
      const NetworkInterfaceId = inputs.networkInterface
      await orUndo(
        () => ec2.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId })),
        () => ec2.send(new ReleaseAddressCommand({ AllocationId })),
      )
    }
    return { id: AllocationId, outputs: { allocationId: AllocationId, publicIp: PublicIp } }
  },
  async delete({ id, aws }) {
    const ec2 = aws.of(EC2Client)
    const { Addresses } = await ec2.send(new DescribeAddressesCommand({ AllocationIds: [id] }))
    const AssociationId = Addresses?.[0]?.AssociationId
    if (AssociationId) await ec2.send(new DisassociateAddressCommand({ AssociationId }))
    await ec2.send(new ReleaseAddressCommand({ AllocationId: id }))
  },
  async exists({ id, aws }) {
    const command = new DescribeAddressesCommand({ AllocationIds: [id] })
    return !!(await aws.of(EC2Client).send(command)).Addresses?.length
  },
})

export const EC2_NETWORK: JudgedTypes = {
  'aws:ec2/eip:Eip': eip,
  'aws:ec2/internetGateway:InternetGateway': internetGateway,
  'aws:ec2/networkInterface:NetworkInterface': networkInterface,
  'aws:ec2/route:Route': route,
  'aws:ec2/securityGroup:SecurityGroup': securityGroup,
  'aws:ec2/subnet:Subnet': subnet,
  'aws:ec2/vpc:Vpc': vpc,
}
