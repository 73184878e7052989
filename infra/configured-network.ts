// An existing network from the stack's configuration: two keys, or none.
import { InvalidInput } from '../runtime/errors.ts'
import type { StackConfig } from './configured-deployment.ts'
import type { ExistingNetwork } from './deployment.ts'

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

const TWO_SUBNETS = 'subnet-0a1b2c3d4e5f60718,subnet-1a1b2c3d4e5f60718'

/** Ids with commas between them, or the JSON list that `pulumi config set --path 'micropop:subnets[0]'` makes. */
function listOf(text: string): string[] {
  return text
    .replaceAll(/[[\]"]/g, '')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
}

function invalid(what: string, key: string, example: string): InvalidInput {
  return new InvalidInput(
    'MP_NETWORK_INVALID',
    what,
    `Set it again, such as: pulumi config set micropop:${key} ${example}`,
  )
}
