// Secrets and their values, as calls to Secrets Manager.
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { SecretArgs } from '@pulumi/aws/secretsmanager/secret.js'
import type { SecretVersionArgs } from '@pulumi/aws/secretsmanager/secretVersion.js'
import { type JudgedTypes, judged, tagList } from './judged-type.ts'

const secret = judged<SecretArgs>({
  async create({ inputs, name, aws }) {
    const { ARN, Name } = await aws.of(SecretsManagerClient).send(
      new CreateSecretCommand({
        Name: inputs.name ?? name,
        Description: inputs.description,
        KmsKeyId: inputs.kmsKeyId,
        Tags: tagList(inputs.tags),
      }),
    )
    return { id: ARN, outputs: { arn: ARN, name: Name } }
  },
  async delete({ id, inputs, aws }) {
    const days = inputs.recoveryWindowInDays
    const how = days === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: days }
    await aws.of(SecretsManagerClient).send(new DeleteSecretCommand({ SecretId: id, ...how }))
  },
  async exists({ id, aws }) {
    const { DeletedDate } = await aws
      .of(SecretsManagerClient)
      .send(new DescribeSecretCommand({ SecretId: id }))
    return DeletedDate === undefined
  },
})

const secretVersion = judged<SecretVersionArgs>({
  async create({ inputs, aws }) {
    const { ARN, VersionId } = await aws.of(SecretsManagerClient).send(
      new PutSecretValueCommand({
        SecretId: inputs.secretId,
        SecretString: inputs.secretString,
        VersionStages: inputs.versionStages,
      }),
    )
    return { id: `${inputs.secretId}|${VersionId}`, outputs: { arn: ARN, versionId: VersionId } }
  },
  // The version that is current cannot go but with its secret; the provider leaves it too.
  async delete() {},
  async exists({ inputs, outputs, aws }) {
    const command = new DescribeSecretCommand({ SecretId: inputs.secretId })
    const { DeletedDate, VersionIdsToStages } = await aws.of(SecretsManagerClient).send(command)
    return DeletedDate === undefined && String(outputs.versionId) in (VersionIdsToStages ?? {})
  },
})

export const SECRETS_MANAGER: JudgedTypes = {
  'aws:secretsmanager/secret:Secret': secret,
  'aws:secretsmanager/secretVersion:SecretVersion': secretVersion,
}
