// Who may do what with the event's key: administrators administer it, AWS's services encrypt with it, nobody else does.

/** AWS's services that keep data of the event, by the name under which they call KMS. */
const KEEPERS = { everything: ['ec2', 'rds', 's3', 'secretsmanager'], bucket: ['s3'] } as const

interface KeyUse {
  /** Twelve digits. */
  account: string
  region: string
  /** `bucket`: the key of the bucket's copy, in a region of its own. */
  of: keyof typeof KEEPERS
}

/** Of a key's policy, where the resource is the key itself. */
const KEY = '*'
const ENCRYPTION = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey']

/**
 * JSON of the key's policy. Like the policies of AWS's own keys it admits whoever of the account comes through one of the
 * services and may have the thing itself there (AWS KMS Developer Guide, "AWS managed keys" and `kms:ViaService`; Amazon
 * CloudWatch Logs User Guide, "Encrypt log data"; Amazon CloudFront Developer Guide, "SSE-KMS"; from knowledge of them on
 * 2026-11-29). Nobody decrypts with it directly.
 */
export function keyPolicy({ account, region, of }: KeyUse): string {
  const through = KEEPERS[of].map((service) => `${service}.${region}.amazonaws.com`)
  const ofAccount = { 'kms:CallerAccount': account, 'kms:ViaService': through }
  const statements = [
    {
      Sid: 'Administer',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: ADMINISTRATION,
    },
    {
      Sid: 'EncryptThroughServices',
      Principal: { AWS: '*' },
      Action: ENCRYPTION,
      Condition: { StringEquals: ofAccount },
    },
    {
      Sid: 'LendToServices',
      Principal: { AWS: '*' },
      Action: 'kms:CreateGrant',
      Condition: { StringEquals: ofAccount, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
    {
      Sid: 'ReadForCdn',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 'kms:Decrypt',
      Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:cloudfront::${account}:distribution/*` } },
    },
    ...(of === 'bucket' ? [] : [forLogs(account, region)]),
  ]
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', Resource: KEY, ...statement })),
  })
}

function forLogs(account: string, region: string) {
  return {
    Sid: 'EncryptLogs',
    Principal: { Service: `logs.${region}.amazonaws.com` },
    Action: ENCRYPTION,
    Condition: {
      ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${region}:${account}:log-group:*` },
    },
  }
}

/** Everything but encryption and decryption. Grants are for Auto Scaling, which `grantAutoScaling` makes. */
const ADMINISTRATION = [
  'CancelKeyDeletion',
  'CreateAlias',
  'CreateGrant',
  'DeleteAlias',
  'DescribeKey',
  'DisableKey',
  'DisableKeyRotation',
  'EnableKey',
  'EnableKeyRotation',
  'GetKeyPolicy',
  'GetKeyRotationStatus',
  'ListGrants',
  'ListKeyPolicies',
  'ListKeyRotations',
  'ListResourceTags',
  'PutKeyPolicy',
  'ReplicateKey',
  'RetireGrant',
  'RevokeGrant',
  'RotateKeyOnDemand',
  'ScheduleKeyDeletion',
  'TagResource',
  'UntagResource',
  'UpdateAlias',
  'UpdateKeyDescription',
  'UpdatePrimaryRegion',
].map((action) => `kms:${action}`)
