// Attendee sessions over WebSocket: one door in, one shared frame out per delivery.
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { type WebSocket, WebSocketServer } from 'ws'
import type { PopConfig } from '../pop-config.ts'
import { PATHS } from '../ports.ts'
import type { Durability, Lane } from '../protocol/lanes.ts'
import { type Hello, type PopFrame, type Publish, SESSION_SUBPROTOCOL } from '../protocol/session.ts'
import type { LogRecord } from '../queue/record.ts'
import { SEEN_WINDOW } from '../queue/seen.ts'
import { CatchUp } from './catch-up.ts'
import type { Resumption } from './channel-history.ts'
import { MessageFrames } from './message-frames.ts'
import { parseClientFrame } from './parse-frame.ts'
import { TokenBucket } from './token-bucket.ts'

/** What sessions need from the PoP behind them. */
export interface SessionBackend {
  pop: string
  epoch: () => string
  /** Up to where, by lane, all is durable that a client holds which still holds its messages `from` these on. */
  greet: (client: string, from: Hello['from']) => Partial<Record<Lane, number>>
  resume: (ch: string, seen: { epoch: string; off: number } | null) => Resumption
  publish: (client: string, frame: Publish, bytes: number) => void
  nowMs: () => number
}

export interface SessionCounters {
  opened: number
  refused: number
  malformed: number
  tooSlow: number
  delivered: number
}

const HELLO_WITHIN_MS = 5_000
/** A client that does not answer the close is cut off after this, so that a PoP stops in time. */
const CLOSE_WITHIN_MS = 2_000
const PING_EVERY_MS = 15_000
const CHANNELS_PER_SESSION = 64
/** A session that sends more is read no further until it is back within these: its frames wait, and none is lost. */
const FRAMES_PER_S = 50
const FRAMES_BURST = 200

/** Close codes beyond the standard's: the reason text says the same to a person. */
const CLOSE = { replaced: 4001, tooSlow: 4002, noHello: 4003, malformed: 4004 } as const
const SUPPRESSED_AFTER_MALFORMED = 8

interface Session {
  socket: WebSocket
  client: string | null
  channels: Set<string>
  bucket: TokenBucket
  /** Runs while the session is not read. */
  held: NodeJS.Timeout | undefined
  catchUp: CatchUp
  malformed: number
  alive: boolean
}

export class SessionServer {
  readonly counters: SessionCounters = { opened: 0, refused: 0, malformed: 0, tooSlow: 0, delivered: 0 }
  readonly #backend: SessionBackend
  readonly #limits: PopConfig['limits']
  readonly #log: Logger
  readonly #server: WebSocketServer
  readonly #byClient = new Map<string, Session>()
  readonly #byChannel = new Map<string, Set<Session>>()
  readonly #frames = new MessageFrames()
  readonly #pinger: NodeJS.Timeout
  #sockets = 0

