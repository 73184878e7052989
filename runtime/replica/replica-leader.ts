// The PoP's door for the second PoP that follows its log: one follower at a time, who shows the replica's secret.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { SecureContextOptions } from 'node:tls'
import type { Logger } from 'pino'
import { type WebSocket, WebSocketServer } from 'ws'
import { isAuthorized } from '../authorization.ts'
import { listenOn } from '../listening.ts'
import { PATHS } from '../ports.ts'
import type { Lane } from '../protocol/lanes.ts'
import type { FedEntry } from '../queue/log-feed.ts'
import type { Checkpoint } from '../queue/record.ts'
import { type FeedEffect, ReplicaFeed } from './replica-feed.ts'
import {
  FOLLOWER_FRAME_BYTES_MAX,
  type Follow,
  type LeaderFrame,
  parseFollowerFrame,
  REPLICA_SUBPROTOCOL,
} from './wire.ts'

const BEAT_EVERY_MS = 1_000
/** A follower that says nothing for as long is gone. */
const SILENT_MS = 5_000
const HEADERS_TIMEOUT_MS = 5_000
/** How long a PoP that stops waits for its follower to have all: one that takes longer is not the one that takes over. */
const SETTLE_WITHIN_MS = 2_000
/** Bytes on their way to the follower above which it is fed from the disk, at its own pace. */
const BUFFER_BYTES_MAX = 4 * 1024 * 1024
/** RFC 6455, section 7.4.1. */
const CLOSE = { policy: 1008, away: 1001 } as const

/** The log that is followed. */
export interface FollowedLog {
  readonly log: string
  /** Records that are durable, counted from the log's beginning. */
  readonly position: number
  readonly applied: Partial<Record<Lane, number>>
  /**
   * Where a follower goes on that has these records of a log, written under `term`: there, or with a checkpoint that all
   * before it is at central for.
   */
  start: (
    log: string | null,
    position: number,
    term: number,
  ) => Promise<{ position: number; checkpoint?: Checkpoint }>
  /** What is durable after `position`, a block at a time. */
  entriesAfter: (position: number) => AsyncIterable<FedEntry[]>
}

export interface ReplicaLeaderOptions {
  event: string
  pop: string
  term: number
  /** What followers show; null asks for none, which is for loopback only. */
  token: string | null
  tls: SecureContextOptions | null
  followed: FollowedLog
  /** Publishers can wait for the follower, or no more. */
  follows: (follows: boolean) => void
  replicated: (commit: number) => void
  nowMs: () => number
  logger: Logger
}

export class ReplicaLeader {
  readonly #options: ReplicaLeaderOptions
  readonly #feed = new ReplicaFeed()
  readonly #http: Server
  readonly #sockets: WebSocketServer
  readonly #timer: NodeJS.Timeout
  #socket: WebSocket | null = null
  #heardAtMs = 0
  #settled: PromiseWithResolvers<void> | null = null

