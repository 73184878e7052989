// What a single resource may not be, whoever declared it: each rule looks at one resource's inputs.
import { PORTS } from '../../runtime/ports.ts'
import { type Inputs, objectOf, objectsOf } from '../../simulator/costs/meters/inputs.ts'
import { FOREIGN_PORTS } from '../foreign-ports.ts'
import { TAG } from '../tags.ts'

export interface ResourceRule {
  /** Kebab-case, unique in the pack. */
  name: string
  description: string
  /** What is wrong, a sentence each, with what to write instead; empty where nothing is. */
  check: (type: string, inputs: Inputs) => string[]
}

const ANYONE = ['0.0.0.0/0', '::/0']
/** What the public may reach: sessions of PoPs, and HTTPS. */
const PUBLIC_PORTS: readonly number[] = [PORTS.pop, FOREIGN_PORTS.https]
/** All ports, where a rule names none. */
const PORT_MAX = 65_535

const encryptedAtRest: ResourceRule = {
  name: 'encrypted-at-rest',
  description: 'Volumes and databases are encrypted.',
  check: (type, inputs) => {
    const unencrypted = (what: string, key: string) => `${what} is not encrypted: set \`${key}: true\``
    switch (type) {
      case 'aws:ebs/volume:Volume':
        return inputs.encrypted === true ? [] : [unencrypted('the volume', 'encrypted')]
      case 'aws:rds/instance:Instance':
      case 'aws:rds/cluster:Cluster':
        return inputs.storageEncrypted === true ? [] : [unencrypted('the database', 'storageEncrypted')]
      case 'aws:ec2/instance:Instance': {
        const devices = [objectOf(inputs, 'rootBlockDevice'), ...objectsOf(inputs, 'ebsBlockDevices')]
        return devices.every(({ encrypted }) => encrypted === true)
          ? []
          : [unencrypted('a block device of the machine', 'rootBlockDevice.encrypted')]
      }
      case 'aws:ec2/launchTemplate:LaunchTemplate': {
        const devices = objectsOf(inputs, 'blockDeviceMappings').map((each) => objectOf(each, 'ebs'))
        return devices.length > 0 && devices.every(({ encrypted }) => String(encrypted) === 'true')
          ? []
          : [unencrypted('a block device of the machines', 'blockDeviceMappings.ebs.encrypted')]
      }
      default:
        return []
    }
  },
}

const closedPorts: ResourceRule = {
  name: 'closed-ports',
  description: 'Only sessions and HTTPS are open to the public; no shell and no database is.',
  check: (type, inputs) => {
    if (/^aws:rds\/(instance|clusterInstance):/.test(type) && inputs.publiclyAccessible === true)
      return ['the database has a public address: set `publiclyAccessible: false`']
    return ingressOf(type, inputs).flatMap(({ from, to, protocol }) =>
      from === to && protocol === 'tcp' && PUBLIC_PORTS.includes(from)
        ? []
        : [
            `${rangeText(from, to, protocol)} open to everyone, and only ${PUBLIC_PORTS.join(' and ')} may be: ` +
              'name a security group or your own address ranges; operators come in through Session Manager',
          ],
    )
  },
}

const metadataByToken: ResourceRule = {
  name: 'metadata-by-token',
  description: 'Machines answer for their role to who has a session token only (IMDSv2).',
  check: (type, inputs) => {
    if (type !== 'aws:ec2/instance:Instance' && type !== 'aws:ec2/launchTemplate:LaunchTemplate') return []
    return objectOf(inputs, 'metadataOptions').httpTokens === 'required'
      ? []
      : ["the machine's metadata can be read without a token: set `metadataOptions.httpTokens: required`"]
  },
}

const noKeyPairs: ResourceRule = {
  name: 'no-key-pairs',
  description: 'No machine has an SSH key.',
  check: (type, inputs) =>
    (type === 'aws:ec2/instance:Instance' || type === 'aws:ec2/launchTemplate:LaunchTemplate') &&
    inputs.keyName !== undefined
      ? ['the machine has an SSH key: leave `keyName` out; operators come in through Session Manager']
      : [],
}

const costTags: ResourceRule = {
  name: 'cost-tags',
  description: 'What can be tagged has the four tags that a bill is split by.',
  check: (type, inputs) => {
    // What takes no tags has no such input; a type that takes them is declared with them or with none at all.
    if (!('tags' in inputs) && !BILLED.has(type)) return []
    const tags = tagsOf(inputs)
    const missing = Object.values(TAG).filter((key) => typeof tags[key] !== 'string' || tags[key] === '')
    return missing.length === 0 ? [] : [`tags are missing: ${missing.join(', ')}`]
  },
}

/** A group has its tags as a list of pairs. */
function tagsOf(inputs: Inputs): Inputs {
  const listed = objectsOf(inputs, 'tags').map(({ key, value }) => [String(key), value])
  return listed.length > 0 ? Object.fromEntries(listed) : objectOf(inputs, 'tags')
}

/** Types that cost money by themselves and take tags. */
const BILLED = new Set([
  'aws:autoscaling/group:Group',
  'aws:ebs/volume:Volume',
  'aws:ec2/eip:Eip',
  'aws:ec2/instance:Instance',
  'aws:ec2/natGateway:NatGateway',
  'aws:ecs/service:Service',
  'aws:lb/loadBalancer:LoadBalancer',
  'aws:rds/cluster:Cluster',
  'aws:rds/clusterInstance:ClusterInstance',
  'aws:rds/instance:Instance',
  'aws:s3/bucket:Bucket',
  'aws:cloudfront/distribution:Distribution',
  'aws:secretsmanager/secret:Secret',
  'aws:cloudwatch/logGroup:LogGroup',
  'aws:cloudwatch/metricAlarm:MetricAlarm',
])

export const RESOURCE_RULES: readonly ResourceRule[] = [
  encryptedAtRest,
  closedPorts,
  metadataByToken,
  noKeyPairs,
  costTags,
]

interface OpenRange {
  from: number
  to: number
  protocol: string
}

/** What of a security group, or of a rule of its own, is open to everyone. */
function ingressOf(type: string, inputs: Inputs): OpenRange[] {
  switch (type) {
    case 'aws:ec2/securityGroup:SecurityGroup':
      return objectsOf(inputs, 'ingress').filter(isOpen).map(range)
    case 'aws:ec2/securityGroupRule:SecurityGroupRule':
      return inputs.type === 'ingress' && isOpen(inputs) ? [range(inputs)] : []
    case 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': {
      const open = ANYONE.includes(String(inputs.cidrIpv4)) || ANYONE.includes(String(inputs.cidrIpv6))
      return open ? [range({ ...inputs, protocol: inputs.ipProtocol })] : []
    }
    default:
      return []
  }
}

function isOpen({ cidrBlocks, ipv6CidrBlocks }: Inputs): boolean {
  return [...list(cidrBlocks), ...list(ipv6CidrBlocks)].some((cidr) => ANYONE.includes(String(cidr)))
}

function range({ fromPort, toPort, protocol }: Inputs): OpenRange {
  const every = protocol === '-1' || protocol === 'all'
  return {
    from: every ? 0 : Number(fromPort ?? 0),
    to: every ? PORT_MAX : Number(toPort ?? PORT_MAX),
    protocol: every ? 'any protocol' : String(protocol),
  }
}

function rangeText(from: number, to: number, protocol: string): string {
  return from === to ? `port ${from} (${protocol}) is` : `ports ${from} to ${to} (${protocol}) are`
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
