// Public IPv4 addresses: elastic ones, and those that instances and tasks are given. Each is paid by the hour.
import { type Charge, type Meter, type MeterContext, statedUse } from '../charge.ts'
import { type Decimal, decimal } from '../money.ts'
import { billedHours } from '../window.ts'

/** Public IPv4 addresses are billed per second with a minimum of 60 s (VPC price page). */
const MINIMUM_S = 60

export function publicIpv4Charge(
  count: Decimal,
  context: MeterContext,
  use: 'in-use' | 'idle' = 'in-use',
): Charge {
  return statedUse(context, {
    description: `public IPv4 address, ${use === 'idle' ? 'idle' : 'in use'}`,
    rateId: `vpc.public-ipv4.${use}`,
    unit: 'hour',
    quantity: billedHours(count, context.window, MINIMUM_S),
  })
}

export const elasticIp: Meter = {
  reads: {},
  charges({ urn, inputs }, context) {
    const association = context.graph.resources.some(
      (other) => other.type === 'aws:ec2/eipAssociation:EipAssociation' && other.dependencies.includes(urn),
    )
    // A machine of an Auto Scaling group fetches its address itself: its template says which.
    const fetched = context.graph.resources.some(
      (other) => other.type === 'aws:ec2/launchTemplate:LaunchTemplate' && other.dependencies.includes(urn),
    )
    const inUse =
      association || fetched || inputs.instance !== undefined || inputs.networkInterface !== undefined
    return [publicIpv4Charge(decimal('1'), context, inUse ? 'in-use' : 'idle')]
  },
}
