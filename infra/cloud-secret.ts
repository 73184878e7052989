// A secret where machines in the cloud read it at start: never in user data or an environment block.
import { Secret } from '@pulumi/aws/secretsmanager/secret.js'
import { SecretVersion } from '@pulumi/aws/secretsmanager/secretVersion.js'
import type { Output, Resource } from '@pulumi/pulumi'
import type { EncryptionKey } from './encryption-key.ts'
import type { CostTags } from './tags.ts'

/** Days in which a destroyed secret can be brought back; it is not billed in them. */
const RECOVERY_DAYS = 7

interface SecretArgs {
  value: Output<string>
  /** null: Secrets Manager's own. */
  key: EncryptionKey | null
  tags: CostTags
}

/** Returns the secret's ARN, known once its value is set. */
export function declareCloudSecret(name: string, args: SecretArgs, parent: Resource): Output<string> {
  return declare(name, args, parent).version.arn
}

/**
 * One whose value changes while machines run, which read the newest by themselves. Its ARN is known before the value is:
 * a new value is then no reason to make anything else anew.
 */
export function declareRenewedSecret(name: string, args: SecretArgs, parent: Resource): Output<string> {
  return declare(name, args, parent).secret.arn
}

function declare(name: string, { value, key, tags }: SecretArgs, parent: Resource) {
  const secret = new Secret(
    name,
    { recoveryWindowInDays: RECOVERY_DAYS, ...(key && { kmsKeyId: key.arn }), tags },
    { parent },
  )
  return {
    secret,
    version: new SecretVersion(name, { secretId: secret.id, secretString: value }, { parent }),
  }
}
