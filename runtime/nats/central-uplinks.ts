// Central in an event of several PoPs: takes their hellos and what else they say over NATS, and reads their streams.
import { jetstreamManager } from '@nats-io/jetstream'
import { type Msg, type NatsConnection, nuid } from '@nats-io/transport-node'
import { type ConnectionContext, UplinkConnection } from '../central/uplink-connection.ts'
import { MissingHere } from '../errors.ts'
import { parseObject } from '../protocol/parse-object.ts'
import { UPLINK_FRAME_BYTES_MAX } from '../protocol/uplink.ts'
import { CentralSession } from './central-session.ts'
import { causeOf, connectNats, JETSTREAM, type NatsSettings } from './connection.ts'
import { ensureStream, type StreamLimits } from './event-stream.ts'
import { StreamIngest } from './stream-ingest.ts'
import { CENTRAL_SUBSCRIBES, eventOfStream, HEADERS, isToken, senderOf } from './subjects.ts'

export interface NatsUplinksOptions extends ConnectionContext {
  nats: NatsSettings
  stream: StreamLimits
}

/** Between attempts to have the hub back. */
const RETRY_MS = 1_000
/** Events served at once. */
const EVENTS_MAX = 64
/** Of several centrals one answers each hello. */
const QUEUE = 'central'

interface Session {
  socket: CentralSession
  uplink: UplinkConnection
}

export class NatsUplinks {
  readonly #options: NatsUplinksOptions
  readonly #central = nuid.next()
  readonly #sessions = new Map<string, Session>()
  readonly #ingests = new Map<string, Promise<StreamIngest>>()
  #connection: NatsConnection | null = null
  #silenceCheck: NodeJS.Timeout | undefined
  #retry: NodeJS.Timeout | undefined
  #serving: Promise<void> = Promise.resolve()
  #closing = false

  constructor(options: NatsUplinksOptions) {
    this.#options = options
  }

