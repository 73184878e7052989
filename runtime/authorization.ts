// Who may talk to central: the shared secret, compared in constant time, and what counts as loopback.
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIPv4 } from 'node:net'

/**
 * True where `header` is `Bearer <token>` of one of `tokens`: two while a secret is changed. Digests make both sides one
 * length, so that no time depends on it.
 */
export function isAuthorized(header: string | undefined, ...tokens: string[]): boolean {
  const offered = digest(/^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? '')
  return tokens.map((token) => timingSafeEqual(offered, digest(token))).includes(true)
}

/** What `isAuthorized` compares with: `token`, and `next` too while the secret is changed. None where `token` is null. */
export function acceptedTokens(token: string | null, next: string | null): string[] {
  return token === null ? [] : [token, next].filter((each) => each !== null)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Whether a server that listens on `host` can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}
