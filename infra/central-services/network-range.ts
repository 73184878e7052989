// The address range of the event's own network: how it is cut into subnets, what AWS takes, and what an event needs.
// Source: Amazon VPC User Guide, "VPC CIDR blocks" and "Subnet CIDR blocks"; Elastic Load Balancing, Network Load
// Balancers, "Availability Zones"; read on 2026-11-29.

/** Two zones: the database's subnet group and the load balancer ask for no less. */
export const ZONES = 2

/** Bits: a VPC has at most 65,536 addresses. */
export const VPC_PREFIX_MIN = 16
/** Bits: a subnet has at least 16 addresses, and a network is cut into quarters. */
export const VPC_PREFIX_MAX = 26
/** A quarter of a network, two of them unused so far; of a large one a sixteenth, which is plenty. */
const SUBNET_PREFIX_MIN = 20

/** AWS keeps the first four addresses of a subnet and the last. */
const RESERVED = 5
/** An internet-facing network load balancer must find this many free. */
const BALANCER = 8
const DATABASE = 1

export interface Range {
  /** First address as a number. */
  base: number
  prefix: number
}

/** Ranges for private use (RFC 1918) and for carriers (RFC 6598); names of anything else must stay reachable. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10']
/** Docker's own network on every PoP. */
const DOCKER = '172.17.0.0/16'

/** undefined: it is no range of IPv4 addresses. */
export function readRange(cidr: string): Range | undefined {
  const [, address = '', bits = ''] = /^((?:\d{1,3}\.){3}\d{1,3})\/(\d{1,2})$/.exec(cidr) ?? []
  const octets = address.split('.').map(Number)
  const prefix = Number(bits)
  if (bits === '' || prefix > 32 || octets.some((octet) => octet > 255)) return undefined
  return { base: octets.reduce((sum, octet) => sum * 256 + octet, 0), prefix }
}

/** What AWS or the PoPs would not stand, with what to write instead; undefined: nothing. */
export function rangeProblem(cidr: string): string | undefined {
  const range = readRange(cidr)
  if (range === undefined) return 'is no range of IPv4 addresses; write one such as 10.64.0.0/16'
  const { base, prefix } = range
  if (prefix < VPC_PREFIX_MIN) return `is larger than a VPC can be; write ${dotted(base)}/${VPC_PREFIX_MIN}`
  const first = base - (base % size(prefix))
  if (first !== base)
    return `does not start where a range of that size does; write ${dotted(first)}/${prefix}`
  if (!PRIVATE.some((each) => rangeHolds(each, cidr)))
    return 'is not private, so addresses of others could not be reached any more; write one such as 10.64.0.0/16'
  if (rangesOverlap(DOCKER, cidr))
    return `overlaps ${DOCKER}, which Docker uses on PoPs; write one such as 10.64.0.0/16`
  return undefined
}

/** Bits: what AWS takes as a subnet. */
const SUBNET_PREFIX_MAX = 28

/** What is wrong with the range of one subnet, with what to write instead; undefined: nothing. */
export function subnetProblem(cidr: string): string | undefined {
  const range = readRange(cidr)
  if (range === undefined) return 'is no range of IPv4 addresses; write one such as 10.64.128.0/24'
  const { base, prefix } = range
  if (prefix < VPC_PREFIX_MIN || prefix > SUBNET_PREFIX_MAX)
    return `is no size of a subnet; write a /${VPC_PREFIX_MIN} to a /${SUBNET_PREFIX_MAX}, such as ${dotted(base)}/24`
  const first = base - (base % size(prefix))
  if (first !== base)
    return `does not start where a range of that size does; write ${dotted(first)}/${prefix}`
  return undefined
}

/** Bits of each subnet in a network of `vpcPrefix` bits. */
export function subnetPrefix(vpcPrefix: number): number {
  return Math.max(SUBNET_PREFIX_MIN, vpcPrefix + 2)
}

/**
 * Bits of the smallest network that the event fits into: `machines` are those of PoPs in the zone that has more, and while
 * a new version rolls out there are twice as many tasks, spread over the zones.
 */
export function prefixNeeded(of: { tasksMax: number; machines: number }): number {
  const needed = RESERVED + BALANCER + DATABASE + of.tasksMax + of.machines
  let prefix = VPC_PREFIX_MAX
  while (prefix > VPC_PREFIX_MIN && size(subnetPrefix(prefix)) < needed) prefix--
  return prefix
}

function size(prefix: number): number {
  return 2 ** (32 - prefix)
}

function boundsOf(cidr: string): [first: number, last: number] {
  const { base, prefix } = readRange(cidr) ?? { base: 0, prefix: 32 }
  return [base, base + size(prefix) - 1]
}

export function rangeHolds(outer: string, inner: string): boolean {
  const [first, last] = boundsOf(outer)
  const [from, to] = boundsOf(inner)
  return first <= from && to <= last
}

export function rangesOverlap(one: string, other: string): boolean {
  const [first, last] = boundsOf(one)
  const [from, to] = boundsOf(other)
  return from <= last && first <= to
}

/** `10.64.0.0`. */
export function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}
