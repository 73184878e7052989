// The uplink's shared secret where machines in the cloud read it at start: never in user data or an environment block.
import { Secret } from '@pulumi/aws/secretsmanager/secret.js'
import { SecretVersion } from '@pulumi/aws/secretsmanager/secretVersion.js'
import type { Output, Resource } from '@pulumi/pulumi'
import { type CostTags, withRole } from '../tags.ts'

/** Days in which a destroyed secret can be brought back; it is not billed in them. */
const RECOVERY_DAYS = 7

/** Returns the secret's ARN, known once its value is set. */
export function declareUplinkSecret(token: Output<string>, tags: CostTags, parent: Resource): Output<string> {
  const secret = new Secret(
    'central-uplink',
    { recoveryWindowInDays: RECOVERY_DAYS, tags: withRole(tags, 'ingest') },
    { parent },
  )
  return new SecretVersion('central-uplink', { secretId: secret.id, secretString: token }, { parent }).arn
}
