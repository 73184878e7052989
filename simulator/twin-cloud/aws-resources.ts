// What AWS would answer for each resource type of our program: identifiers and outputs of the right shape, derived from
// the resource's URN and how often it was created, so that the same deployments always get the same ones.
import { createHash } from 'node:crypto'

export interface TwinResource {
  id: string
  /** Outputs beyond the inputs. */
  outputs: Record<string, unknown>
}

interface Subject {
  /** Name in the program, then a name as the provider makes it unique. */
  name: string
  uniqueName: string
  /** 64 hexadecimal digits, from the URN and `nth`. */
  hex: string
  /** From 1: which creation of this URN it is. */
  nth: number
  inputs: Record<string, unknown>
  region: string
  arn: (service: string, resource: string) => string
}

type Answer = (subject: Subject) => TwinResource

/** Documented as an example account by AWS; never a real one. */
export const ACCOUNT = '123456789012'
/** Digits of an EC2 identifier after its prefix. */
const EC2_ID_DIGITS = 17

/** An EC2-style resource: `PREFIX-0123456789abcdef0`, with an ARN under `KIND/`. */
function ec2(
  prefix: string,
  kind: string,
  more: (subject: Subject) => Record<string, unknown> = () => ({}),
): Answer {
  return (subject) => {
    const id = ec2Id(prefix, subject.hex)
    return { id, outputs: { arn: subject.arn('ec2', `${kind}/${id}`), ...more(subject) } }
  }
}

function ec2Id(prefix: string, hex: string): string {
  return `${prefix}-${hex.slice(0, EC2_ID_DIGITS)}`
}

function uuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  )
}

/** A setting of another resource, which has that one's identifier. */
function settingOf(input: string): Answer {
  return ({ inputs }) => ({ id: String(inputs[input]), outputs: {} })
}

/** An address from the documentation range 203.0.113.0/24. */
function publicIp(hex: string): string {
  return `203.0.113.${(Number.parseInt(hex.slice(0, 2), 16) % 254) + 1}`
}

const role: Answer = ({ uniqueName, arn }) => ({
  id: uniqueName,
  outputs: { name: uniqueName, arn: arn('iam', `role/${uniqueName}`) },
})

const loadBalancer: Answer = ({ name, uniqueName, hex, arn }) => {
  const id = arn('elasticloadbalancing', `loadbalancer/net/${uniqueName}/${hex.slice(0, 16)}`)
  const dnsName = `${name}-${hex.slice(0, 16)}.elb.test`
  return { id, outputs: { arn: id, arnSuffix: suffixOf(id), dnsName, zoneId: zoneId(hex) } }
}

