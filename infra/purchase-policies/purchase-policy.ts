// How a machine is bought, as the change it makes to the resource: what the policies share, and the choice.
import type { CreditMode, Ec2Pop } from '../event/event.ts'
import { burstable } from './burstable.ts'
import { onDemand } from './on-demand.ts'

/** The inputs of an EC2 instance that a policy decides; absent keys keep the cloud's default. */
export interface PurchaseInputs {
  creditSpecification?: { cpuCredits: CreditMode }
}

/** The instance inputs of a way of buying. */
export function purchaseInputs(pop: Pick<Ec2Pop, 'policy' | 'creditMode'>): PurchaseInputs {
  switch (pop.policy) {
    case 'on-demand':
      return onDemand()
    case 'burstable':
      return burstable(pop.creditMode)
  }
}
