// Attendee sessions over WebSocket: the door in, what each frame does, and the clocks that every session shares.
import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import type { PopConfig } from '../pop-config.ts'
import type { Lane } from '../protocol/lanes.ts'
import { type ClientFrame, type Hello, type Publish, SESSION_SUBPROTOCOL } from '../protocol/session.ts'
import { Door, type DoorRefusal } from './door.ts'
import type { DrainSchedule } from './drain.ts'
import { parseClientFrame } from './parse-frame.ts'
import { mayPublish, type Rights } from './rights.ts'
import { CLOSE, Session } from './session.ts'
import { SessionDepartures } from './session-departures.ts'
import type { FromCore, ToCore } from './session-link.ts'
import { type OutputLimits, OutputTick, SessionOutput } from './session-output.ts'
import { SessionQueries } from './session-queries.ts'
import type { SessionStreams } from './session-streams.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'
import type { Admission } from './tokens.ts'
import { encodeFrame, OPCODE, SharedFrame } from './ws-frame.ts'
import { type WsConnection, WsServer } from './ws-server.ts'

export interface SessionServerOptions {
  config: Pick<PopConfig, 'pop' | 'auth' | 'door' | 'limits' | 'listen'>
  streams: SessionStreams
  admission: Admission
  core: (item: ToCore) => void
  /** A client behind this connection has said hello. */
  heard: (connection: Duplex) => void
  /** Monotonic, ms. */
  nowMs: () => number
  /** Since the Unix epoch, ms. */
  wallMs: () => number
  log: Logger
}

export interface SessionCounters {
  opened: number
  malformed: number
  tooSlow: number
}

const HELLO_WITHIN_MS = 5_000
const SECOND_MS = 1_000
const PING_EVERY_S = 15
const CHANNELS_PER_SESSION = 64
const QUERIES_PER_SESSION = 32
/** Frames behind a hello whose token is being looked at. */
const HELD_FRAMES_MAX = 1_000
/** While draining, between looks at whose time it is to go. */
const DRAIN_STEP_MS = 50
/** Of a PoP that is draining, to who wants in. */
const GOING_AWAY: DoorRefusal = { ok: false, status: 503, why: 'the PoP is going away', retryAfterS: 5 }

const SUPPRESSED_AFTER_MALFORMED = 8
/** A heartbeat: the client's system answers it, whatever its program does. */
const PING = SharedFrame.of(encodeFrame(OPCODE.ping, Buffer.alloc(0)))

export class SessionServer {
  readonly counters: SessionCounters = { opened: 0, malformed: 0, tooSlow: 0 }
  readonly #of: SessionServerOptions
  readonly #door: Door
  readonly #server: WsServer
  readonly #sessions = new Map<number, Session>()
  readonly #byClient = new Map<string, Session>()
  /** When each came, in that order. Monotonic, ms. */
  readonly #silent = new Map<Session, number>()
  readonly #queries: SessionQueries
  readonly #tick = new OutputTick(setImmediate)
  readonly #clock: NodeJS.Timeout
  readonly #outputs: OutputLimits
  readonly #frames: Rate
  #leaving: NodeJS.Timeout | undefined
  #draining = false
  #lastSession = 0
  #seconds = 0