  constructor(http: Server, limits: PopConfig['limits'], backend: SessionBackend, log: Logger) {
    this.#backend = backend
    this.#limits = limits
    this.#log = log
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: limits.messageBytes,
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(SESSION_SUBPROTOCOL) ? SESSION_SUBPROTOCOL : false),
    })
    http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#pinger = setInterval(() => this.#ping(), PING_EVERY_MS)
  }

  get sessions(): number {
    return this.#byClient.size
  }

  ack(client: string, lane: Lane, seq: number, durable: Durability): void {
    this.#tell(client, { t: 'ack', lane, seq, durable })
  }

  refuse(client: string, lane: Lane, seq: number, code: string, why: string): void {
    this.#tell(client, { t: 'err', code, why, lane, seq })
  }

  deliver(record: LogRecord): void {
    const subscribers = this.#byChannel.get(record.ch)
    if (!subscribers) return
    const frame = this.#frames.of(record)
    for (const session of subscribers) {
      if (!session.catchUp.isBehind(record.ch)) this.#send(session, frame)
    }
    this.counters.delivered += subscribers.size
  }

  async close(): Promise<void> {
    clearInterval(this.#pinger)
    for (const socket of this.#server.clients) socket.close(1001, 'the PoP is shutting down')
    const late = setTimeout(() => {
      for (const socket of this.#server.clients) socket.terminate()
    }, CLOSE_WITHIN_MS)
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
    clearTimeout(late)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until ws takes the socket over, nobody else listens: a reset in between would end the process.
    socket.on('error', (error) => this.#log.debug({ err: error.message }, 'session upgrade'))
    const [pathname] = (request.url ?? '/').split('?', 1)
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((p) => p.trim())
    const refusal =
      pathname !== PATHS.session
        ? '404 Not Found'
        : !offered.includes(SESSION_SUBPROTOCOL)
          ? '400 Bad Request'
          : this.#sockets >= this.#limits.sessions
            ? '503 Service Unavailable'
            : null
    if (refusal) {
      this.counters.refused++
      // The HTTP server has let go of it: a client that never closes would keep it, and the PoP, for ever.
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\n\r\n`, () => socket.destroy())
      return
    }
    this.#server.handleUpgrade(request, socket, head, (ws) => this.#open(ws))
  }

  #open(socket: WebSocket): void {
    this.#sockets++
    this.counters.opened++
    const session: Session = {
      socket,
      client: null,
      channels: new Set(),
      bucket: new TokenBucket(FRAMES_PER_S, FRAMES_BURST, this.#backend.nowMs()),
      held: undefined,
      catchUp: new CatchUp({
        socket,
        bufferBytes: this.#limits.sessionBufferBytes / 2,
        after: (ch, off) => this.#backend.resume(ch, { epoch: this.#backend.epoch(), off }),
        frame: (record) => this.#frames.of(record),
        lost: () => this.#tooSlow(socket),
      }),
      malformed: 0,
      alive: true,
    }
    const hello = setTimeout(() => socket.close(CLOSE.noHello, 'no hello in time'), HELLO_WITHIN_MS)
    socket.on('message', (data, binary) => {
      if (binary) {
        this.#malformed(session, 'frames are text')
        return
      }
      this.#frame(session, data.toString(), (data as Buffer).length)
      if (session.client !== null) clearTimeout(hello)
    })
    socket.on('pong', () => {
      session.alive = true
    })
    socket.on('error', (error) => this.#log.debug({ err: error.message }, 'session socket'))
    socket.on('close', () => {
      clearTimeout(hello)
      clearTimeout(session.held)
      this.#sockets--
      this.#forget(session)
    })
  }

  #frame(session: Session, text: string, bytes: number): void {
    const waitMs = session.bucket.take(this.#backend.nowMs())
    if (waitMs > 0) this.#hold(session, waitMs)
    const parsed = parseClientFrame(text)
    if ('wrong' in parsed) {
      this.#malformed(session, parsed.wrong)
      return
    }
    const frame = parsed.ok
    if (frame.t === 'hello') {
      this.#hello(session, frame)
    } else if (session.client === null) {
      this.#malformed(session, 'say hello first')
    } else if (frame.t === 'pub') {
      this.#backend.publish(session.client, frame, bytes)
    } else if (frame.t === 'sub') {
      this.#subscribe(session, frame.ch, frame.epoch, frame.off)
    } else if (frame.t === 'ping') {
      this.#reply(session, { t: 'pong', n: frame.n })
    }
  }

  /** Reads no more of the session for so long. What its socket had read already still comes. */
  #hold(session: Session, forMs: number): void {
    clearTimeout(session.held)
    session.alive = true
    session.socket.pause()
    session.held = setTimeout(() => session.socket.resume(), forMs)
  }

  #hello(session: Session, { client, from }: Hello): void {
    if (session.client !== null) {
      this.#malformed(session, 'hello was said already')
      return
    }
    const former = this.#byClient.get(client)
    if (former) {
      this.#forget(former)
      former.socket.close(CLOSE.replaced, 'the same client connected again')
    }
    session.client = client
    this.#byClient.set(client, session)
    const acked = this.#backend.greet(client, from)
    for (const [lane, seq] of Object.entries(from ?? {})) {
      const ahead = seq - (acked[lane as Lane] ?? 0)
      if (ahead > SEEN_WINDOW)
        this.#log.info({ client, lane, from: seq, ahead }, 'a client goes on far ahead')
    }
    this.#reply(session, { t: 'welcome', pop: this.#backend.pop, acked })
  }

  #subscribe(session: Session, ch: string, epoch: string | undefined, off: number | undefined): void {
    if (session.channels.size >= CHANNELS_PER_SESSION && !session.channels.has(ch)) {
      this.#malformed(session, `at most ${CHANNELS_PER_SESSION} channels a session`)
      return
    }
    const seen = epoch !== undefined && off !== undefined ? { epoch, off } : null
    const resumption = this.#backend.resume(ch, seen)
    session.channels.add(ch)
    let subscribers = this.#byChannel.get(ch)
    if (!subscribers) {
      subscribers = new Set()
      this.#byChannel.set(ch, subscribers)
    }
    subscribers.add(session)
    const { recovered } = resumption
    this.#reply(session, { t: 'subd', ch, epoch: this.#backend.epoch(), off: resumption.off, recovered })
    if (seen && resumption.missed.length > 0) session.catchUp.start(ch, seen.off)
    else session.catchUp.stop(ch)
  }

  #malformed(session: Session, why: string): void {
    this.counters.malformed++
    session.malformed++
    this.#reply(session, { t: 'err', code: 'MP_BAD_FRAME', why })
    if (session.malformed >= SUPPRESSED_AFTER_MALFORMED) session.socket.close(CLOSE.malformed, 'bad frames')
  }

  #tell(client: string, frame: PopFrame): void {
    const session = this.#byClient.get(client)
    if (session) this.#reply(session, frame)
  }

  #reply(session: Session, frame: PopFrame): void {
    this.#send(session, Buffer.from(JSON.stringify(frame)))
  }

  #send(session: Session, frame: Buffer): void {
    const { socket } = session
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > this.#limits.sessionBufferBytes) {
      this.#tooSlow(socket)
      return
    }
    socket.send(frame, { binary: false })
  }

  #tooSlow(socket: WebSocket): void {
    this.counters.tooSlow++
    socket.close(CLOSE.tooSlow, 'too slow: resume from your offset')
    socket.terminate()
  }

  #forget(session: Session): void {
    for (const ch of session.channels) {
      const subscribers = this.#byChannel.get(ch)
      subscribers?.delete(session)
      if (subscribers?.size === 0) this.#byChannel.delete(ch)
    }
    if (session.client !== null && this.#byClient.get(session.client) === session) {
      this.#byClient.delete(session.client)
    }
  }

  #ping(): void {
    for (const session of this.#byClient.values()) {
      // Its answer would wait behind the frames that are not read.
      if (session.socket.isPaused) continue
      if (!session.alive) {
        session.socket.terminate()
        continue
      }
      session.alive = false
      session.socket.ping()
    }
  }
}
