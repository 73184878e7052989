// A second bucket in another region, kept the same by S3, for the CDN to ask when the first does not answer.
import { Role } from '@pulumi/aws/iam/role.js'
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js'
import type { Bucket } from '@pulumi/aws/s3/bucket.js'
import { BucketReplicationConfig } from '@pulumi/aws/s3/bucketReplicationConfig.js'
import { interpolate, jsonStringify, type Resource } from '@pulumi/pulumi'
import { assumedBy } from '../assumed-by.ts'
import type { EncryptionKey } from '../encryption-key.ts'
import { type CostTags, withRole } from '../tags.ts'
import type { CentralArchive } from './central-services-args.ts'
import { type AssetBucket, declareBucket } from './storage.ts'

export function declareBucketCopy(
  of: AssetBucket,
  {
    archive,
    key,
    protect,
    region,
    tags,
  }: {
    archive: CentralArchive | null
    key: EncryptionKey | null
    protect: boolean
    region: string
    tags: CostTags
  },
  parent: Resource,
): AssetBucket {
  const keyArn = key?.copyArn ?? null
  const copy = declareBucket({ name: 'central-assets-copy', archive, protect, region, keyArn, tags }, parent)
  const role = new Role(
    'central-assets-copy',
    { assumeRolePolicy: assumedBy('s3.amazonaws.com'), tags: withRole(tags, 'storage') },
    { parent },
  )
  const policy = new RolePolicy(
    'central-assets-copy',
    { role: role.name, policy: mayCopy(of.bucket, copy.bucket, key) },
    { parent },
  )
  new BucketReplicationConfig(
    'central-assets-copy',
    {
      bucket: of.bucket.bucket,
      role: role.arn,
      rules: [
        {
          id: 'everything',
          status: 'Enabled',
          filter: { prefix: '' },
          // What is deleted here by mistake is still there.
          deleteMarkerReplication: { status: 'Disabled' },
          ...(keyArn !== null && {
            sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
          }),
          destination: {
            bucket: copy.bucket.arn,
            ...(keyArn !== null && { encryptionConfiguration: { replicaKmsKeyId: keyArn } }),
          },
        },
      ],
    },
    { parent, dependsOn: [of.versioning, copy.versioning, policy] },
  )
  return copy
}

function mayCopy(from: Bucket, to: Bucket, key: EncryptionKey | null) {
  return jsonStringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
        Resource: from.arn,
      },
      {
        Effect: 'Allow',
        Action: ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'],
        Resource: interpolate`${from.arn}/*`,
      },
      {
        Effect: 'Allow',
        Action: ['s3:ReplicateObject', 's3:ReplicateTags'],
        Resource: interpolate`${to.arn}/*`,
      },
      ...(key === null
        ? []
        : [
            { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key.arn },
            { Effect: 'Allow', Action: ['kms:Encrypt', 'kms:GenerateDataKey'], Resource: key.copyArn },
          ]),
    ],
  })
}
