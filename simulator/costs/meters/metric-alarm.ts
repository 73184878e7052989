// CloudWatch alarms: one metric each, at standard resolution, and the metrics of our own that they are on.
import { type Charge, type Meter, type MeterContext, statedUse } from '../charge.ts'
import { decimal } from '../money.ts'
import { billedMonths } from '../window.ts'

/** Namespaces of AWS's own metrics, which are free. */
const OF_AWS = /^AWS\//

/**
 * Prorated by the hours an alarm exists (CloudWatch price page). The account's ten free alarms are not taken off: an
 * event shares them with everything else in the account.
 */
export const metricAlarm: Meter = {
  reads: {},
  charges: ({ inputs }, context) => [
    statedUse(context, {
      description: 'alarm',
      rateId: 'cloudwatch.alarm',
      unit: 'alarm-month',
      quantity: billedMonths(decimal('1'), context.window),
    }),
    ...(OF_AWS.test(String(inputs.namespace)) ? [] : [ownMetric(String(inputs.metricName), context)]),
  ],
}

/** The account's ten free metrics and its first million requests, which reporting each minute stays under, likewise. */
function ownMetric(name: string, context: MeterContext): Charge {
  return statedUse(context, {
    description: `metric ${name}`,
    rateId: 'cloudwatch.metric',
    unit: 'metric-month',
    quantity: billedMonths(decimal('1'), context.window),
  })
}
