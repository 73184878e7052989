// The event's bucket: original images for the PoPs and the static site, private, encrypted, versioned, cleaned up.
import { Bucket } from '@pulumi/aws/s3/bucket.js'
import { BucketLifecycleConfiguration } from '@pulumi/aws/s3/bucketLifecycleConfiguration.js'
import { BucketPublicAccessBlock } from '@pulumi/aws/s3/bucketPublicAccessBlock.js'
import { BucketServerSideEncryptionConfiguration } from '@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js'
import { BucketVersioning } from '@pulumi/aws/s3/bucketVersioning.js'
import type { Resource } from '@pulumi/pulumi'
import type { EncryptionKey } from '../encryption-key.ts'
import { type CostTags, withRole } from '../tags.ts'
import type { CentralArchive } from './central-services-args.ts'

/** Days after which the parts of an upload that never finished stop being billed. */
const UNFINISHED_UPLOAD_DAYS = 1
/** Days in which an object that was replaced or deleted can be brought back. */
const OLD_VERSION_DAYS = 30

export interface AssetBucket {
  bucket: Bucket
  /** Copies are made of versions only. */
  versioning: BucketVersioning
}

export interface BucketArgs {
  name: string
  /** null: everything stays where it is. */
  archive: CentralArchive | null
  /** It refuses to be destroyed. Without, what is in it is destroyed with it. */
  protect: boolean
  /** null: the event's own. */
  region: string | null
  /** ARN, in the bucket's region; null: S3's own. */
  keyArn: EncryptionKey['arn'] | null
  tags: CostTags
}

export function declareBucket(
  { name, archive, protect, region, keyArn, tags }: BucketArgs,
  parent: Resource,
): AssetBucket {
  const where = region === null ? {} : { region }
  const bucket = new Bucket(
    name,
    { ...where, forceDestroy: !protect, tags: withRole(tags, 'storage') },
    { parent, protect },
  )
  const of = { ...where, bucket: bucket.bucket }
  new BucketPublicAccessBlock(
    name,
    {
      ...of,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    { parent },
  )
  new BucketServerSideEncryptionConfiguration(name, { ...of, rules: [encryption(keyArn)] }, { parent })
  const versioning = new BucketVersioning(
    name,
    { ...of, versioningConfiguration: { status: 'Enabled' } },
    { parent },
  )
  new BucketLifecycleConfiguration(
    name,
    { ...of, rules: lifecycleRules(archive) },
    // The rule about old versions asks for there being any.
    { parent, dependsOn: [versioning] },
  )
  return { bucket, versioning }
}

function encryption(keyArn: BucketArgs['keyArn']) {
  if (keyArn === null) return { applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }
  return {
    applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn },
    // KMS is asked for the bucket now and then, not for each object.
    bucketKeyEnabled: true,
  }
}

function lifecycleRules(archive: CentralArchive | null) {
  const all = { status: 'Enabled', filter: { prefix: '' } }
  return [
    {
      id: 'unfinished-uploads',
      ...all,
      abortIncompleteMultipartUpload: { daysAfterInitiation: UNFINISHED_UPLOAD_DAYS },
    },
    {
      id: 'old-versions',
      ...all,
      noncurrentVersionExpiration: { noncurrentDays: OLD_VERSION_DAYS },
    },
    ...(archive === null
      ? []
      : [
          {
            id: 'archive',
            ...all,
            transitions: [{ days: archive.afterDays, storageClass: archive.storageClass }],
            ...(archive.deleteAfterDays !== null && { expiration: { days: archive.deleteAfterDays } }),
          },
        ]),
  ]
}
