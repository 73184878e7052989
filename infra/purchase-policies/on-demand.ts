// On demand: the full machine, paid by the second, with nothing to set on the resource.
import type { PurchaseInputs } from './purchase-policy.ts'

export function onDemand(): PurchaseInputs {
  return {}
}
