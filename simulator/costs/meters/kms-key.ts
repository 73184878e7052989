// KMS: a key's share of the month, and requests to it.
import { type Meter, optionalUsageCharges, statedUse } from '../charge.ts'
import { decimal } from '../money.ts'
import { billedMonths } from '../window.ts'

/**
 * Months are prorated by the hours a key exists, a replica like the first; while it waits for its deletion it costs nothing
 * (KMS price page). The account's 20,000 free requests a month are not taken off.
 */
export const kmsKey: Meter = {
  reads: { 'kms-requests': 'request' },
  charges: ({ inputs }, context) => {
    const region = typeof inputs.region === 'string' ? inputs.region : undefined
    return [
      {
        ...statedUse(context, {
          description: 'KMS key',
          rateId: 'kms.key',
          unit: 'key-month',
          quantity: billedMonths(decimal('1'), context.window),
        }),
        ...(region !== undefined && { region }),
      },
      ...optionalUsageCharges(context, 'kms-requests', {
        description: 'requests to the key',
        rateId: 'kms.request',
        unit: 'request',
        ...(region !== undefined && { region }),
      }),
    ]
  },
}
