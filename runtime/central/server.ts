// Where PoPs connect: one WebSocket endpoint that checks path, subprotocol, secret and room before it upgrades.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { acceptedTokens, isAuthorized } from '../authorization.ts'
import { listenOn } from '../listening.ts'
import { PATHS } from '../ports.ts'
import { UPLINK_FRAME_BYTES_MAX, UPLINK_SPOKEN_HEADER, UPLINK_SUBPROTOCOL } from '../protocol/uplink.ts'
import { type ConnectionContext, UplinkConnection } from './uplink-connection.ts'

/** Time a PoP is given to answer the goodbye before its connection is cut. */
const GOODBYE_MS = 2_000
const HEADERS_TIMEOUT_MS = 10_000
/** Connections that have not been upgraded or refused yet, beyond the uplinks. */
const HANDSHAKES_MAX = 64

export class UplinkServer {
  readonly #context: ConnectionContext
  readonly #tokens: readonly string[]
  readonly #http: Server
  readonly #sockets: WebSocketServer
  readonly #connections = new Set<UplinkConnection>()
  readonly #silenceCheck: NodeJS.Timeout
  #closing = false

  /**
   * `token`: the shared secret; null asks for none, which is for loopback only. `nextToken`: taken too, while the secret is
   * changed.
   */
  constructor(context: ConnectionContext, token: string | null, nextToken: string | null = null) {
    this.#context = context
    this.#tokens = acceptedTokens(token, nextToken)
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: UPLINK_FRAME_BYTES_MAX,
      perMessageDeflate: false,
      clientTracking: false,
    })
    this.#http = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, (_request, response) => {
      response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end()
    })
    this.#http.maxConnections = context.limits.uplinks + HANDSHAKES_MAX
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#silenceCheck = setInterval(() => this.#checkSilence(), context.limits.silenceCheckEveryMs)
  }

  /** Resolves with the port bound. Rejects as `net.Server` does. */
  listen(port: number, host: string): Promise<number> {
    return listenOn(this.#http, port, host)
  }

  /** Stops taking PoPs, finishes and answers every transaction in progress, and ends all connections. */
  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#silenceCheck)
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()))
    const cut = setTimeout(() => this.#cut(), GOODBYE_MS)
    await Promise.all([...this.#connections].map((connection) => connection.stop()))
    this.#http.closeIdleConnections()
    await closed
    clearTimeout(cut)
  }

  /** Pushes what has changed to the PoPs of `event` that are connected here. */
  documentsChanged(event: string): void {
    for (const connection of this.#connections) connection.documentsChanged(event)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const refusal = this.#refusal(request)
    if (refusal === null) {
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = new UplinkConnection(webSocket, this.#context)
        this.#connections.add(connection)
        this.#context.metrics.uplinks.set(this.#connections.size)
        webSocket.on('close', () => {
          this.#connections.delete(connection)
          this.#context.metrics.uplinks.set(this.#connections.size)
        })
      })
      return
    }
    this.#context.metrics.refusals.inc({ code: refusal.split(' ')[0] })
    this.#context.logger.warn({ status: refusal, from: request.socket.remoteAddress }, 'uplink not accepted')
    const headers = `Connection: close\r\nContent-Length: 0\r\n${UPLINK_SPOKEN_HEADER}: ${UPLINK_SUBPROTOCOL}\r\n`
    socket.end(`HTTP/1.1 ${refusal}\r\n${headers}\r\n`, () => socket.destroy())
  }

  /** The HTTP status that refuses the request; null lets it in. */
  #refusal({ url, headers }: IncomingMessage): string | null {
    if (URL.parse(url ?? '', 'http://central')?.pathname !== PATHS.uplink) return '404 Not Found'
    // A PoP is no browser: this keeps web pages from reaching a central on their visitor's machine.
    if (headers.origin !== undefined) return '403 Forbidden'
    const { authorization } = headers
    if (this.#tokens.length > 0 && !isAuthorized(authorization, ...this.#tokens)) return '401 Unauthorized'
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
    if (!offered.includes(UPLINK_SUBPROTOCOL)) return '400 Bad Request'
    const full = this.#connections.size >= this.#context.limits.uplinks
    return full || this.#closing ? '503 Service Unavailable' : null
  }

  #checkSilence(): void {
    for (const connection of this.#connections) connection.checkSilence()
  }

  #cut(): void {
    for (const connection of this.#connections) connection.terminate()
    this.#http.closeAllConnections()
  }
}
