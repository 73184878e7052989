// Detailed monitoring of machines: CloudWatch's metrics of them each minute, paid as metrics of one's own.
import { type Charge, type MeterContext, statedUse } from '../charge.ts'
import { decimal } from '../money.ts'
import { billedMonths } from '../window.ts'

/** Processor, disk reads and writes in operations and bytes, network in and out (EC2 guide, metrics of instances). */
const METRICS = decimal('7')

export function detailedMonitoring(context: MeterContext): Charge {
  return statedUse(context, {
    description: 'detailed monitoring, 7 metrics',
    rateId: 'cloudwatch.metric',
    unit: 'metric-month',
    quantity: billedMonths(METRICS, context.window),
  })
}
