// Keys, their replicas and names, and who is lent them, as calls to KMS.
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  type GrantOperation,
  KMSClient,
  ListAliasesCommand,
  ListGrantsCommand,
  PutKeyPolicyCommand,
  ReplicateKeyCommand,
  RevokeGrantCommand,
  ScheduleKeyDeletionCommand,
  type Tag,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms'
import type { AliasArgs } from '@pulumi/aws/kms/alias.js'
import type { GrantArgs } from '@pulumi/aws/kms/grant.js'
import type { KeyArgs } from '@pulumi/aws/kms/key.js'
import type { ReplicaKeyArgs } from '@pulumi/aws/kms/replicaKey.js'
import { type JudgedTypes, judged, orUndo } from './judged-type.ts'

/** The only name that a policy of a key can have. */
const PolicyName = 'default'

function keyTags(tags: Record<string, string> | undefined): Tag[] {
  return Object.entries(tags ?? {}).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
}

async function isThere(kms: KMSClient, KeyId: string): Promise<boolean> {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }))
  return KeyMetadata?.KeyState !== 'PendingDeletion'
}

const key = judged<KeyArgs>({
  async create({ inputs, aws }) {
    const kms = aws.of(KMSClient)
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({
        Description: inputs.description,
        MultiRegion: inputs.multiRegion,
        Policy: inputs.policy,
        Tags: keyTags(inputs.tags),
      }),
    )
    const KeyId = KeyMetadata?.KeyId
    if (inputs.enableKeyRotation) {
      await orUndo(
        () => kms.send(new EnableKeyRotationCommand({ KeyId })),
        () => kms.send(new ScheduleKeyDeletionCommand({ KeyId })),
      )
    }
    return { id: KeyId, outputs: { arn: KeyMetadata?.Arn, keyId: KeyId } }
  },
  async update({ id: KeyId, inputs, aws }, before) {
    const kms = aws.of(KMSClient)
    const { description, policy } = inputs
    if (description !== before.description)
      await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: description ?? '' }))
    if (policy !== undefined && policy !== before.policy)
      await kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName, Policy: policy }))
    return {}
  },
  async delete({ id, inputs, aws }) {
    const command = { KeyId: id, PendingWindowInDays: inputs.deletionWindowInDays }
    await aws.of(KMSClient).send(new ScheduleKeyDeletionCommand(command))
  },
  async exists({ id, aws }) {
    return await isThere(aws.of(KMSClient), id)
  },
})

/** Asked for where its primary is; after that it is a key of its own region. */
const replicaKey = judged<ReplicaKeyArgs>({
  async create({ inputs, aws }) {
    const { ReplicaKeyMetadata } = await aws.of(KMSClient).send(
      new ReplicateKeyCommand({
        KeyId: inputs.primaryKeyArn.split('/').at(-1),
        ReplicaRegion: inputs.region,
        Description: inputs.description,
        Policy: inputs.policy,
        Tags: keyTags(inputs.tags),
      }),
    )
    const KeyId = ReplicaKeyMetadata?.KeyId
    return { id: KeyId, outputs: { arn: ReplicaKeyMetadata?.Arn, keyId: KeyId } }
  },
  async delete({ id, inputs, aws }) {
    const command = { KeyId: id, PendingWindowInDays: inputs.deletionWindowInDays }
    await aws.of(KMSClient, inputs.region).send(new ScheduleKeyDeletionCommand(command))
  },
  async exists({ id, inputs, aws }) {
    return await isThere(aws.of(KMSClient, inputs.region), id)
  },
})

const alias = judged<AliasArgs>({
  async create({ inputs, name, aws }) {
    const AliasName = inputs.name ?? name
    await aws.of(KMSClient).send(new CreateAliasCommand({ AliasName, TargetKeyId: inputs.targetKeyId }))
    return { id: AliasName, outputs: { name: AliasName } }
  },
  async update({ id, inputs, aws }) {
    const command = { AliasName: id, TargetKeyId: inputs.targetKeyId }
    await aws.of(KMSClient).send(new UpdateAliasCommand(command))
    return {}
  },
  async delete({ id, aws }) {
    await aws.of(KMSClient).send(new DeleteAliasCommand({ AliasName: id }))
  },
  async exists({ id, inputs, aws }) {
    const { Aliases } = await aws.of(KMSClient).send(new ListAliasesCommand({ KeyId: inputs.targetKeyId }))
    return Aliases?.some(({ AliasName }) => AliasName === id) ?? false
  },
})

const grant = judged<GrantArgs>({
  async create({ inputs, aws }) {
    const { GrantId, GrantToken } = await aws.of(KMSClient).send(
      new CreateGrantCommand({
        KeyId: inputs.keyId,
        GranteePrincipal: inputs.granteePrincipal,
        Operations: inputs.operations as GrantOperation[],
      }),
    )
    return { id: `${inputs.keyId}:${GrantId}`, outputs: { grantId: GrantId, grantToken: GrantToken } }
  },
  async delete({ inputs, outputs, aws }) {
    const command = { KeyId: inputs.keyId, GrantId: String(outputs.grantId) }
    await aws.of(KMSClient).send(new RevokeGrantCommand(command))
  },
  async exists({ inputs, outputs, aws }) {
    const command = { KeyId: inputs.keyId, GrantId: String(outputs.grantId) }
    return !!(await aws.of(KMSClient).send(new ListGrantsCommand(command))).Grants?.length
  },
})

export const KMS: JudgedTypes = {
  'aws:kms/alias:Alias': alias,
  'aws:kms/grant:Grant': grant,
  'aws:kms/key:Key': key,
  'aws:kms/replicaKey:ReplicaKey': replicaKey,
}
