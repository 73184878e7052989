// The key that an event's data is encrypted with where it lies: one of the event's own, or one that is there already.
import { getCallerIdentityOutput } from '@pulumi/aws/getCallerIdentity.js'
import { Alias } from '@pulumi/aws/kms/alias.js'
import { type GetKeyResult, getKey } from '@pulumi/aws/kms/getKey.js'
import { Grant } from '@pulumi/aws/kms/grant.js'
import { Key } from '@pulumi/aws/kms/key.js'
import { ReplicaKey } from '@pulumi/aws/kms/replicaKey.js'
import { interpolate, type Output, output, type Resource } from '@pulumi/pulumi'
import { InvalidInput } from '../runtime/errors.ts'
import { keyPolicy } from './key-policy.ts'
import { orMissing, refusal } from './refusal.ts'
import type { CostTags } from './tags.ts'

export interface EncryptionKey {
  arn: Output<string>
  /** Of the same key in the region of the bucket's copy; null: there is no copy. */
  copyArn: Output<string> | null
}

/** Days in which a key that is to be deleted can be had back: the most that KMS gives, for a snapshot hangs on it. */
const DELETION_DAYS = 30

interface KeyArgs {
  event: string
  region: string
  copyRegion: string | null
  tags: CostTags
}

/** One key for everything of the event, new key material each year, and a replica where the bucket has a copy. */
export function declareKey({ event, region, copyRegion, tags }: KeyArgs, parent: Resource): EncryptionKey {
  const account = accountId(parent)
  const key = new Key(
    'central',
    {
      description: `Data of event ${event}`,
      enableKeyRotation: true,
      deletionWindowInDays: DELETION_DAYS,
      // A key that was made for one region cannot be given to another later.
      multiRegion: copyRegion !== null,
      policy: account.apply((id) => keyPolicy({ account: id, region, of: 'everything' })),
      tags,
    },
    { parent },
  )
  new Alias('central', { namePrefix: `alias/micropop-${event}-`, targetKeyId: key.keyId }, { parent })
  if (copyRegion === null) return { arn: key.arn, copyArn: null }
  const replica = new ReplicaKey(
    'central-copy',
    {
      region: copyRegion,
      primaryKeyArn: key.arn,
      description: `Copy of the bucket of event ${event}`,
      deletionWindowInDays: DELETION_DAYS,
      policy: account.apply((id) => keyPolicy({ account: id, region: copyRegion, of: 'bucket' })),
      tags,
    },
    { parent },
  )
  return { arn: key.arn, copyArn: replica.arn }
}

/**
 * A key of somebody else's making: only looked up. A preview already refuses one that is not there (`MP_KEY_MISSING`), or
 * cannot encrypt (`MP_KEY_UNUSABLE`).
 */
export function existingKey(arn: string, copyRegion: string | null, parent: Resource): EncryptionKey {
  const lookUp = (keyId: string, region?: string) =>
    output(usableKey(keyId, getKey({ keyId, ...(region !== undefined && { region }) }, { parent })))
  const inRegion = (region: string) => arn.replace(/^(arn:[^:]+:kms):[^:]+/, `$1:${region}`)
  return {
    arn: lookUp(arn),
    copyArn: copyRegion === null ? null : lookUp(inRegion(copyRegion), copyRegion),
  }
}

/**
 * ARN of the key that KMS told of.
 *
 * @throws {RunError} `MP_KEY_MISSING`, `MP_KEY_UNUSABLE`.
 */
export async function usableKey(
  arn: string,
  answer: Promise<Pick<GetKeyResult, 'arn' | 'keySpec' | 'keyState'>>,
): Promise<string> {
  const found = await orMissing(
    answer,
    () => new InvalidInput('MP_KEY_MISSING', `KMS has no key ${arn}`, CORRECT_KEY),
  )
  const { keyState, keySpec } = found
  const why =
    keySpec === 'SYMMETRIC_DEFAULT'
      ? keyState === 'Enabled'
        ? null
        : `is ${keyState}`
      : `is ${keySpec}, and volumes and databases take symmetric keys only`
  if (why === null) return found.arn
  throw refusal(new InvalidInput('MP_KEY_UNUSABLE', `KMS key ${arn} ${why}`, CORRECT_KEY))
}

const CORRECT_KEY =
  'Name another: pulumi config set micropop:kmsKey ARN, or take it out for a key of the event’s own: pulumi config rm micropop:kmsKey'

/** What Auto Scaling's role does with a key to start a machine with encrypted disks (Amazon EC2 Auto Scaling User Guide, "Required AWS KMS key policy for use with encrypted volumes", read 2026-11-29). */
const FOR_MACHINES = [
  'Encrypt',
  'Decrypt',
  'ReEncryptFrom',
  'ReEncryptTo',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'DescribeKey',
  'CreateGrant',
]

/** Lets Auto Scaling start machines whose disks are encrypted with the key: its own role has no such permission. */
export function grantAutoScaling(name: string, key: EncryptionKey, parent: Resource): Grant {
  const role = 'aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling'
  return new Grant(
    name,
    {
      keyId: key.arn,
      granteePrincipal: interpolate`arn:aws:iam::${accountId(parent)}:role/${role}`,
      operations: FOR_MACHINES,
    },
    { parent },
  )
}

/** What a role needs to read what is encrypted with the key, through these services only. */
export function mayDecrypt(key: EncryptionKey, services: string[]) {
  return {
    Effect: 'Allow' as const,
    Action: 'kms:Decrypt',
    Resource: key.arn,
    Condition: { StringLike: { 'kms:ViaService': services.map((each) => `${each}.*.amazonaws.com`) } },
  }
}

function accountId(parent: Resource): Output<string> {
  return getCallerIdentityOutput({}, { parent }).accountId
}
