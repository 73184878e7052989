// Aurora PostgreSQL: hours of its machines, the storage of its cluster, its password's secret.
import { type Charge, type Meter, statedUse } from '../charge.ts'
import { decimal } from '../money.ts'
import { billedHours } from '../window.ts'
import { textOf } from './inputs.ts'
import { secretCharge } from './secret.ts'

/** DB instances are billed per second with a minimum of ten minutes (RDS user guide, on-demand DB instances). */
const MINIMUM_S = 600

/** Storage and requests are billed as used, and nothing here says how much an event uses. */
export const auroraCluster: Meter = {
  reads: {},
  charges: (_node, context): Charge[] => [
    secretCharge('secret of the master user', context),
    {
      kind: 'unknown',
      description: 'storage and requests of Aurora',
      quantity: null,
      unit: 'GB-month',
      why: 'what an event uses of them is not known beforehand',
    },
  ],
}

export const auroraInstance: Meter = {
  reads: {},
  charges: ({ inputs }, context): Charge[] => {
    const instanceClass = textOf(inputs, 'instanceClass') ?? ''
    return [
      statedUse(context, {
        description: `${instanceClass} Aurora PostgreSQL`,
        rateId: `rds.aurora-postgresql.${instanceClass}`,
        unit: 'hour',
        quantity: billedHours(decimal('1'), context.window, MINIMUM_S),
      }),
    ]
  },
}
