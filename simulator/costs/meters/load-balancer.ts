// Load balancers: hours, capacity units, the addresses they hold.
import { billedGb, type Charge, type Meter, type MeterContext, statedUse, usageCharges } from '../charge.ts'
import { decimal } from '../money.ts'
import { billedHours } from '../window.ts'
import { type Inputs, textOf } from './inputs.ts'
import { publicIpv4Charge } from './public-ipv4.ts'

/** Load balancers are billed by the hour or partial hour (Elastic Load Balancing price page). */
const MINIMUM_S = 3600

/**
 * A capacity unit is an hour with 1 GB processed, or with 3,000 open or 50 new connections a second where TLS ends at
 * the balancer. Uplinks are a handful of connections that carry everything, so bytes decide: 1 GB, 1 LCU-hour.
 * The egress behind a balancer is usage of the service behind it.
 */
export const loadBalancer: Meter = {
  reads: { 'lb-processed': 'GB' },
  charges({ inputs }, context) {
    const type = textOf(inputs, 'loadBalancerType') ?? 'application'
    return [
      statedUse(context, {
        description: `${type} load balancer`,
        rateId: `elb.${type}.hour`,
        unit: 'hour',
        quantity: billedHours(decimal('1'), context.window, MINIMUM_S),
      }),
      ...usageCharges(context, 'lb-processed', {
        description: `${type} load balancer capacity`,
        rateId: `elb.${type}.lcu`,
        unit: 'LCU-hour',
        convert: billedGb,
      }),
      ...addresses(inputs, context),
    ]
  },
}

/** One that faces the internet holds a public address in each of its subnets. */
function addresses(inputs: Inputs, context: MeterContext): Charge[] {
  if (inputs.internal === true || !Array.isArray(inputs.subnets)) return []
  return [publicIpv4Charge(decimal(String(inputs.subnets.length)), context)]
}
