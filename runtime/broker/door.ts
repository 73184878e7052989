// The door of a PoP: decides on each request to open a session, before anything is built for it.
import type { PopConfig } from '../pop-config.ts'
import { PATHS } from '../ports.ts'
import { SESSION_SUBPROTOCOL } from '../protocol/session.ts'
import { ClientAddresses, isLoopback } from './client-address.ts'
import { FairShare } from './fair-share.ts'

/** What is read of an upgrade request; an `http.IncomingMessage` is one. */
export interface UpgradeRequest {
  url?: string | undefined
  headers: { [name: string]: string | string[] | undefined }
  socket: { remoteAddress?: string | undefined }
}

export interface Entry {
  ok: true
  /** IPv4, or the /64 of IPv6, that the session is counted for. */
  address: string
  /** To be called when the session's socket is closed; again has no effect. */
  release(): void
}

export interface DoorRefusal {
  ok: false
  /** HTTP status. */
  status: 400 | 403 | 404 | 429 | 503
  why: string
  retryAfterS?: number
}

/** A client that was refused because the PoP is full comes back after this. */
const FULL_RETRY_S = 10

const REASONS: Record<DoorRefusal['status'], string> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
}

/** What of pop.json the door goes by. */
export type DoorConfig = Pick<PopConfig, 'auth' | 'door' | 'limits' | 'listen'>

/**
 * The configuration of one of several doors, where each session thread has its own: the kernel spreads connections
 * evenly over the threads, so each gets its part of what is counted.
 */
export function doorOfThread(config: DoorConfig, threads: number): DoorConfig {
  const part = (whole: number) => Math.max(1, Math.ceil(whole / threads))
  return {
    ...config,
    door: {
      ...config.door,
      handshakesPerS: config.door.handshakesPerS / threads,
      handshakesBurst: part(config.door.handshakesBurst),
      silentMax: part(config.door.silentMax),
    },
    limits: { ...config.limits, sessions: part(config.limits.sessions) },
  }
}

export class Door {
  readonly #addresses: ClientAddresses
  readonly #fair: FairShare
  readonly #nowMs: () => number
  readonly #mayCome: (origin: string) => boolean

  /** @param nowMs monotonic */
  constructor(config: DoorConfig, nowMs: () => number) {
    const { addressShare, handshakesBurst, handshakesPerS, trustedProxies } = config.door
    this.#addresses = new ClientAddresses(trustedProxies)
    this.#nowMs = nowMs
    this.#mayCome = originRule(config)
    this.#fair = new FairShare(
      {
        sessionsMax: config.limits.sessions,
        ratePerS: handshakesPerS,
        burst: handshakesBurst,
        share: addressShare,
      },
      nowMs(),
    )
  }

  /** Sessions that were let in and not released. */
  get sessions(): number {
    return this.#fair.sessions
  }

  admit({ url = '/', headers, socket }: UpgradeRequest): Entry | DoorRefusal {
    const [pathname] = url.split('?', 1)
    if (pathname !== PATHS.session) return refusal(404, `sessions are at ${PATHS.session}`)
    if (!listOf(headers['sec-websocket-protocol']).includes(SESSION_SUBPROTOCOL)) {
      return refusal(400, `offer the subprotocol ${SESSION_SUBPROTOCOL}`)
    }
    const { origin } = headers
    // Only browsers send it. Other programs can claim any: this guards their visitors, and not the PoP from them.
    if (typeof origin === 'string' && !this.#mayCome(origin)) {
      return refusal(403, 'pages of this origin may not open sessions here')
    }
    const address = this.#addresses.of(socket.remoteAddress ?? '', listOf(headers['x-forwarded-for']).join())
    return this.#take(address)
  }

  #take(address: string): Entry | DoorRefusal {
    const taking = this.#fair.take(address, this.#nowMs())
    if (taking.verdict === 'rate') {
      return refusal(429, 'too many sessions were opened just now', Math.ceil(taking.waitMs / 1000))
    }
    if (taking.verdict === 'share') {
      return refusal(503, 'the PoP is nearly full, and this address has its share of it', FULL_RETRY_S)
    }
    if (taking.verdict === 'full') return refusal(503, 'the PoP is full', FULL_RETRY_S)
    let held = true
    return {
      ok: true,
      address,
      release: () => {
        if (held) this.#fair.release(address)
        held = false
      },
    }
  }
}

/** The whole HTTP response to an upgrade that is refused. */
export function refusalResponse({ status, why, retryAfterS }: DoorRefusal): string {
  const retry = retryAfterS === undefined ? '' : `Retry-After: ${retryAfterS}\r\n`
  const head = `HTTP/1.1 ${status} ${REASONS[status]}\r\nConnection: close\r\n${retry}`
  return `${head}Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(why)}\r\n\r\n${why}`
}

/**
 * Without a list every page may connect: a page that has no token gets in nowhere that asks for one, since browsers
 * add none by themselves, and an open PoP is open. Except where an open PoP serves its own machine alone: there a page
 * from elsewhere would reach, through its visitor's browser, what it cannot reach itself.
 */
function originRule({ auth, door, listen }: DoorConfig): (origin: string) => boolean {
  if (door.origins) {
    const allowed = new Set(door.origins)
    return (origin) => allowed.has(origin)
  }
  const servesItselfAlone = isLoopback(listen.host) && door.trustedProxies.length === 0
  if (auth !== 'open' || !servesItselfAlone) return () => true
  // Not compared with the Host header: a name that was rebound to loopback would be in both.
  return (origin) => {
    const host = URL.parse(origin)?.hostname
    return host !== undefined && isLoopback(host.replace(/^\[(.*)\]$/, '$1'))
  }
}

function listOf(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join() : (header ?? '')
  return text.split(',').map((item) => item.trim())
}

function refusal(status: DoorRefusal['status'], why: string, retryAfterS?: number): DoorRefusal {
  return { ok: false, status, why, ...(retryAfterS !== undefined && { retryAfterS }) }
}
