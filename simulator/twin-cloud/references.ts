// What a thing names of others: refused where there is none, as AWS refuses it, and why another cannot be deleted.
import { AwsError } from './aws-error.ts'
import type { CloudStore, Properties, Thing } from './cloud-store.ts'
import { unwrapped } from './secret-values.ts'

/** Error codes by the prefix of an identifier (Amazon EC2 API Reference, "Error codes"; from knowledge of it in November 2026, not looked up). */
const MISSING_BY_PREFIX: Record<string, string> = {
  cr: 'InvalidCapacityReservationId.NotFound',
  eipalloc: 'InvalidAllocationID.NotFound',
  eni: 'InvalidNetworkInterfaceID.NotFound',
  i: 'InvalidInstanceID.NotFound',
  igw: 'InvalidInternetGatewayID.NotFound',
  lt: 'InvalidLaunchTemplateId.NotFound',
  rtb: 'InvalidRouteTableID.NotFound',
  sg: 'InvalidGroup.NotFound',
  subnet: 'InvalidSubnetID.NotFound',
  vol: 'InvalidVolume.NotFound',
  vpc: 'InvalidVpcID.NotFound',
}
const EC2_ID = /^(cr|eipalloc|eni|i|igw|lt|rtb|sg|subnet|vol|vpc)-[0-9a-f]{17}$/

/** ARNs of an account, other than of things that AWS itself keeps there: its own roles, too. */
const ARN =
  /^arn:aws:(?<service>[a-z0-9-]+):[a-z0-9-]*:(?<account>\d{12}):(?!role\/aws-service-role\/|outpost\/)/
const MISSING_BY_SERVICE: Record<string, string> = {
  acm: 'CertificateNotFound',
  ecs: 'ClusterNotFoundException',
  elasticloadbalancing: 'TargetGroupNotFound',
  iam: 'NoSuchEntity',
  kms: 'NotFoundException',
  secretsmanager: 'ResourceNotFoundException',
  sns: 'NotFound',
}

/** Inputs that name a thing of a type by its identifier, where the text itself does not show what it is. */
const NAMED: { input: RegExp; type: string; code: string }[] = [
  { input: /^aws:iam\/\w+:\w+\.role$/, type: 'aws:iam/role:Role', code: 'NoSuchEntity' },
  {
    input: /\.(iamInstanceProfile|iamInstanceProfile\.name)$/,
    type: 'aws:iam/instanceProfile:InstanceProfile',
    code: 'InvalidParameterValue',
  },
  {
    input: /\.dbSubnetGroupName$/,
    type: 'aws:rds/subnetGroup:SubnetGroup',
    code: 'DBSubnetGroupNotFoundFault',
  },
  { input: /^aws:s3\/bucket\w+:\w+\.bucket$/, type: 'aws:s3/bucket:Bucket', code: 'NoSuchBucket' },
]

/** Inputs that AWS takes without a look whether the thing is there: an alarm tells a topic that may be made later. */
const UNCHECKED = /\.(alarmActions|okActions)$/

/** Types that are not seen everywhere at once: who uses one early is refused, and asks again. */
const SEEN_LATE = /^aws:iam\/(role|instanceProfile):/
/** How often a new one is looked for in vain. */
const LATE_LOOKUPS = 1

/** What AWS answers to who deletes a thing that another still names. */
const IN_USE: Record<string, string> = {
  'aws:ec2/networkInterface:NetworkInterface': 'InvalidNetworkInterface.InUse',
  'aws:ec2/internetGateway:InternetGateway': 'DependencyViolation',
  'aws:ec2/securityGroup:SecurityGroup': 'DependencyViolation',
  'aws:ec2/subnet:Subnet': 'DependencyViolation',
  'aws:ec2/vpc:Vpc': 'DependencyViolation',
  'aws:ebs/volume:Volume': 'VolumeInUse',
  'aws:ecs/cluster:Cluster': 'ClusterContainsServicesException',
  'aws:iam/instanceProfile:InstanceProfile': 'DeleteConflict',
  'aws:iam/role:Role': 'DeleteConflict',
  'aws:lb/loadBalancer:LoadBalancer': 'ResourceInUse',
  'aws:lb/targetGroup:TargetGroup': 'ResourceInUse',
  'aws:rds/subnetGroup:SubnetGroup': 'InvalidDBSubnetGroupStateFault',
}

interface Mention {
  /** `TYPE.input`, or `TYPE.input.name` inside of one; numbers of lists are left out. */
  place: string
  text: string
}

/** Holds what is asked for against what there is. */
export class References {
  readonly #store: CloudStore
  readonly #lookups = new Map<Thing, number>()

  constructor(store: CloudStore) {
    this.#store = store
  }

  /** @throws {AwsError} for the first thing that is named and is not there, or cannot be seen yet. */
  check(type: string, inputs: Properties): void {
    for (const mention of mentions(type, inputs)) {
      const code = missingCode(mention)
      if (code === null || UNCHECKED.test(mention.place) || this.#store.isGiven(mention.text)) continue
      const named = this.#store.all().filter((thing) => names(mention, thing))
      if (named.length === 0) {
        throw new AwsError(
          code,
          `${mention.place.split('.').slice(1).join('.')} '${mention.text}' does not exist`,
        )
      }
      for (const thing of named) this.#refuseUnseen(thing, code)
    }
  }

  #refuseUnseen(thing: Thing, code: string): void {
    const lookups = this.#lookups.get(thing) ?? 0
    if (!SEEN_LATE.test(thing.type) || lookups >= LATE_LOOKUPS) return
    this.#lookups.set(thing, lookups + 1)
    throw new AwsError(code, `'${thing.id}' is not there yet`, { retried: true })
  }

  /** @throws {AwsError} where AWS would not let the thing go, since another names it. */
  checkUnused(thing: Thing): void {
    const code = IN_USE[thing.type]
    if (code === undefined) return
    const holder = this.#store
      .all()
      .find(
        (other) => other !== thing && mentions(other.type, other.inputs).some((each) => names(each, thing)),
      )
    if (holder !== undefined)
      throw new AwsError(code, `${thing.id} has a dependent object: ${holder.type} ${holder.id}`)
  }
}

function missingCode({ place, text }: Mention): string | null {
  const prefix = EC2_ID.exec(text)?.[1]
  if (prefix !== undefined) return MISSING_BY_PREFIX[prefix] ?? null
  const service = ARN.exec(text)?.groups?.service
  if (service !== undefined) return MISSING_BY_SERVICE[service] ?? 'ResourceNotFoundException'
  return namedAt(place)?.code ?? null
}

function namedAt(place: string) {
  return NAMED.find(({ input }) => input.test(place))
}

/** Whether the mention means this thing: by its identifier, by an ARN or by another text of its outputs. */
function names({ place, text }: Mention, thing: Thing): boolean {
  const type = namedAt(place)?.type
  if (type !== undefined && !text.startsWith('arn:')) return thing.type === type && thing.id === text
  if (EC2_ID.test(text)) return thing.id === text || thing.outputs.mainRouteTableId === text
  return (
    text.startsWith('arn:') &&
    (thing.id === text || texts('', thing.outputs).some((each) => each.text === text))
  )
}

function mentions(type: string, inputs: Properties): Mention[] {
  return texts(type, unwrapped(inputs)).filter(({ place }) => !/\.(tags|description)\b/.test(place))
}

function texts(place: string, value: unknown): Mention[] {
  if (typeof value === 'string') return [{ place, text: value }]
  if (Array.isArray(value)) return value.flatMap((each) => texts(place, each))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) => texts(`${place}.${key}`, each))
}
