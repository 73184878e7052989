// CloudWatch alarms: one metric each, at standard resolution.
import { type Meter, statedUse } from '../charge.ts'
import { decimal } from '../money.ts'
import { billedMonths } from '../window.ts'

/**
 * Prorated by the hours an alarm exists (CloudWatch price page). The account's ten free alarms are not taken off: an
 * event shares them with everything else in the account.
 */
export const metricAlarm: Meter = {
  reads: {},
  charges: (_node, context) => [
    statedUse(context, {
      description: 'alarm',
      rateId: 'cloudwatch.alarm',
      unit: 'alarm-month',
      quantity: billedMonths(decimal('1'), context.window),
    }),
  ],
}
