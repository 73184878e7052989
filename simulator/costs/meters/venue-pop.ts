// The PoP of a venue: what the event states as rent of its machine, and of the lines that connect the venue.
import type { Charge, Meter } from '../charge.ts'
import { type Decimal, decimal } from '../money.ts'
import { startedDays } from '../window.ts'
import { decimalOf, type Inputs, objectOf, objectsOf, textOf } from './inputs.ts'

/** On EC2 the machine is a resource of its own; a line without a stated rent is the venue's, and not the event's cost. */
export const venuePop: Meter = {
  reads: {},
  freeWhy: 'its machine is a resource of its own, and no rent of a line is stated',
  charges({ inputs }, { window }): Charge[] {
    const days = decimal(String(startedDays(window)))
    const lines = objectsOf(inputs, 'lineRents').map((line) =>
      rent(`rent of the line ${textOf(line, 'uplink') ?? ''}`.trimEnd(), line, 'perDayUsd', days),
    )
    const pop = objectOf(inputs, 'pop')
    if (pop.platform !== 'k3s') return lines
    return [rent('rent of the venue machine', pop, 'rentPerDayUsd', days), ...lines]
  },
}

function rent(description: string, of: Inputs, key: string, quantity: Decimal): Charge {
  const rateUsd = decimalOf(of, key)
  return rateUsd
    ? { kind: 'stated', description, rateUsd, quantity, unit: 'day' }
    : { kind: 'unknown', description, quantity, unit: 'day', why: 'the event states no rent per day' }
}
