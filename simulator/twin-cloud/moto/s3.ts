// Buckets and what is set on them, as calls to S3.
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketReplicationCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { BucketArgs } from '@pulumi/aws/s3/bucket.js'
import type { BucketLifecycleConfigurationArgs } from '@pulumi/aws/s3/bucketLifecycleConfiguration.js'
import type { BucketPolicyArgs } from '@pulumi/aws/s3/bucketPolicy.js'
import type { BucketPublicAccessBlockArgs } from '@pulumi/aws/s3/bucketPublicAccessBlock.js'
import type { BucketReplicationConfigArgs } from '@pulumi/aws/s3/bucketReplicationConfig.js'
import type { BucketServerSideEncryptionConfigurationArgs } from '@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js'
import type { BucketVersioningArgs } from '@pulumi/aws/s3/bucketVersioning.js'
import type { AwsClients } from './aws-clients.ts'
import { type JudgedTypes, judged, orUndo, put, tagList } from './judged-type.ts'

const s3 = (aws: AwsClients, { region }: { region?: string | undefined }) => aws.of(S3Client, region)

/** The one region whose name S3 does not take as a place for a bucket. */
const UNNAMED_REGION = 'us-east-1'

const bucket = judged<BucketArgs>({
  async create({ inputs, name, aws }) {
    const client = s3(aws, inputs)
    const [Bucket, region] = [inputs.bucket ?? name, await client.config.region()]
    await client.send(
      new CreateBucketCommand({
        Bucket,
        CreateBucketConfiguration:
          region === UNNAMED_REGION ? undefined : { LocationConstraint: region as 'eu-west-1' },
      }),
    )
    if (inputs.tags !== undefined) {
      const Tagging = { TagSet: tagList(inputs.tags) }
      await orUndo(
        () => client.send(new PutBucketTaggingCommand({ Bucket, Tagging })),
        () => client.send(new DeleteBucketCommand({ Bucket })),
      )
    }
    return {
      id: Bucket,
      outputs: {
        bucket: Bucket,
        arn: `arn:aws:s3:::${Bucket}`,
        // As the provider composes it: CloudFront holds it against its own form.
        bucketRegionalDomainName: `${Bucket}.s3.${region}.amazonaws.com`,
      },
    }
  },
  async update({ id, inputs, aws }) {
    const Tagging = { TagSet: tagList(inputs.tags) }
    await s3(aws, inputs).send(new PutBucketTaggingCommand({ Bucket: id, Tagging }))
    return {}
  },
  async delete({ id, inputs, aws }) {
    await s3(aws, inputs).send(new DeleteBucketCommand({ Bucket: id }))
  },
  async exists({ id, inputs, aws }) {
    await s3(aws, inputs).send(new HeadBucketCommand({ Bucket: id }))
    return true
  },
})

const versioning = put<BucketVersioningArgs>({
  async put({ inputs, aws }) {
    const { bucket: Bucket, versioningConfiguration } = inputs
    const VersioningConfiguration = { Status: versioningConfiguration.status as 'Enabled' }
    await s3(aws, inputs).send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    return {}
  },
  async delete({ inputs, aws }) {
    const VersioningConfiguration = { Status: 'Suspended' as const }
    const command = new PutBucketVersioningCommand({ Bucket: inputs.bucket, VersioningConfiguration })
    await s3(aws, inputs).send(command)
  },
  async exists({ inputs, aws }) {
    const command = new GetBucketVersioningCommand({ Bucket: inputs.bucket })
    const { Status } = await s3(aws, inputs).send(command)
    return Status === inputs.versioningConfiguration.status
  },
})

const encryption = put<BucketServerSideEncryptionConfigurationArgs>({
  async put({ inputs, aws }) {
    const Rules = inputs.rules.map(({ applyServerSideEncryptionByDefault: rule, bucketKeyEnabled }) => ({
      BucketKeyEnabled: bucketKeyEnabled,
      ApplyServerSideEncryptionByDefault: rule && {
        SSEAlgorithm: rule.sseAlgorithm as 'AES256',
        KMSMasterKeyID: rule.kmsMasterKeyId,
      },
    }))
    const ServerSideEncryptionConfiguration = { Rules }
    const command = { Bucket: inputs.bucket, ServerSideEncryptionConfiguration }
    await s3(aws, inputs).send(new PutBucketEncryptionCommand(command))
    return {}
  },
  async delete({ inputs, aws }) {
    await s3(aws, inputs).send(new DeleteBucketEncryptionCommand({ Bucket: inputs.bucket }))
  },
  async exists({ inputs, aws }) {
    await s3(aws, inputs).send(new GetBucketEncryptionCommand({ Bucket: inputs.bucket }))
    return true
  },
})

