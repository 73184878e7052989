// Burstable: on-demand price for a machine that may use its whole CPU only while it has credits.
import type { CreditMode } from '../event/event.ts'
import type { PurchaseInputs } from './purchase-policy.ts'

/**
 * The credit mode is always set, never left to the account: T3 and T4g are launched `unlimited` by default,
 * which can bill surplus credits that nobody planned, and an account may change that default.
 *
 * @param creditMode null takes `standard`: throttled at the baseline when credits are gone, never billed for it.
 */
export function burstable(creditMode: CreditMode | null): PurchaseInputs {
  return { creditSpecification: { cpuCredits: creditMode ?? 'standard' } }
}
