// What AWS would answer to the questions our program asks before it declares anything.
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
      return { id: args.id, vpcId: args.vpcId, availabilityZone: `${region}${zoneOf(String(args.id))}` }
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

/** A subnet that is there already stands in the zone that its last digit says: 0, 3, 6… in a. */
function zoneOf(subnetId: string): string {
  return ['a', 'b', 'c'][Number.parseInt(subnetId.at(-1) ?? '0', 16) % 3] ?? 'a'
}
