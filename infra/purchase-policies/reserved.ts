// Reserved: capacity in the machine's zone is kept for it from the deployment on, so that it starts whenever it has to.
import type { CreditMode } from '../event/event.ts'
import { burstable } from './burstable.ts'
import type { PurchaseInputs } from './purchase-policy.ts'

/** Linux without licences, the platform of Amazon Linux. */
const PLATFORM = 'Linux/UNIX'

export function reserved(creditMode: CreditMode | null): PurchaseInputs {
  return creditMode === null ? {} : burstable(creditMode)
}

/**
 * What is reserved: one machine. `targeted`, so that no other machine of the account that happens to have this type
 * takes the place; it is paid from here to the end of the stack, used or not.
 */
export function reservation(instanceType: string) {
  return {
    instanceType,
    instancePlatform: PLATFORM,
    instanceCount: 1,
    instanceMatchCriteria: 'targeted',
    endDateType: 'unlimited',
  }
}
