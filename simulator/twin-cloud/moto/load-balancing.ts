// Load balancers, where they listen and what they lead to, as calls to Elastic Load Balancing.
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
  ModifyLoadBalancerAttributesCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  type ProtocolEnum,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { ListenerArgs } from '@pulumi/aws/lb/listener.js'
import type { LoadBalancerArgs } from '@pulumi/aws/lb/loadBalancer.js'
import type { TargetGroupArgs } from '@pulumi/aws/lb/targetGroup.js'
import type { Unwrap } from '@pulumi/pulumi'
import { suffixOf } from '../aws-resources.ts'
import { type JudgedTypes, judged, orUndo, tagList } from './judged-type.ts'

/** Those that the program sets, as the service names and writes them. */
function attributes(values: Record<string, boolean | number | undefined>) {
  return Object.entries(values).flatMap(([Key, value]) =>
    value === undefined ? [] : [{ Key, Value: String(value) }],
  )
}

function balancerAttributes(inputs: Unwrap<LoadBalancerArgs>) {
  return attributes({
    'load_balancing.cross_zone.enabled': inputs.enableCrossZoneLoadBalancing,
    'deletion_protection.enabled': inputs.enableDeletionProtection,
  })
}

const loadBalancer = judged<LoadBalancerArgs>({
  async create({ inputs, name, aws }) {
    const elb = aws.of(ElasticLoadBalancingV2Client)
    const { LoadBalancers } = await elb.send(
      new CreateLoadBalancerCommand({
        Name: inputs.name ?? name,
        Type: inputs.loadBalancerType as 'network',
        Scheme: inputs.internal ? 'internal' : 'internet-facing',
        Subnets: inputs.subnets,
        SecurityGroups: inputs.securityGroups,
        Tags: tagList(inputs.tags),
      }),
    )
    const made = LoadBalancers?.[0]
    const LoadBalancerArn = made?.LoadBalancerArn ?? ''
    const Attributes = balancerAttributes(inputs)
    await orUndo(
      () => elb.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes })),
      () => elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn })),
    )
    return {
      id: LoadBalancerArn,
      outputs: {
        arn: LoadBalancerArn,
        arnSuffix: suffixOf(LoadBalancerArn),
        dnsName: made?.DNSName,
        zoneId: made?.CanonicalHostedZoneId,
      },
    }
  },
  async update({ id, inputs, aws }) {
    const command = { LoadBalancerArn: id, Attributes: balancerAttributes(inputs) }
    await aws.of(ElasticLoadBalancingV2Client).send(new ModifyLoadBalancerAttributesCommand(command))
    return {}
  },
  async delete({ id, aws }) {
    await aws.of(ElasticLoadBalancingV2Client).send(new DeleteLoadBalancerCommand({ LoadBalancerArn: id }))
  },
  async exists({ id, aws }) {
    const command = new DescribeLoadBalancersCommand({ LoadBalancerArns: [id] })
    return !!(await aws.of(ElasticLoadBalancingV2Client).send(command)).LoadBalancers?.length
  },
})

function healthOf({ healthCheck: check }: Unwrap<TargetGroupArgs>) {
  return {
    HealthCheckProtocol: check?.protocol as ProtocolEnum | undefined,
    HealthCheckPort: check?.port,
    HealthCheckPath: check?.path,
    HealthCheckIntervalSeconds: check?.interval,
  }
}

function targetAttributes(inputs: Unwrap<TargetGroupArgs>) {
  return attributes({
    'deregistration_delay.timeout_seconds': inputs.deregistrationDelay,
    'preserve_client_ip.enabled':
      inputs.preserveClientIp === undefined ? undefined : String(inputs.preserveClientIp) === 'true',
  })
}

const targetGroup = judged<TargetGroupArgs>({
  async create({ inputs, name, aws }) {
    const elb = aws.of(ElasticLoadBalancingV2Client)
    const { TargetGroups } = await elb.send(
      new CreateTargetGroupCommand({
        Name: inputs.name ?? name,
        Protocol: inputs.protocol as ProtocolEnum,
        Port: inputs.port,
        VpcId: inputs.vpcId,
        TargetType: inputs.targetType as 'ip',
        ...healthOf(inputs),
        Tags: tagList(inputs.tags),
      }),
    )
    const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? ''
    const Attributes = targetAttributes(inputs)
    await orUndo(
      () => elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes })),
      () => elb.send(new DeleteTargetGroupCommand({ TargetGroupArn })),
    )
    return { id: TargetGroupArn, outputs: { arn: TargetGroupArn, arnSuffix: suffixOf(TargetGroupArn) } }
  },
  async update({ id, inputs, aws }) {
    const elb = aws.of(ElasticLoadBalancingV2Client)
    await elb.send(new ModifyTargetGroupCommand({ TargetGroupArn: id, ...healthOf(inputs) }))
    const Attributes = targetAttributes(inputs)
    await elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn: id, Attributes }))
    return {}
  },
  async delete({ id, aws }) {
    await aws.of(ElasticLoadBalancingV2Client).send(new DeleteTargetGroupCommand({ TargetGroupArn: id }))
  },
  async exists({ id, aws }) {
    const command = new DescribeTargetGroupsCommand({ TargetGroupArns: [id] })
    return !!(await aws.of(ElasticLoadBalancingV2Client).send(command)).TargetGroups?.length
  },
})

function listens(inputs: Unwrap<ListenerArgs>) {
  const CertificateArn = inputs.certificateArn
  return {
    Port: inputs.port,
    Protocol: inputs.protocol as ProtocolEnum,
    SslPolicy: inputs.sslPolicy,
    Certificates: CertificateArn === undefined ? undefined : [{ CertificateArn }],
    DefaultActions: inputs.defaultActions.map(({ type, targetGroupArn: TargetGroupArn }) => ({
      Type: type as 'forward',
      TargetGroupArn,
    })),
  }
}

const listener = judged<ListenerArgs>({
  async create({ inputs, aws }) {
    const { Listeners } = await aws.of(ElasticLoadBalancingV2Client).send(
      new CreateListenerCommand({
        LoadBalancerArn: inputs.loadBalancerArn,
        ...listens(inputs),
        Tags: tagList(inputs.tags),
      }),
    )
    const id = Listeners?.[0]?.ListenerArn
    return { id, outputs: { arn: id } }
  },
  async update({ id, inputs, aws }) {
    const command = new ModifyListenerCommand({ ListenerArn: id, ...listens(inputs) })
    await aws.of(ElasticLoadBalancingV2Client).send(command)
    return {}
  },
  async delete({ id, aws }) {
    await aws.of(ElasticLoadBalancingV2Client).send(new DeleteListenerCommand({ ListenerArn: id }))
  },
  async exists({ id, aws }) {
    const command = new DescribeListenersCommand({ ListenerArns: [id] })
    return !!(await aws.of(ElasticLoadBalancingV2Client).send(command)).Listeners?.length
  },
})

export const LOAD_BALANCING: JudgedTypes = {
  'aws:lb/listener:Listener': listener,
  'aws:lb/loadBalancer:LoadBalancer': loadBalancer,
  'aws:lb/targetGroup:TargetGroup': targetGroup,
}
