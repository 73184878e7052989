// Central's public name: a certificate, a load balancer that ends TLS, and the DNS record that PoPs dial.
import { Certificate } from '@pulumi/aws/acm/certificate.js'
import { CertificateValidation } from '@pulumi/aws/acm/certificateValidation.js'
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js'
import { Listener } from '@pulumi/aws/lb/listener.js'
import { LoadBalancer } from '@pulumi/aws/lb/loadBalancer.js'
import { TargetGroup } from '@pulumi/aws/lb/targetGroup.js'
import { Record as DnsRecord } from '@pulumi/aws/route53/record.js'
import type { Input, Output, Resource } from '@pulumi/pulumi'
import { NATS_PORTS, PATHS, PORTS } from '../../runtime/ports.ts'
import { FOREIGN_PORTS } from '../foreign-ports.ts'
import { centralName } from '../names.ts'
import { withRole } from '../tags.ts'
import type { CentralServicesArgs } from './central-services-args.ts'
import type { Network } from './network.ts'

export const TLS_POLICY = 'ELBSecurityPolicy-TLS13-1-2-2021-06'
const VALIDATION_TTL_S = 300
/** Seconds a task that leaves may finish its uplinks; they reconnect and continue after their watermark. */
const DRAIN_S = 30

export interface FrontDoor {
  targetGroupArn: Output<string>
  /** The listener: a service can register its tasks only once it stands. */
  ready: Resource
  /** What metrics of both are called by. */
  dimensions: { balancer: Output<string>; targets: Output<string> }
  balancerArn: Output<string>
  certificateArn: Output<string>
}

/** The balancer's security group, which the tasks admit and nobody else: HTTPS comes in, the tasks' two ports go out. */
export function declareFrontDoorGroup(
  args: CentralServicesArgs,
  network: Network,
  parent: Resource,
): SecurityGroup {
  const tcp = (port: number, description: string, cidr: Input<string>) => ({
    description,
    protocol: 'tcp',
    fromPort: port,
    toPort: port,
    cidrBlocks: [cidr],
  })
  return new SecurityGroup(
    'central-balancer',
    {
      vpcId: network.vpcId,
      description: 'Load balancer: uplinks of PoPs, from anywhere',
      ingress: [tcp(FOREIGN_PORTS.https, 'Uplinks of PoPs', '0.0.0.0/0')],
      egress: [
        tcp(PORTS.central, 'Uplinks, to the tasks', network.cidr),
        tcp(PORTS.centralAdmin, 'Health checks of the tasks', network.cidr),
        ...(args.broker === null
          ? []
          : [
              tcp(NATS_PORTS.leaf, 'Leaf nodes, to the hub', network.cidr),
              tcp(NATS_PORTS.monitor, 'Health checks of the hub', network.cidr),
            ]),
      ],
      tags: withRole(args.tags, 'network'),
    },
    { parent },
  )
}

/**
 * A network load balancer, not an application one: an uplink is a single connection that lives for hours, and its
 * bytes are opaque.
 */
export function declareFrontDoor(
  args: CentralServicesArgs,
  network: Network,
  securityGroups: SecurityGroup[],
  zoneId: Output<string>,
  parent: Resource,
): FrontDoor {
  const tags = withRole(args.tags, 'network')
  const balancer = new LoadBalancer(
    'central',
    {
      loadBalancerType: 'network',
      internal: false,
      subnets: network.subnetIds,
      // A network load balancer can be given none later if it is made without one.
      securityGroups: securityGroups.map(({ id }) => id),
      enableCrossZoneLoadBalancing: true,
      tags,
    },
    { parent },
  )
  const targetGroup = new TargetGroup(
    'central',
    {
      vpcId: network.vpcId,
      targetType: 'ip',
      protocol: 'TCP',
      port: PORTS.central,
      preserveClientIp: 'false',
      deregistrationDelay: DRAIN_S,
      healthCheck: { protocol: 'HTTP', port: String(PORTS.centralAdmin), path: PATHS.health, interval: 10 },
      tags,
    },
    { parent },
  )
  const certificateArn = validCertificate(args, zoneId, parent)
  const ready = new Listener(
    'central',
    {
      loadBalancerArn: balancer.arn,
      port: FOREIGN_PORTS.https,
      protocol: 'TLS',
      sslPolicy: TLS_POLICY,
      certificateArn,
      defaultActions: [{ type: 'forward', targetGroupArn: targetGroup.arn }],
      tags,
    },
    { parent },
  )
  new DnsRecord(
    'central',
    {
      zoneId,
      name: centralName(args),
      type: 'A',
      aliases: [{ name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: true }],
    },
    { parent },
  )
  return {
    targetGroupArn: targetGroup.arn,
    ready,
    dimensions: { balancer: balancer.arnSuffix, targets: targetGroup.arnSuffix },
    balancerArn: balancer.arn,
    certificateArn,
  }
}

/** ARN of a certificate for central's name, once the zone has proved that the name is ours. */
function validCertificate(
  args: CentralServicesArgs,
  zoneId: Output<string>,
  parent: Resource,
): Output<string> {
  const certificate = new Certificate(
    'central',
    { domainName: centralName(args), validationMethod: 'DNS', tags: withRole(args.tags, 'network') },
    { parent },
  )
  // One name, so one proof.
  const proof = certificate.domainValidationOptions.apply(([option]) => option)
  const record = new DnsRecord(
    'central-certificate',
    {
      zoneId,
      name: proof.apply((option) => option?.resourceRecordName ?? ''),
      type: proof.apply((option) => option?.resourceRecordType ?? ''),
      records: [proof.apply((option) => option?.resourceRecordValue ?? '')],
      ttl: VALIDATION_TTL_S,
    },
    { parent },
  )
  return new CertificateValidation(
    'central',
    { certificateArn: certificate.arn, validationRecordFqdns: [record.fqdn] },
    { parent },
  ).certificateArn
}
