// What can be wrong with a resource graph whatever the event is: each function lists the faults, none in a sound graph.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { NATS_PORTS, PORTS } from '../../runtime/ports.ts'
import { FOREIGN_PORTS } from '../foreign-ports.ts'
import type { ResourceGraph, ResourceNode } from '../graph.ts'
import { symbol } from '../symbolic-outputs.ts'
import { TAG } from '../tags.ts'

const require = createRequire(import.meta.url)
const json = (value: unknown) => JSON.stringify(value)

/** An output's name as recordings write it: `vpc.central.id`. */
const REFERENCE = /"([a-z][A-Za-z0-9]+\.[a-z0-9-]+)\.(id|arn|name)"/g

/** Dependencies that are not in the graph, and outputs read of what is not made before. */
export function danglingReferences({ resources }: ResourceGraph): string[] {
  const byUrn = new Map(resources.map((node) => [node.urn, node]))
  const missing = resources.flatMap(({ urn, dependencies, parent }) =>
    [...dependencies, ...(parent === null ? [] : [parent])]
      .filter((other) => other === urn || !byUrn.has(other))
      .map((other) => `${urn} needs ${other}`),
  )
  const madeBefore = new Map<string, Set<string>>()
  const before = (node: ResourceNode): Set<string> => {
    const known = madeBefore.get(node.urn)
    if (known !== undefined) return known
    const made = new Set<string>()
    madeBefore.set(node.urn, made)
    for (const urn of node.dependencies) {
      const needed = byUrn.get(urn)
      if (needed === undefined) continue
      made.add(symbol(needed.type, needed.name))
      for (const name of before(needed)) made.add(name)
    }
    return made
  }
  const unmade = resources.flatMap((node) =>
    [...json(node.inputs).matchAll(REFERENCE)]
      .map(([, reference = '']) => reference)
      .filter((reference) => !before(node).has(reference))
      .map((reference) => `${node.urn} reads ${reference}, which is not made before it`),
  )
  return [...missing, ...unmade]
}

/** How many outputs of other resources the inputs name: a check of none would find nothing. */
export function referencesIn({ resources }: ResourceGraph): number {
  return resources.reduce((sum, { inputs }) => sum + [...json(inputs).matchAll(REFERENCE)].length, 0)
}

/** Subnets that overlap, or leave their network. */
export function overlappingCidrs({ resources }: ResourceGraph): string[] {
  const of = (type: string) => resources.filter((node) => node.type === type)
  const [network] = of('aws:ec2/vpc:Vpc').map(({ inputs }) => range(String(inputs.cidrBlock)))
  const subnets = of('aws:ec2/subnet:Subnet').map(({ inputs }) => range(String(inputs.cidrBlock)))
  const outside = subnets.filter(
    ({ from, to }) => network === undefined || from < network.from || to > network.to,
  )
  const overlapping = subnets.flatMap((a, i) =>
    subnets.slice(i + 1).filter((b) => a.from <= b.to && b.from <= a.to),
  )
  return [
    ...outside.map(({ cidr }) => `${cidr} is outside of its network`),
    ...overlapping.map(({ cidr }) => `${cidr} overlaps another`),
  ]
}

function range(cidr: string): { cidr: string; from: number; to: number } {
  const [address = '', bits = ''] = cidr.split('/')
  const from = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  return { cidr, from, to: from + 2 ** (32 - Number(bits)) - 1 }
}

/**
 * Most characters of a name, by type: of the name that the provider makes unique with eight more, or of one that we
 * give. Source: quotas and API references of each service, as read on 2026-11-28.
 */
const NAME_CHARS_MAX: Record<string, number> = {
  'aws:lb/loadBalancer:LoadBalancer': 32,
  'aws:lb/targetGroup:TargetGroup': 32,
  'aws:iam/role:Role': 64,
  'aws:iam/instanceProfile:InstanceProfile': 128,
  'aws:iam/rolePolicy:RolePolicy': 128,
  'aws:ec2/securityGroup:SecurityGroup': 255,
  'aws:ec2/launchTemplate:LaunchTemplate': 128,
  'aws:autoscaling/group:Group': 255,
  'aws:rds/cluster:Cluster': 63,
  'aws:rds/clusterInstance:ClusterInstance': 63,
  'aws:rds/instance:Instance': 63,
  'aws:rds/subnetGroup:SubnetGroup': 255,
  'aws:s3/bucket:Bucket': 63,
  'aws:ecs/cluster:Cluster': 255,
  'aws:ecs/service:Service': 255,
  'aws:cloudwatch/metricAlarm:MetricAlarm': 255,
  'aws:cloudwatch/logGroup:LogGroup': 512,
  'aws:secretsmanager/secret:Secret': 512,
  'aws:sns/topic:Topic': 256,
}
/** What the provider adds to a name that it makes: a hyphen and seven digits. */
const UNIQUE_CHARS = 8
/** RFC 1035 for DNS names, RFC 1123 for names of Kubernetes. */
const LABEL_CHARS_MAX = 63
const DNS_NAME_CHARS_MAX = 253

