// The hub that joins the PoPs of an event: nats-server on a machine of its own, its stream on a disk of its own, its leaf
// port behind central's load balancer, which ends TLS and lets in whom it knows.
import { LogGroup } from '@pulumi/aws/cloudwatch/logGroup.js'
import { Volume } from '@pulumi/aws/ebs/volume.js'
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js'
import { VolumeAttachment } from '@pulumi/aws/ec2/volumeAttachment.js'
import { InstanceProfile } from '@pulumi/aws/iam/instanceProfile.js'
import { Role } from '@pulumi/aws/iam/role.js'
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js'
import { RolePolicyAttachment } from '@pulumi/aws/iam/rolePolicyAttachment.js'
import { Listener } from '@pulumi/aws/lb/listener.js'
import { TargetGroup } from '@pulumi/aws/lb/targetGroup.js'
import { TargetGroupAttachment } from '@pulumi/aws/lb/targetGroupAttachment.js'
import { all, interpolate, jsonStringify, type Output, type Resource } from '@pulumi/pulumi'
import { hubConfig, NATS_USER } from '../../runtime/nats/server-config.ts'
import { NATS_PORTS, PATHS } from '../../runtime/ports.ts'
import { assumedBy } from '../assumed-by.ts'
import { HUB_NAME as NAME, natsPassword } from '../broker.ts'
import { loadCatalog } from '../catalog/catalog.ts'
import { declareCloudSecret, declareRenewedSecret } from '../cloud-secret.ts'
import { type EncryptionKey, mayDecrypt } from '../encryption-key.ts'
import { FOREIGN_PORTS } from '../foreign-ports.ts'
import { type CostTags, withRole } from '../tags.ts'
import { DATA_DEVICE } from '../venue-pop/boot.ts'
import { declareAddress, declareInstance } from '../venue-pop/ec2-machine.ts'
import { amazonLinux } from '../venue-pop/on-ec2.ts'
import type { CentralServicesArgs } from './central-services-args.ts'
import { type FrontDoor, TLS_POLICY } from './front-door.ts'
import { hubUrl, hubUserData } from './hub-boot.ts'
import type { Network } from './network.ts'

/** Twice what streams may take of it, and the least that is worth a volume. */
const VOLUME_GIB = 8
const HEALTH_EVERY_S = 10
/** Leaf nodes are told that a connection is over and connect again at once. */
const DRAIN_S = 10

export interface Hub {
  /** Of the secret that is central's NATS_URL. */
  urlSecretArn: Output<string>
  /** The disk is on its machine, so that it runs. */
  ready: Resource
  /** What metrics of its targets are called by. */
  targets: Output<string>
  instanceId: Output<string>
}

interface HubNeeds {
  network: Network
  frontDoor: FrontDoor
  balancerGroup: SecurityGroup
  ingestGroup: SecurityGroup
  uplinkToken: Output<string>
  /** null: AWS's own. */
  key: EncryptionKey | null
  image: string
  protect: boolean
}

export function declareHub(
  args: CentralServicesArgs,
  { instanceType, pops }: NonNullable<CentralServicesArgs['broker']>,
  needs: HubNeeds,
  parent: Resource,
): Hub {
  const tags = withRole(args.tags, 'broker')
  const { network, uplinkToken, key } = needs
  const encryption = key && { kmsKeyId: key.arn }
  const [subnetId] = network.subnetIds
  const [availabilityZone] = network.zones
  if (subnetId === undefined || availabilityZone === undefined) throw new Error('the network has no subnet')
  const place = { subnetId, availabilityZone, outpostArn: null, borderGroup: null }

  const passwords = [NATS_USER.central, ...pops].map((user) => natsPassword(uplinkToken, args.event, user))
  const config = all(passwords).apply(([central = '', ...ofPops]) =>
    hubConfig({
      ...{ event: args.event, pops },
      password: (user) => `"${user === NATS_USER.central ? central : ofPops[pops.indexOf(user)]}"`,
    }),
  )
  const configSecretArn = declareRenewedSecret(`${NAME}-config`, { value: config, key, tags }, parent)
  const logs = new LogGroup(NAME, { retentionInDays: args.logDays, ...encryption, tags }, { parent })
  const securityGroup = declareGroup(tags, needs, parent)
  const type = loadCatalog().instanceTypes.get(instanceType)
  const machine = {
    name: NAME,
    // A hub in mid-show has to be as fast as it can, and is all but idle otherwise.
    pop: { instanceType, creditMode: type?.burst ? ('unlimited' as const) : null, disk: 'gp3' as const },
    place,
    securityGroupId: securityGroup.id,
    profileName: profile(configSecretArn, logs.arn, key, tags, parent).name,
    imageId: amazonLinux(instanceType, parent),
    ownImage: false,
    key,
    tags,
  }
  const volume = new Volume(
    `${NAME}-data`,
    { availabilityZone, type: 'gp3', size: VOLUME_GIB, encrypted: true, ...encryption, tags },
    { parent, protect: needs.protect },
  )
  const address = declareAddress(machine, parent)
  const userData = all([configSecretArn, logs.name]).apply(([arn, logGroup]) =>
    hubUserData({
      ...{ image: needs.image, region: args.region, configSecretArn: arn, logGroup },
      memoryMib: type?.memoryMib ?? null,
    }),
  )
  const policy = type?.burst ? 'burstable' : 'on-demand'
  const instance = declareInstance(machine, policy, address, userData, null, parent)
  const attachment = new VolumeAttachment(
    `${NAME}-data`,
    {
      instanceId: instance.id,
      volumeId: volume.id,
      deviceName: DATA_DEVICE,
      stopInstanceBeforeDetaching: true,
    },
    { parent },
  )
  const { privateIp } = address.networkInterface
  const url = all([privateIp, passwords[0] as Output<string>]).apply(([ip, password]) => hubUrl(ip, password))
  return {
    urlSecretArn: declareCloudSecret(`${NAME}-url`, { value: url, key, tags }, parent),
    ready: attachment,
    targets: declareLeafPort(tags, privateIp, needs, parent),
    instanceId: instance.id,
  }
}