  /** Errors: MP_NATS_UNREACHABLE, MP_NATS_FILE. Afterwards a hub that is lost is tried until it is back. */
  async start(): Promise<void> {
    const { nats, limits } = this.#options
    await this.#serve().catch((cause) => {
      if (cause instanceof MissingHere) throw cause
      throw new MissingHere(
        'MP_NATS_UNREACHABLE',
        `nats-server at ${nats.url} cannot be used: ${causeOf(cause)}`,
        'Start nats-server with JetStream there, or correct NATS_URL.',
        cause,
      )
    })
    this.#silenceCheck = setInterval(() => {
      for (const { uplink } of this.#sessions.values()) uplink.checkSilence()
    }, limits.silenceCheckEveryMs)
  }

  documentsChanged(event: string): void {
    for (const { uplink } of this.#sessions.values()) uplink.documentsChanged(event)
  }

  /** Finishes and answers every transaction in progress, ends the sessions, and leaves the hub. */
  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    clearInterval(this.#silenceCheck)
    clearTimeout(this.#retry)
    await this.#serving
    await Promise.all([...this.#sessions.values()].map(({ uplink }) => uplink.stop()))
    await this.#stopIngests()
    if (this.#connection?.isClosed() === false) await this.#connection.drain()
  }

  async #serve(): Promise<void> {
    const { nats, logger } = this.#options
    const connection = await connectNats(nats, 'micropop central', '_INBOX.micropop-central')
    this.#connection = connection
    try {
      const manager = await jetstreamManager(connection, JETSTREAM)
      for await (const name of manager.streams.names(CENTRAL_SUBSCRIBES.streams)) {
        const event = eventOfStream(name)
        if (event !== null) await this.#ingest(event)
      }
      connection.subscribe(CENTRAL_SUBSCRIBES.hello, {
        queue: QUEUE,
        callback: (error, message) => this.#received(error, message, true),
      })
      connection.subscribe(CENTRAL_SUBSCRIBES.say(this.#central), {
        callback: (error, message) => this.#received(error, message, false),
      })
      await connection.flush()
    } catch (error) {
      await this.#stopIngests()
      await connection.close()
      throw error
    }
    connection.closed().then((error) => this.#lost(connection, error))
    logger.info({ nats: nats.url }, 'uplinks over NATS')
  }

  #lost(connection: NatsConnection, error: unknown): void {
    if (this.#closing || this.#connection !== connection) return
    this.#options.logger.warn({ reason: error ? causeOf(error) : 'closed' }, 'NATS is lost; trying again')
    for (const { socket } of this.#sessions.values()) socket.gone()
    this.#serving = this.#stopIngests().finally(() => this.#retryLater())
  }

  #retryLater(): void {
    if (this.#closing) return
    this.#retry = setTimeout(() => {
      this.#serving = this.#serve().catch((error) => {
        this.#options.logger.debug({ reason: causeOf(error) }, 'NATS is still away')
        this.#retryLater()
      })
    }, RETRY_MS)
  }

  #received(error: Error | null, message: Msg, isHello: boolean): void {
    const { logger, metrics } = this.#options
    if (error) {
      logger.error({ reason: causeOf(error) }, 'a subscription of central ended')
      this.#connection?.close().catch((cause) => logger.warn({ reason: causeOf(cause) }, 'NATS'))
      return
    }
    const name = message.headers?.get(HEADERS.session)
    if (!isToken(name) || message.data.length > UPLINK_FRAME_BYTES_MAX) {
      metrics.refusals.inc({ code: 'MP_UPLINK_FRAME' })
      logger.warn({ subject: message.subject, bytes: message.data.length }, 'a message that no PoP sends')
      return
    }
    const { event, pop } = senderOf(message.subject)
    const id = `${event}/${pop}/${name}`
    if (isHello) this.#greet(id, name, message)
    // A session unknown here has been ended; its PoP is told once more.
    else if (this.#sessions.has(id)) this.#sessions.get(id)?.socket.received(message.data)
    else this.#newSocket(event, pop, name).terminate()
  }

  #greet(id: string, name: string, message: Msg): void {
    const { limits, logger, metrics } = this.#options
    const { event, pop } = senderOf(message.subject)
    const socket = this.#newSocket(event, pop, name)
    const hello = parseObject(message.string())
    const isTheirs = 'ok' in hello && hello.ok.event === event && hello.ok.pop === pop
    const isFull = this.#sessions.size >= limits.uplinks
    if (!isTheirs || isFull || this.#sessions.has(id) || this.#closing) {
      metrics.refusals.inc({ code: 'MP_UPLINK_HELLO' })
      logger.warn({ event, pop, isFull }, 'uplink over NATS not accepted')
      socket.terminate()
      return
    }
    // A PoP that says hello again has given its last session up, whatever became of it.
    for (const [other, { socket: last }] of this.#sessions)
      if (other.startsWith(`${event}/${pop}/`)) last.gone()
    const uplink = new UplinkConnection(socket, this.#options)
    this.#sessions.set(id, { socket, uplink })
    metrics.natsUplinks.set(this.#sessions.size)
    socket.on('close', () => {
      this.#sessions.delete(id)
      metrics.natsUplinks.set(this.#sessions.size)
    })
    // The stream first: what the PoP sends after the answer must find it.
    this.#ingest(event).then(
      () => socket.received(message.data),
      (error) => {
        logger.error({ event, reason: causeOf(error) }, 'the stream of the event cannot be used')
        socket.terminate()
      },
    )
  }

  #newSocket(event: string, pop: string, session: string): CentralSession {
    const connection = this.#connection as NatsConnection
    return new CentralSession({ connection, event, pop, session, central: this.#central })
  }

  #ingest(event: string): Promise<StreamIngest> {
    const known = this.#ingests.get(event)
    if (known) return known
    if (this.#ingests.size >= EVENTS_MAX) return Promise.reject(new Error(`more than ${EVENTS_MAX} events`))
    const started = this.#startIngest(event, this.#connection as NatsConnection)
    this.#ingests.set(event, started)
    started.catch(() => this.#ingests.delete(event))
    return started
  }

  async #startIngest(event: string, connection: NatsConnection): Promise<StreamIngest> {
    const { stream, logger } = this.#options
    await ensureStream(await jetstreamManager(connection, JETSTREAM), event, stream)
    const failed = (error: unknown) => {
      if (connection.isClosed()) return
      logger.error({ event, reason: causeOf(error) }, 'reading the stream failed')
      connection.close().catch((cause) => logger.warn({ reason: causeOf(cause) }, 'NATS'))
    }
    const ingest = new StreamIngest({ ...this.#options, connection, event, failed })
    await ingest.start()
    return ingest
  }

  async #stopIngests(): Promise<void> {
    const ingests = [...this.#ingests.values()]
    this.#ingests.clear()
    const ended = await Promise.allSettled(ingests.map(async (ingest) => (await ingest).stop()))
    for (const end of ended) {
      if (end.status === 'rejected')
        this.#options.logger.warn({ reason: causeOf(end.reason) }, 'a reader ended')
    }
  }
}
