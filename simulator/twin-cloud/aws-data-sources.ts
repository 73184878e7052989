// What AWS would answer to the questions our program asks before it declares anything.
import { loadCatalog } from '../../infra/catalog/catalog.ts'
import { ACCOUNT } from './aws-resources.ts'

/** Of a network that is there already. */
export const GIVEN_CIDR = '10.80.0.0/16'

/** @throws {Error} for a question outside of those. */
export function answerInvoke(
  token: string,
  args: Record<string, unknown>,
  region: string,
): Record<string, unknown> {
  switch (token) {
    case 'aws:index/getAvailabilityZones:getAvailabilityZones':
      return { id: region, names: ['a', 'b', 'c'].map((zone) => `${region}${zone}`) }
    case 'aws:index/getCallerIdentity:getCallerIdentity':
      return { id: ACCOUNT, accountId: ACCOUNT }
    case 'aws:kms/getKey:getKey':
      if (/0{8}-0{4}|mrk-0{32}/.test(String(args.keyId)))
        throw new Error('NotFoundException: Key does not exist')
      return { id: args.keyId, arn: args.keyId, keySpec: 'SYMMETRIC_DEFAULT', keyState: 'Enabled' }
    case 'aws:ec2/getVpc:getVpc':
      if (/^vpc-0+$/.test(String(args.id))) throw new Error('no matching EC2 VPC found')
      return { id: args.id, cidrBlock: GIVEN_CIDR }
    case 'aws:ec2/getSubnet:getSubnet':
      if (/^subnet-0+$/.test(String(args.id))) throw new Error('no matching EC2 Subnet found')
      return {
        ...{ id: args.id, vpcId: args.vpcId, outpostArn: '' },
        availabilityZone: `${region}${zoneOf(String(args.id))}`,
      }
    case 'aws:index/getAvailabilityZone:getAvailabilityZone': {
      const name = String(args.name)
      const optInStatus = name.includes('-phx-') ? 'not-opted-in' : 'opted-in'
      return { id: name, name, groupName: name.slice(0, -1), optInStatus }
    }
    case 'aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings':
      return { id: region, instanceTypes: ofFamilies(askedTypes(args), LOCAL_ZONE_FAMILIES) }
    case 'aws:outposts/getOutpostInstanceTypes:getOutpostInstanceTypes':
      return {
        id: args.arn,
        instanceTypes: ofFamilies([...loadCatalog().instanceTypes.keys()], OUTPOST_FAMILIES),
      }
    case 'aws:route53/getZone:getZone':
      // Nothing lies under .invalid, here as anywhere (RFC 2606).
      if (String(args.name).endsWith('.invalid')) throw new Error('no matching Route 53 Hosted Zone found')
      return { id: 'Z0123456789TWIN', zoneId: 'Z0123456789TWIN', name: args.name }
    case 'aws:ssm/getParameter:getParameter':
      return { id: args.name, name: args.name, insecureValue: 'ami-0123456789abcdef0' }
    default:
      throw new Error(`the twin's cloud does not answer ${token}`)
  }
}

/** A small choice, as such places have. */
const LOCAL_ZONE_FAMILIES = ['t3', 'c5', 'm5', 'r5']
const OUTPOST_FAMILIES = ['c5', 'm5', 'r5']

function ofFamilies(types: string[], families: string[]): string[] {
  return types.filter((type) => families.includes(type.split('.')[0] ?? ''))
}

function askedTypes({ filters }: Record<string, unknown>): string[] {
  const asked = filters as { name: string; values: string[] }[]
  return asked.find(({ name }) => name === 'instance-type')?.values ?? []
}

/** A subnet that is there already stands in the zone that its last digit says: 0, 3, 6… in a. */
function zoneOf(subnetId: string): string {
  return ['a', 'b', 'c'][Number.parseInt(subnetId.at(-1) ?? '0', 16) % 3] ?? 'a'
}