const publicAccessBlock = put<BucketPublicAccessBlockArgs>({
  async put({ inputs, aws }) {
    await s3(aws, inputs).send(
      new PutPublicAccessBlockCommand({
        Bucket: inputs.bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: inputs.blockPublicAcls,
          BlockPublicPolicy: inputs.blockPublicPolicy,
          IgnorePublicAcls: inputs.ignorePublicAcls,
          RestrictPublicBuckets: inputs.restrictPublicBuckets,
        },
      }),
    )
    return {}
  },
  async delete({ inputs, aws }) {
    await s3(aws, inputs).send(new DeletePublicAccessBlockCommand({ Bucket: inputs.bucket }))
  },
  async exists({ inputs, aws }) {
    await s3(aws, inputs).send(new GetPublicAccessBlockCommand({ Bucket: inputs.bucket }))
    return true
  },
})

const policy = put<BucketPolicyArgs>({
  async put({ inputs: { policy, ...inputs }, aws }) {
    const Policy = typeof policy === 'string' ? policy : JSON.stringify(policy)
    await s3(aws, inputs).send(new PutBucketPolicyCommand({ Bucket: inputs.bucket, Policy }))
    return {}
  },
  async delete({ inputs, aws }) {
    await s3(aws, inputs).send(new DeleteBucketPolicyCommand({ Bucket: inputs.bucket }))
  },
  async exists({ inputs, aws }) {
    await s3(aws, inputs).send(new GetBucketPolicyCommand({ Bucket: inputs.bucket }))
    return true
  },
})

const lifecycle = put<BucketLifecycleConfigurationArgs>({
  async put({ inputs, aws }) {
    const Rules = (inputs.rules ?? []).map((rule) => ({
      ID: rule.id,
      Status: rule.status as 'Enabled',
      Filter: rule.filter && { Prefix: rule.filter.prefix },
      Expiration: rule.expiration && { Days: rule.expiration.days },
      Transitions: rule.transitions?.map(({ days, storageClass }) => ({
        Days: days,
        StorageClass: storageClass as 'GLACIER',
      })),
      NoncurrentVersionExpiration: rule.noncurrentVersionExpiration && {
        NoncurrentDays: rule.noncurrentVersionExpiration.noncurrentDays,
      },
      AbortIncompleteMultipartUpload: rule.abortIncompleteMultipartUpload && {
        DaysAfterInitiation: rule.abortIncompleteMultipartUpload.daysAfterInitiation,
      },
    }))
    const command = { Bucket: inputs.bucket, LifecycleConfiguration: { Rules } }
    await s3(aws, inputs).send(new PutBucketLifecycleConfigurationCommand(command))
    return {}
  },
  async delete({ inputs, aws }) {
    await s3(aws, inputs).send(new DeleteBucketLifecycleCommand({ Bucket: inputs.bucket }))
  },
  async exists({ inputs, aws }) {
    await s3(aws, inputs).send(new GetBucketLifecycleConfigurationCommand({ Bucket: inputs.bucket }))
    return true
  },
})

const replication = put<BucketReplicationConfigArgs>({
  async put({ inputs, aws }) {
    const Rules = inputs.rules.map((rule, i) => ({
      ID: rule.id,
      // AWS asks for one where a rule has a filter; the provider gives their order.
      Priority: rule.priority ?? i,
      Status: rule.status as 'Enabled',
      Filter: rule.filter && { Prefix: rule.filter.prefix },
      SourceSelectionCriteria: rule.sourceSelectionCriteria && {
        SseKmsEncryptedObjects: rule.sourceSelectionCriteria.sseKmsEncryptedObjects && {
          Status: rule.sourceSelectionCriteria.sseKmsEncryptedObjects.status as 'Enabled',
        },
      },
      DeleteMarkerReplication: rule.deleteMarkerReplication && {
        Status: rule.deleteMarkerReplication.status as 'Disabled',
      },
      Destination: {
        Bucket: rule.destination.bucket,
        StorageClass: rule.destination.storageClass as 'STANDARD' | undefined,
        EncryptionConfiguration: rule.destination.encryptionConfiguration && {
          ReplicaKmsKeyID: rule.destination.encryptionConfiguration.replicaKmsKeyId,
        },
      },
    }))
    const ReplicationConfiguration = { Role: inputs.role, Rules }
    const command = { Bucket: inputs.bucket, ReplicationConfiguration }
    await s3(aws, inputs).send(new PutBucketReplicationCommand(command))
    return {}
  },
  async delete({ inputs, aws }) {
    await s3(aws, inputs).send(new DeleteBucketReplicationCommand({ Bucket: inputs.bucket }))
  },
  async exists({ inputs, aws }) {
    await s3(aws, inputs).send(new GetBucketReplicationCommand({ Bucket: inputs.bucket }))
    return true
  },
})

export const S3: JudgedTypes = {
  'aws:s3/bucket:Bucket': bucket,
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': lifecycle,
  'aws:s3/bucketPolicy:BucketPolicy': policy,
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': publicAccessBlock,
  'aws:s3/bucketReplicationConfig:BucketReplicationConfig': replication,
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration': encryption,
  'aws:s3/bucketVersioning:BucketVersioning': versioning,
}