/** From central and from the load balancer, and HTTPS out: the image, its secret, its log. */
function declareGroup(
  tags: CostTags,
  { network, balancerGroup, ingestGroup }: HubNeeds,
  parent: Resource,
): SecurityGroup {
  const tcp = (port: number, description: string) => ({
    ...{ description, protocol: 'tcp', fromPort: port, toPort: port },
  })
  const fromBalancer = { securityGroups: [balancerGroup.id] }
  return new SecurityGroup(
    NAME,
    {
      vpcId: network.vpcId,
      description: 'Hub of the PoPs: from central and its load balancer only',
      ingress: [
        { ...tcp(NATS_PORTS.client, 'Central'), securityGroups: [ingestGroup.id] },
        { ...tcp(NATS_PORTS.leaf, 'Leaf nodes, from the load balancer'), ...fromBalancer },
        { ...tcp(NATS_PORTS.monitor, 'Health checks of the load balancer'), ...fromBalancer },
      ],
      egress: [{ ...tcp(FOREIGN_PORTS.https, 'Container image, secret, logs'), cidrBlocks: ['0.0.0.0/0'] }],
      tags,
    },
    { parent },
  )
}

/** May read its configuration, and write its log. Nothing else. */
function profile(
  configSecretArn: Output<string>,
  logGroupArn: Output<string>,
  key: EncryptionKey | null,
  tags: CostTags,
  parent: Resource,
): InstanceProfile {
  const role = new Role(NAME, { assumeRolePolicy: assumedBy('ec2.amazonaws.com'), tags }, { parent })
  new RolePolicyAttachment(
    `${NAME}-session-manager`,
    { role: role.name, policyArn: 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore' },
    { parent },
  )
  const statement = (Action: string | string[], Resource: Output<string>) => ({
    ...{ Effect: 'Allow', Action, Resource },
  })
  new RolePolicy(
    NAME,
    {
      role: role.name,
      policy: jsonStringify({
        Version: '2012-10-17',
        Statement: [
          statement('secretsmanager:GetSecretValue', configSecretArn),
          statement(['logs:CreateLogStream', 'logs:PutLogEvents'], interpolate`${logGroupArn}:*`),
          ...(key === null ? [] : [mayDecrypt(key, ['secretsmanager'])]),
        ],
      }),
    },
    { parent },
  )
  return new InstanceProfile(NAME, { role: role.name, tags }, { parent })
}

/** The leaf port of central's name. Returns what metrics of the hub behind it are called by. */
function declareLeafPort(
  tags: CostTags,
  privateIp: Output<string>,
  { network, frontDoor }: HubNeeds,
  parent: Resource,
): Output<string> {
  const targets = new TargetGroup(
    NAME,
    {
      vpcId: network.vpcId,
      targetType: 'ip',
      protocol: 'TCP',
      port: NATS_PORTS.leaf,
      preserveClientIp: 'false',
      deregistrationDelay: DRAIN_S,
      healthCheck: {
        ...{ protocol: 'HTTP', port: String(NATS_PORTS.monitor), path: PATHS.health },
        interval: HEALTH_EVERY_S,
      },
      tags,
    },
    { parent },
  )
  new TargetGroupAttachment(
    NAME,
    { targetGroupArn: targets.arn, targetId: privateIp, port: NATS_PORTS.leaf },
    { parent },
  )
  new Listener(
    NAME,
    {
      loadBalancerArn: frontDoor.balancerArn,
      port: NATS_PORTS.leaf,
      protocol: 'TLS',
      sslPolicy: TLS_POLICY,
      certificateArn: frontDoor.certificateArn,
      defaultActions: [{ type: 'forward', targetGroupArn: targets.arn }],
      tags,
    },
    { parent },
  )
  return targets.arnSuffix
}
