// The event's bucket: original images for the PoPs and the static site, private, encrypted, cleaned up.
import { Bucket } from '@pulumi/aws/s3/bucket.js'
import { BucketLifecycleConfiguration } from '@pulumi/aws/s3/bucketLifecycleConfiguration.js'
import { BucketPublicAccessBlock } from '@pulumi/aws/s3/bucketPublicAccessBlock.js'
import { BucketServerSideEncryptionConfiguration } from '@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js'
import type { Resource } from '@pulumi/pulumi'
import { type CostTags, withRole } from '../tags.ts'

/** Days after which the parts of an upload that never finished stop being billed. */
const UNFINISHED_UPLOAD_DAYS = 1

/** `protect`: it refuses to be destroyed. Without, what is in it is destroyed with it. */
export function declareBucket(tags: CostTags, protect: boolean, parent: Resource): Bucket {
  const bucket = new Bucket(
    'central-assets',
    { forceDestroy: !protect, tags: withRole(tags, 'storage') },
    { parent, protect },
  )
  new BucketPublicAccessBlock(
    'central-assets',
    {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    { parent },
  )
  new BucketServerSideEncryptionConfiguration(
    'central-assets',
    {
      bucket: bucket.bucket,
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
    },
    { parent },
  )
  new BucketLifecycleConfiguration(
    'central-assets',
    {
      bucket: bucket.bucket,
      rules: [
        {
          id: 'unfinished-uploads',
          status: 'Enabled',
          filter: { prefix: '' },
          abortIncompleteMultipartUpload: { daysAfterInitiation: UNFINISHED_UPLOAD_DAYS },
        },
      ],
    },
    { parent },
  )
  return bucket
}
