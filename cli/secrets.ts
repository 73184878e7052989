// The secrets of servers as they are told them: environment variables.
import { InvalidInput } from '../runtime/errors.ts'

/** Of uplinks, the same at central and at each PoP. Errors: MP_UPLINK_TOKEN. */
export function uplinkToken(environment: NodeJS.ProcessEnv): string | null {
  return secretOf(environment, 'MICROPOP_UPLINK_TOKEN', 'MP_UPLINK_TOKEN')
}

/** The one that follows it while it is changed, at central alone. Errors: MP_UPLINK_TOKEN. */
export function nextUplinkToken(environment: NodeJS.ProcessEnv): string | null {
  const next = secretOf(environment, 'MICROPOP_UPLINK_TOKEN_NEXT', 'MP_UPLINK_TOKEN')
  if (next === null || uplinkToken(environment) !== null) return next
  throw new InvalidInput(
    'MP_UPLINK_TOKEN',
    'MICROPOP_UPLINK_TOKEN_NEXT is set and MICROPOP_UPLINK_TOKEN is not',
    'Set both while the secret is changed; then the new one alone, as MICROPOP_UPLINK_TOKEN.',
  )
}

/** Of replicas, the same at a PoP and at the one that follows it. Errors: MP_REPLICA_TOKEN. */
export function replicaToken(environment: NodeJS.ProcessEnv): string | null {
  return secretOf(environment, 'MICROPOP_REPLICA_TOKEN', 'MP_REPLICA_TOKEN')
}

/**
 * The secret without surrounding white space (a file's last newline), null where there is none. An error for what
 * cannot travel in an `Authorization` header (RFC 9110, section 5.5).
 */
function secretOf(environment: NodeJS.ProcessEnv, variable: string, code: string): string | null {
  const secret = environment[variable]?.trim() ?? ''
  if (secret === '') return null
  if (/^[\x21-\x7e]+$/.test(secret)) return secret
  throw new InvalidInput(
    code,
    `${variable} holds a character that an HTTP header cannot carry`,
    'Use letters, digits and punctuation of ASCII, without spaces, the same here and at the other end.',
  )
}
