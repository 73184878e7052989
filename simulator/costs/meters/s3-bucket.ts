// S3 buckets: storage by class as lifecycle rules move it, requests, retrieval, early deletion; copies to another region.
import {
  billedGb,
  type Charge,
  type Meter,
  type MeterContext,
  optionalUsageCharges,
  usageCharges,
} from '../charge.ts'
import { textOf } from './inputs.ts'
import { lifecycleOf } from './s3-lifecycle.ts'

/**
 * Transfer from S3 to CloudFront and to the same region is free; what leaves otherwise leaves through a PoP. What an
 * archive costs after the event's window is no part of its forecast.
 */
export const s3Bucket: Meter = {
  reads: { 's3-storage': 'GB-month', 's3-put': 'request', 's3-get': 'request', 's3-retrieval': 'GB' },
  charges(node, context) {
    const region = textOf(node.inputs, 'region')
    const where = region === null ? {} : { region }
    const moved = lifecycleOf(node, context)
    return [
      ...(moved?.charges.map((charge) => ({ ...charge, ...where })) ??
        usageCharges(context, 's3-storage', {
          ...where,
          description: 'S3 Standard storage',
          rateId: 's3.standard.storage',
          unit: 'GB-month',
          convert: billedGb,
        })),
      ...usageCharges(context, 's3-put', {
        ...where,
        description: 'S3 PUT, COPY, POST and LIST requests',
        rateId: 's3.standard.put',
        unit: 'request',
      }),
      ...usageCharges(context, 's3-get', {
        ...where,
        description: 'S3 GET and other requests',
        rateId: 's3.standard.get',
        unit: 'request',
      }),
      ...retrieval(context, moved?.storageClass ?? 'standard', where),
    ]
  },
}

function retrieval(context: MeterContext, storageClass: string, where: { region?: string }): Charge[] {
  return optionalUsageCharges(context, 's3-retrieval', {
    ...where,
    description: `S3 retrieval from ${storageClass}`,
    rateId: `s3.${storageClass}.retrieval`,
    unit: 'GB',
    convert: billedGb,
  })
}

/** What is written to the copy is billed there; what it takes to get there, here (S3 price page, replication). */
export const s3Replication: Meter = {
  reads: { 'inter-region-egress': 'GB' },
  charges: (_node, context) =>
    usageCharges(context, 'inter-region-egress', {
      description: 'S3 copies to another region',
      rateId: 'transfer.inter-region-out',
      unit: 'GB',
      convert: billedGb,
    }),
}
