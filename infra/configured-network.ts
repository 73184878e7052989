// An existing network from the stack's configuration: two keys, or none.
import { InvalidInput } from '../runtime/errors.ts'
import type { StackConfig } from './configured-deployment.ts'
import { listOf, type StackPart } from './configured-part.ts'
import type { ExistingNetwork } from './deployment.ts'
import type { EventSpec } from './event/event.ts'

/** As the cloud gives them out; older ones have eight digits. */
const VPC_ID = /^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/
const SUBNET_ID = /^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/
/** The load balancer and the database's subnet group ask for no less; no region has more zones than that. */
const SUBNETS_MIN = 2
const SUBNETS_MAX = 6

/**
 * null: none is configured, so the event gets one of its own.
 *
 * @throws {InvalidInput} `MP_NETWORK_INVALID` where an id is malformed, is there twice, or one of the two keys is missing.
 */
export function configuredNetwork(config: Pick<StackConfig, 'get'>): ExistingNetwork | null {
  const vpcId = config.get('vpc')
  const subnets = config.get('subnets')
  if (vpcId === undefined && subnets === undefined) return null
  if (vpcId === undefined || !VPC_ID.test(vpcId)) {
    const found = vpcId === undefined ? 'micropop:subnets without micropop:vpc' : `micropop:vpc ${vpcId}`
    throw invalid(`${found}: a VPC is named by its id`, 'vpc', 'vpc-0a1b2c3d4e5f60718')
  }
  const subnetIds = subnets === undefined ? [] : listOf(subnets)
  const wrong = subnetIds.find((id) => !SUBNET_ID.test(id))
  if (wrong !== undefined)
    throw invalid(`micropop:subnets names ${wrong}, which is no id of a subnet`, 'subnets', TWO_SUBNETS)
  const twice = subnetIds.find((id, i) => subnetIds.indexOf(id) !== i)
  if (twice !== undefined) throw invalid(`micropop:subnets names ${twice} twice`, 'subnets', TWO_SUBNETS)
  if (subnetIds.length < SUBNETS_MIN || subnetIds.length > SUBNETS_MAX) {
    throw invalid(
      `micropop:subnets names ${subnetIds.length}, and ${SUBNETS_MIN} to ${SUBNETS_MAX} are needed, each in a zone of its own and with a way to the internet`,
      'subnets',
      TWO_SUBNETS,
    )
  }
  return { vpcId, subnetIds }
}

/**
 * Existing subnets of single venues, by venue.
 *
 * @throws {InvalidInput} `MP_NETWORK_INVALID` where one is no id, or of a venue without a PoP in the cloud, or there is no
 *   network that it could be in; or where a PoP outside of the region's zones would have no subnet.
 */
export function configuredSubnets(
  config: Pick<StackConfig, 'get'>,
  { file, venues }: EventSpec,
  { centralStack }: Pick<StackPart, 'centralStack'>,
): ReadonlyMap<string, string> {
  const own = config.get('vpc') === undefined
  // What network central has is another stack's setting.
  const elsewhere = centralStack !== null
  const subnets = new Map<string, string>()
  for (const { name, pop, line } of venues) {
    const key = `subnet-${name}`
    const id = config.get(key)
    if (id !== undefined) {
      if (!SUBNET_ID.test(id)) throw invalid(`micropop:${key} ${id} is no id of a subnet`, key, ONE_SUBNET)
      if (pop.platform !== 'ec2')
        throw invalid(`micropop:${key} is a subnet for a PoP that is not on EC2`, key, ONE_SUBNET)
      if (own && !elsewhere)
        throw invalid(`micropop:${key} without micropop:vpc, which it is in`, 'vpc', 'vpc-0a1b2c3d4e5f60718')
      subnets.set(name, id)
      continue
    }
    if (pop.platform !== 'ec2' || pop.subnet === null) continue
    if (own && pop.subnet.cidr !== null) continue
    throw new InvalidInput(
      'MP_NETWORK_INVALID',
      `venue ${name}: its PoP has no subnet in ${pop.subnet.zone ?? pop.subnet.outpost}`,
      own
        ? 'Write a range of the event’s network for it as `cidr` under `subnet`, such as 10.64.128.0/24.'
        : `Make one in your VPC, and name it: pulumi config set micropop:${key} ${ONE_SUBNET}`,
      { file, line },
    )
  }
  return subnets
}

const ONE_SUBNET = 'subnet-0a1b2c3d4e5f60718'
const TWO_SUBNETS = 'subnet-0a1b2c3d4e5f60718,subnet-1a1b2c3d4e5f60718'

function invalid(what: string, key: string, example: string): InvalidInput {
  return new InvalidInput(
    'MP_NETWORK_INVALID',
    what,
    `Set it again, such as: pulumi config set micropop:${key} ${example}`,
  )
}
