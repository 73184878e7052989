// S3 buckets in the Standard class: storage, writes and reads; copies to another region.
import { billedGb, type Meter, usageCharges } from '../charge.ts'
import { textOf } from './inputs.ts'

/**
 * Transfer from S3 to CloudFront and to the same region is free; what leaves otherwise leaves through a PoP. Colder
 * tiers are for after the event, of which the forecast says nothing.
 */
export const s3Bucket: Meter = {
  reads: { 's3-storage': 'GB-month', 's3-put': 'request', 's3-get': 'request' },
  charges: ({ inputs }, context) => {
    const region = textOf(inputs, 'region')
    const where = region === null ? {} : { region }
    return [
      ...usageCharges(context, 's3-storage', {
        ...where,
        description: 'S3 Standard storage',
        rateId: 's3.standard.storage',
        unit: 'GB-month',
        convert: billedGb,
      }),
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
    ]
  },
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
