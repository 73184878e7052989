// Secrets Manager: a secret's share of the month, and reads of it.
import { type Charge, type Meter, type MeterContext, optionalUsageCharges, statedUse } from '../charge.ts'
import { decimal } from '../money.ts'
import { billedMonths } from '../window.ts'

/** Months are prorated by the hours a secret exists (Secrets Manager price page). */
export function secretCharge(description: string, context: MeterContext): Charge {
  return statedUse(context, {
    description,
    rateId: 'secretsmanager.secret',
    unit: 'secret-month',
    quantity: billedMonths(decimal('1'), context.window),
  })
}

export const secret: Meter = {
  reads: { 'secret-requests': 'request' },
  charges: (_node, context) => [
    secretCharge('secret', context),
    ...optionalUsageCharges(context, 'secret-requests', {
      description: 'reads of the secret',
      rateId: 'secretsmanager.request',
      unit: 'request',
    }),
  ],
}
