// An existing KMS key from the stack's configuration, or none.
import { InvalidInput } from '../runtime/errors.ts'
import type { StackConfig } from './configured-deployment.ts'
import type { EventSpec } from './event/event.ts'

/** Multi-Region keys have ids that begin with `mrk-` (AWS KMS Developer Guide, "Multi-Region keys"; from knowledge of it on 2026-11-29). */
const KEY_ARN =
  /^arn:aws[a-z-]*:kms:(?<region>[a-z0-9-]+):\d{12}:key\/(?<multi>mrk-[0-9a-f]{32})?([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/
const EXAMPLE = 'arn:aws:kms:REGION:123456789012:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9'

/**
 * ARN of the key; null: none is configured, so the event's file decides.
 *
 * @throws {InvalidInput} `MP_KEY_INVALID` where it is no ARN of a key, one of another region, or not what the event needs.
 */
export function configuredKey(
  config: Pick<StackConfig, 'get'>,
  { region, central }: EventSpec,
): string | null {
  const arn = config.get('kmsKey')
  if (arn === undefined) return null
  const parts = KEY_ARN.exec(arn)?.groups
  const example = EXAMPLE.replace('REGION', region)
  const set = `Set it again, such as: pulumi config set micropop:kmsKey ${example}`
  if (parts === undefined || /key\/$/.test(arn))
    throw invalid(`micropop:kmsKey ${arn} is not the ARN of a KMS key`, set)
  if (parts.region !== region)
    throw invalid(`micropop:kmsKey is a key of ${parts.region}, and the event is in ${region}`, set)
  if (central.encryption === 'aws-keys') {
    throw invalid(
      'micropop:kmsKey names a key, and `central.encryption: aws-keys` of the event asks for none',
      'Take one of the two out: pulumi config rm micropop:kmsKey',
    )
  }
  if (central.copyRegion !== null && parts.multi === undefined) {
    throw invalid(
      `micropop:kmsKey is a key of one region, and the bucket has a copy in ${central.copyRegion}`,
      'Name a multi-Region key (mrk-…) that has a replica there, or leave `central.copyRegion` out.',
    )
  }
  return arn
}

function invalid(what: string, remedy: string): InvalidInput {
  return new InvalidInput('MP_KEY_INVALID', what, remedy)
}
