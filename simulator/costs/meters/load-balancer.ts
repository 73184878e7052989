// Load balancers: hours, capacity units, the addresses they hold.
import { type Charge, type Meter, type MeterContext, statedUse, usageCharges } from '../charge.ts'
import { decimal } from '../money.ts'
import { startedHours } from '../window.ts'
import { TRANSFER_READS, transferCharges } from './data-transfer.ts'
import { type Inputs, textOf } from './inputs.ts'
import { publicIpv4Charge } from './public-ipv4.ts'

/** What leaves through a balancer is egress of the service behind it, unless usage counts it here. */
export const loadBalancer: Meter = {
  reads: { 'lb-capacity': 'LCU-hour', ...TRANSFER_READS },
  charges({ inputs }, context) {
    const type = textOf(inputs, 'loadBalancerType') ?? 'application'
    return [
      statedUse(context, {
        description: `${type} load balancer`,
        rateId: `elb.${type}.hour`,
        unit: 'hour',
        quantity: decimal(String(startedHours(context.window))),
      }),
      ...usageCharges(context, 'lb-capacity', {
        description: `${type} load balancer capacity`,
        rateId: `elb.${type}.lcu`,
        unit: 'LCU-hour',
      }),
      ...addresses(inputs, context),
      ...transferCharges(context, { required: false }),
    ]
  },
}

/** One that faces the internet holds a public address in each of its subnets. */
function addresses(inputs: Inputs, context: MeterContext): Charge[] {
  if (inputs.internal === true || !Array.isArray(inputs.subnets)) return []
  return [publicIpv4Charge(decimal(String(inputs.subnets.length)), context)]
}
