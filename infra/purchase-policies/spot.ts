// Spot: spare capacity at the market's price, up to a cap; AWS may take the machine back with two minutes' notice.
import type { CreditMode } from '../event/event.ts'
import { burstable } from './burstable.ts'
import type { PurchaseInputs } from './purchase-policy.ts'

export interface SpotInputs extends PurchaseInputs {
  instancesDistribution: {
    onDemandBaseCapacity: number
    onDemandPercentageAboveBaseCapacity: number
    spotAllocationStrategy: 'capacity-optimized'
    spotMaxPrice?: string
  }
}

/**
 * Of the types that will do, the one with the most spare capacity: it is taken back last. The cap, not the strategy,
 * bounds the price.
 */
export function spot({
  creditMode,
  maxPriceUsd,
}: {
  creditMode: CreditMode | null
  maxPriceUsd: string | null
}): SpotInputs {
  return {
    ...(creditMode !== null && burstable(creditMode)),
    instancesDistribution: {
      onDemandBaseCapacity: 0,
      onDemandPercentageAboveBaseCapacity: 0,
      spotAllocationStrategy: 'capacity-optimized',
      ...(maxPriceUsd !== null && { spotMaxPrice: maxPriceUsd }),
    },
  }
}
