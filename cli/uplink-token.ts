// The uplink secret as both servers are told it: an environment variable.
import { InvalidInput } from '../runtime/errors.ts'

const VARIABLE = 'MICROPOP_UPLINK_TOKEN'

/**
 * The secret without surrounding white space (a file's last newline), null where there is none.
 * Errors: MP_UPLINK_TOKEN for what cannot travel in an `Authorization` header (RFC 9110, section 5.5).
 */
export function uplinkToken(environment: NodeJS.ProcessEnv): string | null {
  const token = environment[VARIABLE]?.trim() ?? ''
  if (token === '') return null
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new InvalidInput(
    'MP_UPLINK_TOKEN',
    `${VARIABLE} holds a character that an HTTP header cannot carry`,
    'Use letters, digits and punctuation of ASCII, without spaces, the same here and at the other end.',
  )
}
