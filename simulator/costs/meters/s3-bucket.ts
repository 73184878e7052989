// S3 buckets in the Standard class: storage, writes and reads.
import { billedGb, type Meter, usageCharges } from '../charge.ts'

/** Transfer from S3 to CloudFront and to the same region is free; what leaves otherwise leaves through a PoP. */
export const s3Bucket: Meter = {
  reads: { 's3-storage': 'GB-month', 's3-put': 'request', 's3-get': 'request' },
  charges: (_node, context) => [
    ...usageCharges(context, 's3-storage', {
      description: 'S3 Standard storage',
      rateId: 's3.standard.storage',
      unit: 'GB-month',
      convert: billedGb,
    }),
    ...usageCharges(context, 's3-put', {
      description: 'S3 PUT, COPY, POST and LIST requests',
      rateId: 's3.standard.put',
      unit: 'request',
    }),
    ...usageCharges(context, 's3-get', {
      description: 'S3 GET and other requests',
      rateId: 's3.standard.get',
      unit: 'request',
    }),
  ],
}
