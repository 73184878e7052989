// How a machine is bought, as the change it makes to the resource: what the policies share, and the choice.
import type { CreditMode, Ec2Pop } from '../event/event.ts'
import { burstable } from './burstable.ts'
import { onDemand } from './on-demand.ts'
import { reserved } from './reserved.ts'

/** The inputs of an EC2 instance that a policy decides; absent keys keep the cloud's default. */
export interface PurchaseInputs {
  creditSpecification?: { cpuCredits: CreditMode }
}

/** The instance inputs of a way of buying. A machine on the spot market is no instance of its own: see `spot`. */
export function purchaseInputs(
  pop: Pick<Ec2Pop, 'creditMode'> & { policy: Exclude<Ec2Pop['policy'], 'spot'> },
): PurchaseInputs {
  switch (pop.policy) {
    case 'on-demand':
      return onDemand()
    case 'burstable':
      return burstable(pop.creditMode)
    case 'reserved':
      return reserved(pop.creditMode)
  }
}