/** What metrics call a load balancer and its targets by. */
export function suffixOf(arn: string): string {
  return arn.split(':')[5]?.replace(/^loadbalancer\//, '') ?? ''
}

/** An address of the event's network. */
function privateIp(hex: string): string {
  const [a, b] = [hex.slice(2, 4), hex.slice(4, 6)].map((digits) => Number.parseInt(digits, 16))
  return `10.64.${a}.${b}`
}

function zoneId(hex: string): string {
  return `Z${hex.slice(0, 20).toUpperCase()}`
}

function withArnAsId(service: string, kind: string): Answer {
  return ({ uniqueName, hex, arn }) => {
    const id = arn(service, `${kind}/${uniqueName}/${hex.slice(0, 16)}`)
    return { id, outputs: { arn: id, arnSuffix: suffixOf(id) } }
  }
}

const certificate: Answer = ({ hex, inputs, arn }) => {
  const id = arn('acm', `certificate/${hex.slice(0, 32)}`)
  const domainName = String(inputs.domainName)
  const proof = {
    domainName,
    resourceRecordName: `_${hex.slice(0, 32)}.${domainName}.`,
    resourceRecordType: 'CNAME',
    resourceRecordValue: `_${hex.slice(32)}.acm-validations.test.`,
  }
  return { id, outputs: { arn: id, domainValidationOptions: [proof] } }
}

const database: Answer = ({ uniqueName, hex, arn }) => ({
  id: `db-${hex.slice(0, 26).toUpperCase()}`,
  outputs: {
    arn: arn('rds', `db:${uniqueName}`),
    identifier: uniqueName,
    address: `${uniqueName}.${hex.slice(0, 12)}.rds.test`,
    masterUserSecrets: [{ secretArn: arn('secretsmanager', `secret:rds!db-${hex.slice(0, 36)}`) }],
  },
})

const databaseCluster: Answer = ({ uniqueName, hex, arn }) => ({
  id: uniqueName,
  outputs: {
    arn: arn('rds', `cluster:${uniqueName}`),
    clusterIdentifier: uniqueName,
    endpoint: `${uniqueName}.cluster-${hex.slice(0, 12)}.rds.test`,
    masterUserSecrets: [{ secretArn: arn('secretsmanager', `secret:rds!cluster-${hex.slice(0, 36)}`) }],
  },
})

const topic: Answer = ({ uniqueName, arn }) => {
  const id = arn('sns', uniqueName)
  return { id, outputs: { arn: id, name: uniqueName } }
}

const bucket: Answer = ({ uniqueName }) => ({
  id: uniqueName,
  outputs: {
    bucket: uniqueName,
    arn: `arn:aws:s3:::${uniqueName}`,
    bucketRegionalDomainName: `${uniqueName}.s3.test`,
  },
})

const distribution: Answer = ({ hex, arn }) => {
  const id = `E${hex.slice(0, 13).toUpperCase()}`
  return {
    id,
    outputs: {
      arn: arn('cloudfront', `distribution/${id}`),
      domainName: `d${hex.slice(0, 13)}.cloudfront.test`,
    },
  }
}

const logGroup: Answer = ({ uniqueName, arn }) => ({
  id: uniqueName,
  outputs: { name: uniqueName, arn: arn('logs', `log-group:${uniqueName}`) },
})

const secret: Answer = ({ uniqueName, hex, arn }) => {
  const id = arn('secretsmanager', `secret:${uniqueName}-${hex.slice(0, 6)}`)
  return { id, outputs: { arn: id, name: uniqueName } }
}

const secretVersion: Answer = ({ hex, inputs }) => ({
  id: `${inputs.secretId}|${hex.slice(0, 32)}`,
  outputs: { arn: inputs.secretId, versionId: hex.slice(0, 32) },
})

/** Image Builder knows its things by their ARN, which ends with the version where they have one. */
function imageBuilder(kind: string, version = ''): Answer {
  return ({ uniqueName, arn }) => {
    const id = arn('imagebuilder', `${kind}/${uniqueName}${version}`)
    return { id, outputs: { arn: id, name: uniqueName } }
  }
}

function keyOf(id: string, arn: Subject['arn']): TwinResource {
  return { id, outputs: { arn: arn('kms', `key/${id}`), keyId: id } }
}

const dnsRecord: Answer = ({ inputs }) => ({
  id: [inputs.zoneId, inputs.name, inputs.type, inputs.setIdentifier].filter(Boolean).join('_'),
  outputs: { fqdn: inputs.name },
})

const ANSWERS: Record<string, Answer> = {
  'aws:acm/certificate:Certificate': certificate,
  'aws:acm/certificateValidation:CertificateValidation': settingOf('certificateArn'),
  'aws:appautoscaling/policy:Policy': ({ uniqueName, hex, arn }) => ({
    id: uniqueName,
    outputs: { name: uniqueName, arn: arn('autoscaling', `scalingPolicy:${hex.slice(0, 32)}`) },
  }),
  'aws:appautoscaling/target:Target': ({ hex, inputs, arn }) => ({
    id: String(inputs.resourceId),
    outputs: { arn: arn('application-autoscaling', `scalable-target/${hex.slice(0, 32)}`) },
  }),
  'aws:autoscaling/group:Group': ({ uniqueName, hex, arn }) => ({
    id: uniqueName,
    outputs: {
      name: uniqueName,
      arn: arn('autoscaling', `autoScalingGroup:${uuid(hex)}:autoScalingGroupName/${uniqueName}`),
    },
  }),
  'aws:budgets/budget:Budget': ({ uniqueName, arn }) => ({
    id: `${ACCOUNT}:${uniqueName}`,
    outputs: { name: uniqueName, arn: arn('budgets', `budget/${uniqueName}`) },
  }),
  'aws:cloudfront/distribution:Distribution': distribution,
  'aws:cloudfront/originAccessControl:OriginAccessControl': ({ hex }) => ({
    id: `E${hex.slice(0, 13).toUpperCase()}`,
    outputs: {},
  }),
  'aws:cloudwatch/logGroup:LogGroup': logGroup,
  'aws:cloudwatch/metricAlarm:MetricAlarm': ({ uniqueName, arn }) => ({
    id: uniqueName,
    outputs: { name: uniqueName, arn: arn('cloudwatch', `alarm:${uniqueName}`) },
  }),
  'aws:ebs/volume:Volume': ec2('vol', 'volume'),
  'aws:ec2/capacityReservation:CapacityReservation': ec2('cr', 'capacity-reservation'),
  'aws:ec2/eip:Eip': ec2('eipalloc', 'elastic-ip', ({ hex }) => ({
    allocationId: ec2Id('eipalloc', hex),
    publicIp: publicIp(hex),
  })),
  'aws:ec2/instance:Instance': ec2('i', 'instance', () => ({ instanceState: 'running' })),
  'aws:ec2/internetGateway:InternetGateway': ec2('igw', 'internet-gateway'),
  'aws:ec2/launchTemplate:LaunchTemplate': ec2('lt', 'launch-template', () => ({ latestVersion: 1 })),
  'aws:ec2/networkInterface:NetworkInterface': ec2('eni', 'network-interface', ({ hex }) => ({
    privateIp: privateIp(hex),
  })),
  'aws:ec2/route:Route': ({ hex }) => ({ id: ec2Id('r-rtb', hex), outputs: {} }),
  'aws:ec2/securityGroup:SecurityGroup': ec2('sg', 'security-group'),
  'aws:ec2/subnet:Subnet': ec2('subnet', 'subnet', ({ inputs, region }) => ({
    // One on an Outpost is in the zone that the Outpost hangs on.
    availabilityZone: inputs.availabilityZone ?? `${region}a`,
  })),
  'aws:ec2/volumeAttachment:VolumeAttachment': ({ hex }) => ({ id: ec2Id('vai', hex), outputs: {} }),
  'aws:ec2/vpc:Vpc': ec2('vpc', 'vpc', ({ hex }) => ({ mainRouteTableId: ec2Id('rtb', hex) })),
  'aws:ecs/cluster:Cluster': ({ uniqueName, arn }) => {
    const id = arn('ecs', `cluster/${uniqueName}`)
    return { id, outputs: { arn: id, name: uniqueName } }
  },
  'aws:ecs/service:Service': ({ uniqueName, inputs, arn }) => {
    const id = arn('ecs', `service/${String(inputs.cluster).split('/').at(-1)}/${uniqueName}`)
    return { id, outputs: { arn: id, name: uniqueName } }
  },
  'aws:ecs/taskDefinition:TaskDefinition': ({ inputs, nth, arn }) => ({
    id: String(inputs.family),
    outputs: { arn: arn('ecs', `task-definition/${inputs.family}:${nth}`), revision: nth },
  }),
  'aws:iam/instanceProfile:InstanceProfile': ({ uniqueName, arn }) => ({
    id: uniqueName,
    outputs: { name: uniqueName, arn: arn('iam', `instance-profile/${uniqueName}`) },
  }),
  'aws:iam/role:Role': role,
  'aws:iam/rolePolicy:RolePolicy': ({ uniqueName, inputs }) => ({
    id: `${inputs.role}:${uniqueName}`,
    outputs: {},
  }),
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': ({ hex, inputs }) => ({
    id: `${inputs.role}-${hex.slice(0, 20)}`,
    outputs: {},
  }),
  'aws:imagebuilder/component:Component': imageBuilder('component', '/1.0.0/1'),
  'aws:imagebuilder/distributionConfiguration:DistributionConfiguration': imageBuilder(
    'distribution-configuration',
  ),
  'aws:imagebuilder/imagePipeline:ImagePipeline': imageBuilder('image-pipeline'),
  'aws:imagebuilder/imageRecipe:ImageRecipe': imageBuilder('image-recipe', '/1.0.0'),
  'aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration': imageBuilder(
    'infrastructure-configuration',
  ),
  'aws:kms/alias:Alias': ({ inputs, hex }) => {
    const name = `${inputs.namePrefix}${hex.slice(0, 26)}`
    return { id: name, outputs: { name } }
  },
  'aws:kms/grant:Grant': ({ inputs, hex }) => ({
    id: `${inputs.keyId}:${hex}`,
    outputs: { grantId: hex },
  }),
  'aws:kms/key:Key': ({ hex, inputs, arn }) =>
    keyOf(inputs.multiRegion === true ? `mrk-${hex.slice(0, 32)}` : uuid(hex), arn),
  'aws:kms/replicaKey:ReplicaKey': ({ inputs }) => {
    const id = String(inputs.primaryKeyArn).split('/').at(-1) ?? ''
    return keyOf(id, () =>
      String(inputs.primaryKeyArn).replace(/^(arn:aws:kms):[^:]+/, `$1:${inputs.region}`),
    )
  },
  'aws:lb/listener:Listener': withArnAsId('elasticloadbalancing', 'listener/net'),
  'aws:lb/loadBalancer:LoadBalancer': loadBalancer,
  'aws:lb/targetGroup:TargetGroup': withArnAsId('elasticloadbalancing', 'targetgroup'),
  'aws:lb/targetGroupAttachment:TargetGroupAttachment': ({ hex, inputs }) => ({
    id: `${inputs.targetGroupArn}-${hex.slice(0, 26)}`,
    outputs: {},
  }),
  'aws:rds/cluster:Cluster': databaseCluster,
  'aws:rds/clusterInstance:ClusterInstance': ({ uniqueName, arn }) => ({
    id: uniqueName,
    outputs: { identifier: uniqueName, arn: arn('rds', `db:${uniqueName}`) },
  }),
  'aws:rds/instance:Instance': database,
  'aws:rds/subnetGroup:SubnetGroup': ({ uniqueName, arn }) => ({
    id: uniqueName,
    outputs: { name: uniqueName, arn: arn('rds', `subgrp:${uniqueName}`) },
  }),
  'aws:route53/healthCheck:HealthCheck': ({ hex, arn }) => ({
    id: uuid(hex),
    outputs: { arn: arn('route53', `healthcheck/${uuid(hex)}`) },
  }),
  'aws:route53/record:Record': dnsRecord,
  'aws:s3/bucket:Bucket': bucket,
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': settingOf('bucket'),
  'aws:s3/bucketPolicy:BucketPolicy': settingOf('bucket'),
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': settingOf('bucket'),
  'aws:s3/bucketReplicationConfig:BucketReplicationConfig': settingOf('bucket'),
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration':
    settingOf('bucket'),
  'aws:s3/bucketVersioning:BucketVersioning': settingOf('bucket'),
  'aws:secretsmanager/secret:Secret': secret,
  'aws:secretsmanager/secretVersion:SecretVersion': secretVersion,
  'aws:sns/topic:Topic': topic,
  'aws:sns/topicPolicy:TopicPolicy': settingOf('arn'),
  'aws:sns/topicSubscription:TopicSubscription': ({ hex, inputs }) => {
    const id = `${inputs.topic}:${hex.slice(0, 32)}`
    return { id, outputs: { arn: id, confirmationWasAuthenticated: false, pendingConfirmation: true } }
  },
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': ec2('sgr', 'security-group-rule'),
}

