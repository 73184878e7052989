// Keeps an HTTP server responsive to others while some open connections and say nothing, or say it slowly.
import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ClientAddresses } from '../broker/client-address.ts'
import type { DoorConfig } from '../broker/door.ts'
import { SilentConnections } from '../broker/silent-connections.ts'

/** All header lines of a request, after Node's start line; a token travels in a frame and needs no room here. */
export const HEADER_BYTES_MAX = 8 * 1024
const HEADERS_MAX = 64
/** From connecting, or from the last answer, to the end of the header. */
const HEADERS_WITHIN_MS = 5_000
/** To the end of the body: nothing here takes a large one. */
const REQUEST_WITHIN_MS = 10_000
/** Between searches for connections that exceed these. */
const CHECK_EVERY_MS = 1_000
/** A browser's next page or image comes within this, or on a new connection. */
const KEEP_ALIVE_MS = 5_000
const REQUESTS_PER_CONNECTION = 1_000
/** Of a connection that neither reads its answer nor sends; sessions have their own pings. */
const IDLE_MS = 30_000
/** Connections for pages and images, beside those of sessions: a browser opens up to six, and keeps them for seconds. */
const PAGE_CONNECTIONS_PER_SESSION = 0.5

/**
 * Options for `http.createServer`, `https.createServer` or Fastify's `http` and `https`: these Node takes only there.
 */
export const HARDENED_OPTIONS = {
  maxHeaderSize: HEADER_BYTES_MAX,
  connectionsCheckingInterval: CHECK_EVERY_MS,
  requireHostHeader: true,
  insecureHTTPParser: false,
  /** Of TLS. */
  handshakeTimeout: HEADERS_WITHIN_MS,
}

export interface HardenedServer {
  /** The client behind an upgraded connection has said hello: it no longer counts as silent. */
  heard(socket: Duplex): void
  /** Connections that have not said what they want. */
  readonly silent: number
  /** Closed because there were too many silent ones. */
  readonly evicted: number
}

/**
 * Bounds what a connection may cost before it is known what for. A connection is silent until the header of a request
 * is complete; one that asks for a session stays so until `heard`. Call it before the server listens.
 *
 * @param nowMs monotonic
 */
export function hardenServer(
  server: Server | TlsServer,
  { door, limits }: Pick<DoorConfig, 'door' | 'limits'>,
  nowMs: () => number,
): HardenedServer {
  server.headersTimeout = HEADERS_WITHIN_MS
  server.requestTimeout = REQUEST_WITHIN_MS
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION
  server.maxHeadersCount = HEADERS_MAX
  server.timeout = IDLE_MS
  server.maxConnections = Math.ceil(limits.sessions * (1 + PAGE_CONNECTIONS_PER_SESSION)) + door.silentMax

  const addresses = new ClientAddresses([])
  const silent = new SilentConnections<Socket>(door.silentMax)
  // Node hides the connection under a TLS socket. The two have the same peer, which no other open connection has.
  const hidden = server instanceof TlsServer ? new Map<string, Socket>() : null
  let evicted = 0

  server.on('connection', (socket: Socket) => {
    const arrival = silent.arrive(socket, addresses.of(socket.remoteAddress ?? '', undefined), nowMs())
    if (arrival.verdict !== 'stay') evicted++
    if (arrival.verdict === 'refuse') {
      socket.destroy()
      return
    }
    if (arrival.verdict === 'evict') arrival.connection.destroy()
    socket.on('close', left)
    if (!hidden) return
    const peer = peerOf(socket)
    hidden.set(peer, socket)
    socket.once('close', () => {
      if (hidden.get(peer) === socket) hidden.delete(peer)
    })
  })
  function left(this: Socket): void {
    silent.leave(this)
  }
  const heard = (socket: Duplex) => {
    const connection = hidden ? hidden.get(peerOf(socket as Socket)) : (socket as Socket)
    if (connection) silent.leave(connection)
  }
  server.on('request', ({ socket }) => heard(socket))

  return {
    heard,
    get silent() {
      return silent.size
    },
    get evicted() {
      return evicted
    },
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
