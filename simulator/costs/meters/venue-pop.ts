// The PoP of a venue on hardware of its own: what the event states as its rent.
import type { Charge, Meter } from '../charge.ts'
import { decimal } from '../money.ts'
import { startedDays } from '../window.ts'
import { decimalOf, objectOf } from './inputs.ts'

/** On EC2 the machine is a resource of its own, and nothing is left to pay here. */
export const venuePop: Meter = {
  reads: {},
  freeWhy: 'its machine is a resource of its own',
  charges({ inputs }, { window }): Charge[] {
    const pop = objectOf(inputs, 'pop')
    if (pop.platform !== 'k3s') return []
    const description = 'rent of the venue machine'
    const quantity = decimal(String(startedDays(window)))
    const rateUsd = decimalOf(pop, 'rentPerDayUsd')
    return rateUsd
      ? [{ kind: 'stated', description, rateUsd, quantity, unit: 'day' }]
      : [{ kind: 'unknown', description, quantity, unit: 'day', why: 'the event states no rent per day' }]
  },
}