  constructor(options: ReplicaLeaderOptions) {
    this.#options = options
    const settings = { headersTimeout: HEADERS_TIMEOUT_MS, ...options.tls }
    this.#http = options.tls ? createTlsServer(settings) : createServer(settings)
    this.#http.on('request', (_request, response) => response.writeHead(426, { connection: 'close' }).end())
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: FOLLOWER_FRAME_BYTES_MAX,
      perMessageDeflate: false,
      clientTracking: false,
    })
    this.#timer = setInterval(() => this.#look(), BEAT_EVERY_MS)
  }

  /** Records on this disk that the follower has not synced; null where nobody follows. */
  get behind(): number | null {
    return this.#feed.behind
  }

  /** Returns the port. Rejects as `net.Server` does. */
  listen(port: number, host: string): Promise<number> {
    return listenOn(this.#http, port, host)
  }

  /** A commit is durable here: call after the core has been told. `entries` are its records, in order. */
  committed(commit: number, entries: readonly FedEntry[]): void {
    const busy = (this.#socket?.bufferedAmount ?? 0) > BUFFER_BYTES_MAX
    const { followed, nowMs } = this.#options
    this.#perform(this.#feed.committed(commit, followed.position, busy, nowMs()), entries)
  }

  /**
   * Resolves once the follower has all that is on this disk, or nobody follows, or it has had its time. Call when nothing
   * is committed any more: a PoP that is left for its follower then takes nothing with it.
   */
  async settle(): Promise<void> {
    this.#settled ??= Promise.withResolvers<void>()
    const late = setTimeout(() => this.#settled?.resolve(), SETTLE_WITHIN_MS)
    this.#tellSettled()
    await this.#settled.promise
    clearTimeout(late)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#drop(CLOSE.away, 'the PoP is shutting down')
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()))
    this.#http.closeAllConnections()
    await closed
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const refusal = this.#refusal(request)
    if (refusal === null) {
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket))
      return
    }
    this.#options.logger.warn(
      { status: refusal, from: request.socket.remoteAddress },
      'a follower was not accepted',
    )
    socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
      socket.destroy(),
    )
  }

  #refusal({ url, headers }: IncomingMessage): string | null {
    const { token } = this.#options
    if (url !== PATHS.replica) return '404 Not Found'
    // A PoP is no browser: this keeps web pages from reaching a PoP on their visitor's machine.
    if (headers.origin !== undefined) return '403 Forbidden'
    if (token !== null && !isAuthorized(headers.authorization, token)) return '401 Unauthorized'
    return headers['sec-websocket-protocol'] === REPLICA_SUBPROTOCOL ? null : '400 Bad Request'
  }

  #open(socket: WebSocket): void {
    const { logger, nowMs } = this.#options
    // A follower whose link broke comes again before the old one is known to be gone: the newest counts.
    this.#drop(CLOSE.policy, 'another follower connected')
    this.#socket = socket
    this.#heardAtMs = nowMs()
    let greeted = false
    socket.on('error', (error) => logger.debug({ err: error.message }, 'follower socket'))
    socket.on('close', () => {
      if (this.#socket === socket) this.#gone()
    })
    socket.on('message', (data, binary) => {
      if (this.#socket !== socket) return
      this.#heardAtMs = nowMs()
      const parsed = binary ? { wrong: 'a binary frame' } : parseFollowerFrame(data.toString())
      if ('wrong' in parsed || (parsed.ok.t === 'follow') === greeted) {
        this.#refuse('MP_REPLICA_FRAME', 'wrong' in parsed ? parsed.wrong : 'not in this order')
      } else if (parsed.ok.t === 'follow') {
        greeted = true
        this.#start(socket, parsed.ok).catch((error) => this.#failed(socket, error))
      } else {
        this.#synced(parsed.ok.position)
      }
    })
  }

  async #start(socket: WebSocket, { event, pop, log, position, term: copied }: Follow): Promise<void> {
    const { followed, term, logger } = this.#options
    if (event !== this.#options.event || pop !== this.#options.pop) {
      this.#refuse('MP_REPLICA_OF_OTHER', `this is ${this.#options.pop} of ${this.#options.event}`)
      return
    }
    const from = await followed.start(log, position, copied)
    if (this.#socket !== socket) return
    const { checkpoint } = from
    logger.info({ position: from.position, anew: checkpoint !== undefined }, 'a follower has connected')
    this.#send({ t: 'start', log: followed.log, term, ...(checkpoint && { checkpoint }) })
    this.#perform(this.#feed.connected(from.position, followed.position))
  }

  #synced(position: number): void {
    try {
      this.#perform(this.#feed.synced(position))
      this.#tellSettled()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#refuse('MP_REPLICA_FRAME', error.message)
    }
  }

  #perform(effects: readonly FeedEffect[], entries: readonly FedEntry[] = []): void {
    const { follows, replicated, logger } = this.#options
    for (const effect of effects) {
      switch (effect.do) {
        case 'send':
          this.#send({ t: 'entries', after: effect.after, entries: [...entries] })
          break
        case 'read': {
          const socket = this.#socket as WebSocket
          this.#read(socket, effect.after).catch((error) => this.#failed(socket, error))
          break
        }
        case 'follows':
          logger[effect.follows ? 'info' : 'warn'](
            { behind: this.#feed.behind },
            effect.follows ? 'the follower has everything' : 'nobody follows this PoP in time',
          )
          follows(effect.follows)
          break
        case 'replicated':
          replicated(effect.commit)
      }
    }
  }

  async #read(socket: WebSocket, after: number): Promise<void> {
    let position = after
    for await (const entries of this.#options.followed.entriesAfter(after)) {
      if (this.#socket !== socket) return
      await this.#sendWhenClear(socket, { t: 'entries', after: position, entries })
      position += entries.length
    }
    if (this.#socket === socket) this.#perform(this.#feed.sent(position))
  }

  /** Waits until the socket has taken the frame, so that no more than one block waits in memory. */
  #sendWhenClear(socket: WebSocket, frame: LeaderFrame): Promise<void> {
    return new Promise((resolve, reject) => {
      socket.send(JSON.stringify(frame), (error) => (error ? reject(error) : resolve()))
    })
  }

  #send(frame: LeaderFrame): void {
    const socket = this.#socket
    if (socket?.readyState === socket?.OPEN) socket?.send(JSON.stringify(frame))
  }

  #look(): void {
    const { nowMs, followed } = this.#options
    if (this.#socket && nowMs() - this.#heardAtMs > SILENT_MS) this.#socket.terminate()
    this.#perform(this.#feed.wake(nowMs()))
    this.#send({ t: 'beat', applied: followed.applied })
  }

  #refuse(code: string, why: string): void {
    this.#options.logger.warn({ code, why }, 'a follower was refused')
    this.#send({ t: 'err', code, why })
    this.#drop(CLOSE.policy, code)
  }

  #failed(socket: WebSocket, error: Error): void {
    if (this.#socket !== socket) return
    this.#options.logger.error({ err: error.message }, 'the log cannot be sent to the follower')
    socket.terminate()
  }

  #drop(code: number, why: string): void {
    const socket = this.#socket
    if (!socket) return
    this.#gone()
    socket.close(code, why)
  }

  #gone(): void {
    this.#socket = null
    this.#perform(this.#feed.disconnected())
    this.#tellSettled()
  }

  #tellSettled(): void {
    if (!this.#feed.behind) this.#settled?.resolve()
  }
}
