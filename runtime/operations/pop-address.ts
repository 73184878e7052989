// Where a PoP is reached from outside, as a person or `pulumi stack output` writes it.
import { InvalidInput } from '../errors.ts'
import { PATHS } from '../ports.ts'

export interface PopAddress {
  /** WebSocket URL of its sessions. */
  session: string
  /** Tells its version. */
  version: string
  tls: boolean
}

const SECURE: Record<string, boolean> = { 'https:': true, 'wss:': true, 'http:': false, 'ws:': false }

/** Takes `https://hall.example`, `wss://hall.example/session` or `hall.example`, which is HTTPS. Errors: MP_POP_URL. */
export function popAddress(text: string): PopAddress {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`)
  const tls = url === null ? undefined : SECURE[url.protocol]
  const path = url?.pathname
  if (url === null || tls === undefined || url.username !== '' || (path !== '/' && path !== PATHS.session)) {
    throw new InvalidInput(
      'MP_POP_URL',
      `${JSON.stringify(text.slice(0, 100))} is no address of a PoP`,
      'Write it as https://NAME, http://HOST:PORT, or as `pulumi stack output popUrl` prints it.',
    )
  }
  return {
    session: `${tls ? 'wss' : 'ws'}://${url.host}${PATHS.session}`,
    version: `${tls ? 'https' : 'http'}://${url.host}${PATHS.version}`,
    tls,
  }
}