  constructor(http: Server, options: SessionServerOptions) {
    this.#of = options
    this.#door = new Door(options.config, options.nowMs)
    this.#queries = new SessionQueries(options.core)
    this.#server = new WsServer(http, {
      subprotocol: SESSION_SUBPROTOCOL,
      messageBytesMax: options.config.limits.messageBytes,
      door: { admit: (request) => (this.#draining ? GOING_AWAY : this.#door.admit(request)) },
      opened: (connection) => this.#open(connection),
      log: options.log,
    })
    this.#outputs = {
      bytesMax: options.config.limits.sessionBufferBytes,
      tick: this.#tick,
      lost: (session) => this.#tooSlow(session),
    }
    const { framesPerS: ratePerS, framesBurst: burst } = options.config.limits
    this.#frames = { ratePerS, burst }
    this.#clock = setInterval(() => this.#everySecond(), SECOND_MS)
  }

  /** Sessions that said hello. */
  get sessions(): number {
    return this.#byClient.size
  }

  /** Requests for a session that the door refused. */
  get refused(): number {
    return this.#server.refused
  }

  /** What the core told in one tick; all of it leaves together. */
  receive(items: readonly FromCore[]): void {
    for (const item of items) this.#hear(item)
    this.#tick.flush()
  }

  async close(): Promise<void> {
    clearInterval(this.#clock)
    clearInterval(this.#leaving)
    for (const session of this.#sessions.values()) session.close(1001, 'the PoP is shutting down')
    await this.#server.close()
  }

  #hear(item: FromCore): void {
    const { streams } = this.#of
    switch (item.do) {
      case 'deliver':
        streams.deliver(item.delivery)
        break
      case 'ack': {
        const { lane, from, seq, durable } = item
        this.#byClient.get(item.client)?.tell({ t: 'ack', lane, seq, ...(from < seq && { from }), durable })
        break
      }
      case 'tell':
        streams.tell(item.ch, item.frame)
        break
      case 'tell-client': {
        const session = this.#byClient.get(item.client)
        if (session) streams.tellSession(session, item.frame)
        break
      }
      case 'result':
        this.#queries.result(item.key, item.value)
        break
      case 'query-refused':
        this.#queries.refused(item.key, item.denial)
        break
      case 'past': {
        const { key, opening, ch } = item
        this.#of.core({ do: 'past', key, opening, messages: streams.past(ch) })
        break
      }
      case 'welcome': {
        const session = this.#sessions.get(item.session)
        if (session) this.#welcome(session, item.acked)
        break
      }
      case 'replace': {
        const session = this.#sessions.get(item.session)
        if (!session) break
        this.#forget(session)
        session.close(CLOSE.replaced, 'the same client connected again')
        break
      }
      case 'drain':
        this.#drain(item)
        break
      case 'claimed': // The admission of tokens has had it.
        break
    }
  }

  #open({ socket, wire, deflate }: WsConnection): void {
    this.counters.opened++
    const { nowMs } = this.#of
    const id = ++this.#lastSession
    const session = new Session({
      id,
      socket,
      wire,
      output: new SessionOutput(id, wire, deflate, this.#outputs),
      bucket: new TokenBucket(this.#frames, nowMs()),
    })
    this.#sessions.set(session.id, session)
    this.#silent.set(session, nowMs())
    socket.on('message', (data, binary) => {
      session.alive = true
      if (binary) this.#malformed(session, 'frames are text')
      else this.#read(session, data.toString(), (data as Buffer).length)
    })
    socket.on('pong', () => {
      session.alive = true
    })
    socket.on('error', (error) => this.#of.log.debug({ err: error.message }, 'session socket'))
    socket.on('close', () => {
      clearTimeout(session.paused)
      this.#silent.delete(session)
      this.#forget(session)
      this.#sessions.delete(session.id)
      if (session.rights) this.#of.core({ do: 'gone', session: session.id })
    })
  }

  #read(session: Session, text: string, bytes: number): void {
    const waitMs = session.bucket.take(this.#of.nowMs())
    if (waitMs > 0) this.#pause(session, waitMs)
    const parsed = parseClientFrame(text)
    if ('wrong' in parsed) {
      this.#malformed(session, parsed.wrong)
      return
    }
    const frame = parsed.ok
    if (session.welcomed) this.#frame(session, frame, bytes)
    else if (session.held) this.#hold(session, frame, bytes)
    else if (frame.t === 'hello') this.#hello(session, frame)
    else this.#malformed(session, 'say hello first')
  }

  #frame(session: Session, frame: ClientFrame, bytes: number): void {
    const rights = session.rights as Rights
    switch (frame.t) {
      case 'pub':
        this.#publish(session, rights, frame, bytes)
        break
      case 'ping': {
        const { n, t0 } = frame
        const now = this.#of.wallMs()
        session.tell(t0 === undefined ? { t: 'pong', n } : { t: 'pong', n, t0, t1: now, t2: now })
        break
      }
      case 'sub':
        if (!rights.may('sub', frame.ch) || (frame.presence && !rights.may('presence', frame.ch))) {
          this.#deny(session, `you may not subscribe to ${frame.ch} like that`, { id: frame.ch })
        } else this.#subscribe(session, frame)
        break
      case 'unsub':
        if (this.#of.streams.unsubscribe(session, frame.ch))
          this.#of.core({ do: 'left', session: session.id, ch: frame.ch })
        break
      case 'query':
        if (!rights.may('query', frame.ch)) {
          this.#deny(session, `you may not query ${frame.ch}`, { id: frame.id })
        } else if ((session.queries?.size ?? 0) >= QUERIES_PER_SESSION && !session.queries?.has(frame.id)) {
          this.#malformed(session, `at most ${QUERIES_PER_SESSION} queries a session`)
        } else {
          this.#queries.ask(session, frame)
        }
        break
      case 'unquery':
        this.#queries.end(session, frame.id)
        break
      case 'hello':
        this.#malformed(session, 'hello was said already')
    }
  }

  #publish(session: Session, rights: Rights, frame: Publish, bytes: number): void {
    const { lane, seq, ch, body, at, ack = 'disk', key } = frame
    if (!mayPublish(rights, lane, ch)) {
      this.#deny(session, `you may not publish to ${ch} on lane ${lane}`, { lane, seq })
      return
    }
    const { client } = rights
    const t = this.#of.wallMs()
    const publish = { client, lane, seq, ch, at, t, ack, body, bytes, ...(key !== undefined && { key }) }
    this.#of.core({ do: 'publish', publish })
  }

  #subscribe(session: Session, frame: Extract<ClientFrame, { t: 'sub' }>): void {
    if (session.subscriptions.length >= CHANNELS_PER_SESSION && !session.subscription(frame.ch)) {
      this.#malformed(session, `at most ${CHANNELS_PER_SESSION} channels a session`)
      return
    }
    const toldWho = this.#of.streams.subscribe(session, frame)
    if (typeof toldWho === 'object') this.#malformed(session, toldWho.wrong)
    else if (toldWho) this.#of.core({ do: 'joined', session: session.id, ch: frame.ch })
  }

  #hold(session: Session, frame: ClientFrame, bytes: number): void {
    if (!session.held || session.held.push({ frame, bytes }) <= HELD_FRAMES_MAX) return
    this.#malformed(session, 'wait for the welcome')
    session.socket.terminate()
  }

  /** Frames behind the hello wait until it is decided, and its client's sessions are known to be in order. */
  #hello(session: Session, hello: Hello): void {
    session.held = []
    this.#silent.delete(session)
    this.#of.admission.admit(hello).then(
      (admitted) => {
        if (session.socket.readyState !== session.socket.OPEN) return
        if ('code' in admitted) {
          session.tell({ t: 'err', ...admitted })
          session.close(CLOSE.denied, admitted.code)
          return
        }
        this.#of.heard(session.wire)
        session.rights = admitted.rights
        session.resume = admitted.resume
        session.expiresAtMs = admitted.expiresAtMs
        this.#of.core({ do: 'hello', session: session.id, client: hello.client, from: hello.from })
      },
      (error) => {
        this.#of.log.error({ err: error }, 'a token could not be looked at')
        session.socket.terminate()
      },
    )
  }

  #welcome(session: Session, acked: Partial<Record<Lane, number>>): void {
    const { client } = session.rights as Rights
    this.#byClient.set(client, session)
    session.welcomed = true
    const { resume } = session
    session.tell({ t: 'welcome', pop: this.#of.config.pop, acked, ...(resume !== undefined && { resume }) })
    const held = session.held ?? []
    session.held = null
    for (const { frame, bytes } of held) this.#frame(session, frame, bytes)
  }

  /** Reads no more of the session for so long. What its socket had read already still comes. */
  #pause(session: Session, forMs: number): void {
    clearTimeout(session.paused)
    session.alive = true
    session.socket.pause()
    session.paused = setTimeout(() => {
      session.paused = undefined
      session.socket.resume()
    }, forMs)
  }

  #deny(session: Session, why: string, of: { id?: string; lane?: Lane; seq?: number }): void {
    session.tell({ t: 'err', code: 'MP_DENIED', why, ...of })
  }

  #malformed(session: Session, why: string): void {
    this.counters.malformed++
    session.malformed++
    session.tell({ t: 'err', code: 'MP_BAD_FRAME', why })
    if (session.malformed >= SUPPRESSED_AFTER_MALFORMED) session.close(CLOSE.malformed, 'bad frames')
  }

  #tooSlow(id: number): void {
    const session = this.#sessions.get(id)
    if (!session) return
    this.counters.tooSlow++
    this.#forget(session)
    session.socket.close(CLOSE.tooSlow, 'too slow: resume from your offset')
    session.socket.terminate()
  }

  #forget(session: Session): void {
    this.#of.streams.forget(session)
    this.#queries.forget(session)
    const client = session.rights?.client
    if (client !== undefined && this.#byClient.get(client) === session) this.#byClient.delete(client)
  }

  #drain(schedule: DrainSchedule): void {
    this.#draining = true
    const { nowMs } = this.#of
    const departures = new SessionDepartures(this.#sessions.values(), schedule, nowMs())
    this.#leaving = setInterval(() => {
      if (!departures.close(nowMs())) clearInterval(this.#leaving)
    }, DRAIN_STEP_MS)
  }

  #everySecond(): void {
    const now = this.#of.nowMs()
    for (const [session, openedMs] of this.#silent) {
      if (now - openedMs < HELLO_WITHIN_MS) break
      this.#silent.delete(session)
      session.close(CLOSE.noHello, 'no hello in time')
    }
    const turn = ++this.#seconds % PING_EVERY_S
    const wallMs = this.#of.wallMs()
    for (const session of this.#sessions.values()) {
      if (session.expiresAtMs <= wallMs) session.close(CLOSE.expired, 'the token has expired')
      else if (session.id % PING_EVERY_S === turn) this.#look(session)
    }
    this.#of.streams.sweep(wallMs)
  }

  /** Once in 15 s: does it still answer. */
  #look(session: Session): void {
    // Its answer would wait behind the frames that are not read.
    if (session.paused !== undefined) return
    if (!session.alive) {
      session.socket.terminate()
      return
    }
    session.alive = false
    session.output.control(PING)
  }
}
