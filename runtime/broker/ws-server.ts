// Takes WebSocket connections in: the door decides on the request, then the handshake, with compression of messages
// that stand alone, so that one compressed frame fits every session.
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { type WebSocket, WebSocketServer } from 'ws'
import { type DoorRefusal, type Entry, refusalResponse, type UpgradeRequest } from './door.ts'
import { takesSharedDeflate } from './ws-frame.ts'

export interface WsConnection {
  socket: WebSocket
  /** The connection under it, to which frames are written. */
  wire: Duplex
  /** It takes frames that were compressed once for all. */
  deflate: boolean
}

export interface WsServerOptions {
  subprotocol: string
  /** Of one message, also once it is inflated: bytes. A larger one closes its session with 1009. */
  messageBytesMax: number
  door: { admit: (request: UpgradeRequest) => Entry | DoorRefusal }
  opened: (connection: WsConnection) => void
  log: Logger
}

/** A client that does not answer the close is cut off after this, so that a PoP stops in time. */
const CLOSE_WITHIN_MS = 2_000

export class WsServer {
  readonly #options: WsServerOptions
  readonly #server: WebSocketServer
  readonly #wireFailed: (error: Error) => void
  #refused = 0
  /** Answer to the handshake in progress. */
  #extensions = ''

  constructor(http: Server, options: WsServerOptions) {
    this.#options = options
    this.#wireFailed = (error) => options.log.debug({ err: error.message }, 'session upgrade')
    const { subprotocol, messageBytesMax } = options
    const settings = {
      noServer: true,
      closeTimeout: CLOSE_WITHIN_MS,
      maxPayload: messageBytesMax,
      perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true },
      handleProtocols: (offered: Set<string>) => (offered.has(subprotocol) ? subprotocol : false),
    }
    this.#server = new WebSocketServer(settings)
    this.#server.on('headers', (headers) => {
      this.#extensions = headers.find((header) => header.startsWith('Sec-WebSocket-Extensions')) ?? ''
    })
    http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /** Requests that the door refused. */
  get refused(): number {
    return this.#refused
  }

  /** Waits until every socket is closed, and cuts off those that take too long. */
  async close(): Promise<void> {
    const late = setTimeout(() => {
      for (const socket of this.#server.clients) socket.terminate()
    }, CLOSE_WITHIN_MS)
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
    clearTimeout(late)
  }

  #upgrade(request: IncomingMessage, wire: Duplex, head: Buffer): void {
    const { door, opened } = this.#options
    // Until ws takes the connection over, nobody else listens: a reset in between would end the process.
    wire.on('error', this.#wireFailed)
    const entry = door.admit(request)
    if (!entry.ok) {
      this.#refused++
      // The HTTP server has let go of it: a client that never closes would keep it, and the PoP, for ever.
      wire.end(refusalResponse(entry), () => wire.destroy())
      return
    }
    wire.on('close', entry.release)
    this.#extensions = ''
    this.#server.handleUpgrade(request, wire, head, (socket) => {
      opened({ socket, wire, deflate: takesSharedDeflate(this.#extensions) })
    })
  }
}
