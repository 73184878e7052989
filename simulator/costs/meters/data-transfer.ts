// Data leaving a resource: to the internet, to another region, to another zone. Data coming in is free.
import {
  billedGb,
  type Charge,
  type MeterContext,
  optionalUsageCharges,
  type UsageRate,
  usageCharges,
} from '../charge.ts'

export const TRANSFER_READS = {
  'internet-egress': 'GB',
  'inter-region-egress': 'GB',
  'inter-zone-transfer': 'GB',
} as const

/**
 * Egress to the internet is one volume a month over all services of a region for its tiers, after 100 GB a month that
 * are free over all regions together. The forecast counts the event alone: other use of the same account that month
 * makes the free part smaller.
 */
const INTERNET: UsageRate = {
  description: 'internet egress',
  rateId: 'transfer.internet-out',
  unit: 'GB',
  allowanceRateId: 'transfer.internet-out.free',
  convert: billedGb,
}

/**
 * Charges of a resource that talks to the internet; the other directions cost only where usage says so. `required`
 * false is for a resource that may pass traffic on for another.
 */
export function transferCharges(context: MeterContext, { required } = { required: true }): Charge[] {
  const internet = required ? usageCharges : optionalUsageCharges
  return [
    ...internet(context, 'internet-egress', INTERNET),
    ...optionalUsageCharges(context, 'inter-region-egress', {
      description: 'egress to another region',
      rateId: 'transfer.inter-region-out',
      unit: 'GB',
      convert: billedGb,
    }),
    // Billed on both sides; usage counts each side at its own resource.
    ...optionalUsageCharges(context, 'inter-zone-transfer', {
      description: 'transfer between availability zones',
      rateId: 'transfer.intra-region',
      unit: 'GB',
      convert: billedGb,
    }),
  ]
}