/** Types the twin's cloud can create. */
export const TWIN_TYPES: ReadonlySet<string> = new Set(Object.keys(ANSWERS))

/** The type token of a URN: the last one of its path. */
export function typeOf(urn: string): string {
  return urn.split('::')[2]?.split('$').at(-1) ?? ''
}

/** Services whose ARNs name no region. */
const GLOBAL_SERVICES = new Set(['iam', 'cloudfront', 'route53', 'budgets'])

/**
 * Identifier and outputs of a new resource. A replacement is the second of its URN, and so on: it has others.
 *
 * @throws {Error} for a type outside of `TWIN_TYPES`.
 */
export function createTwinResource(
  urn: string,
  inputs: Record<string, unknown>,
  region: string,
  nth = 1,
): TwinResource {
  const type = typeOf(urn)
  const answer = ANSWERS[type]
  if (answer === undefined) throw new Error(`the twin's cloud has no ${type}`)
  const name = urn.split('::')[3] ?? ''
  const hex = createHash('sha256')
    .update(nth === 1 ? urn : `${urn} ${nth}`)
    .digest('hex')
  const arn = (service: string, resource: string) =>
    `arn:aws:${service}:${GLOBAL_SERVICES.has(service) ? '' : region}:${ACCOUNT}:${resource}`
  return answer({ name, uniqueName: `${name}-${hex.slice(0, 7)}`, hex, nth, inputs, region, arn })
}