/** Names that a cloud or a cluster would refuse. */
export function refusedNames({ resources }: ResourceGraph): string[] {
  return resources.flatMap((node) => {
    const { urn, type, name, inputs } = node
    const most = NAME_CHARS_MAX[type]
    const tooLong =
      most !== undefined && !('name' in inputs) && name.length + UNIQUE_CHARS > most
        ? [`${urn}: the name would have ${name.length + UNIQUE_CHARS} characters of ${most}`]
        : []
    const dns = type === 'aws:route53/record:Record' ? String(inputs.name) : null
    const badDns =
      dns !== null &&
      (dns.length > DNS_NAME_CHARS_MAX || dns.split('.').some((label) => label.length > LABEL_CHARS_MAX))
        ? [`${urn}: ${dns} is no DNS name`]
        : []
    return [...tooLong, ...badDns, ...(type.startsWith('kubernetes:') ? refusedByKubernetes(node) : [])]
  })
}

function refusedByKubernetes({ urn, inputs }: ResourceNode): string[] {
  const { name, namespace, labels } = inputs.metadata as {
    name: string
    namespace?: string
    labels: Record<string, string>
  }
  const isLabel = (text: string) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)
  const isValue = (text: string) => /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(text)
  return [
    ...[name, namespace ?? name]
      .filter((each) => !each.includes('.') && !isLabel(each))
      .map((each) => `${urn}: ${each} is no name in Kubernetes`),
    ...Object.entries(labels)
      .filter(([, value]) => !isValue(value))
      .map(([key, value]) => `${urn}: ${key} cannot have the value ${value}`),
  ]
}

interface Rule {
  protocol: string
  fromPort: number
  toPort: number
}

interface PolicySpec {
  ingress: { ports: { protocol: string; port: number }[] }[]
  egress: { ports: { protocol: string; port: number }[] }[]
}

/** Rules of security groups and network policies with a port that neither the runtime nor a known other listens on. */
export function strangePorts({ resources }: ResourceGraph): string[] {
  const known: number[] = [PORTS, NATS_PORTS, FOREIGN_PORTS].flatMap((ports) => Object.values<number>(ports))
  const inPolicies = resources
    .filter(({ type }) => type === 'kubernetes:networking.k8s.io/v1:NetworkPolicy')
    .flatMap(({ urn, inputs }) => {
      const { ingress, egress } = inputs.spec as PolicySpec
      return [...ingress, ...egress]
        .flatMap(({ ports }) => ports)
        .filter(({ port }) => !known.includes(port))
        .map(({ protocol, port }) => `${urn}: ${protocol} ${port}`)
    })
  const inGroups = resources
    .filter(({ type }) => type === 'aws:ec2/securityGroup:SecurityGroup')
    .flatMap(({ urn, inputs }) =>
      [inputs.ingress, inputs.egress]
        .flatMap((rules) => (rules ?? []) as Rule[])
        .filter(({ fromPort, toPort }) => fromPort !== toPort || !known.includes(fromPort))
        .map(({ protocol, fromPort, toPort }) => `${urn}: ${protocol} ${fromPort}–${toPort}`),
    )
  return [...inPolicies, ...inGroups]
}

/** Resources that take tags, or labels, and lack one of the four. */
export function untagged({ resources }: ResourceGraph): string[] {
  const tags = Object.values(TAG)
  const lacks = ({ type, inputs }: ResourceNode): boolean => {
    if (type.startsWith('kubernetes:')) {
      const { labels } = inputs.metadata as { labels?: Record<string, string> }
      return tags.some((tag) => labels?.[tag.replace(':', '/')] === undefined)
    }
    const given = Array.isArray(inputs.tags)
      ? Object.fromEntries(inputs.tags.map(({ key, value }) => [key, value]))
      : (inputs.tags as Record<string, string> | undefined)
    return type.startsWith('aws:') && takesTags(type) && tags.some((tag) => !given?.[tag])
  }
  return resources.filter(lacks).map(({ urn }) => urn)
}

const taking = new Map<string, boolean>()

/** Whether the SDK's class of an `aws:…` type has `tags` among its inputs. */
export function takesTags(type: string): boolean {
  const known = taking.get(type)
  if (known !== undefined) return known
  const file = require.resolve(`@pulumi/aws/${type.split(':')[1]}`)
  const takes = readFileSync(file, 'utf8').includes('resourceInputs["tags"]')
  taking.set(type, takes)
  return takes
}
