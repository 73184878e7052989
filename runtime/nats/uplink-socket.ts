// The uplink over NATS as the socket that the PoP's uplink client writes frames to and reads them from: batches go
// into the event's stream, everything else to central and back. Opened once, over when anything fails.
import { EventEmitter } from 'node:events'
import { type JetStreamClient, jetstream } from '@nats-io/jetstream'
import { headers, type Msg, type NatsConnection, nuid, TimeoutError } from '@nats-io/transport-node'
import type { Clock } from '../pop/clock.ts'
import type { Lane } from '../protocol/lanes.ts'
import type { Batch, PopUplinkFrame, UplinkHello } from '../protocol/uplink.ts'
import { parseCentralFrame } from '../queue/parse-central-frame.ts'
import { causeOf, connectNats, JETSTREAM, type NatsSettings } from './connection.ts'
import { MESSAGE_OVERHEAD_BYTES } from './event-stream.ts'
import { HEADERS, isToken, subjects } from './subjects.ts'

export interface NatsUplinkSocketOptions {
  nats: NatsSettings
  event: string
  pop: string
  clock: Clock
  /** Central has answered the hello of this log: the way to the hub is open. */
  ready: (connection: NatsConnection, log: string) => void
}

/** A batch whose storing is not confirmed is sent once more under its id: the first may have been stored. */
const STORE_ATTEMPTS = 2
/**
 * Without an answer to a batch for so long, it was lost: the leaf node's link may break and come back unseen. A central
 * whose database is slower gets batches again, which it skips.
 */
const ANSWER_WITHIN_MS = 10_000
/** Status of the server's own answer where nobody listens on a subject. */
const NO_RESPONDERS = 503
/** Of `WebSocket.readyState`. */
const STATE = { connecting: 0, open: 1, closed: 3 } as const

interface Events {
  open: []
  message: [data: Buffer]
  error: [error: Error]
  close: []
}

export class NatsUplinkSocket extends EventEmitter<Events> {
  readyState: 0 | 1 | 3 = STATE.connecting
  /** The connection hands on what it is given at once. */
  readonly bufferedAmount = 0
  readonly #options: NatsUplinkSocketOptions
  readonly #session = nuid.next()
  #connection: NatsConnection | null = null
  #client: JetStreamClient | null = null
  #hello: UplinkHello | null = null
  /** Which central answered. */
  #central: string | null = null
  /** Lanes with a batch stored in this session. */
  readonly #begun = new Set<Lane>()
  /** Newest record sent of each lane that central has not all of, and since when it has said nothing of it. */
  readonly #unanswered = new Map<Lane, { last: number; sinceMs: number }>()
  /** Batches enter the stream in the order in which they were sent. */
  #storing: Promise<void> = Promise.resolve()

  constructor(options: NatsUplinkSocketOptions) {
    super()
    this.#options = options
    this.#open().catch((error) => this.#fail(error))
  }

  /** `text`: one frame, as on the WebSocket. `written`: it is in the connection's hands. */
  send(text: string, written: () => void): void {
    queueMicrotask(written)
    if (this.readyState !== STATE.open) return
    const frame = JSON.parse(text) as PopUplinkFrame
    const { event, pop } = this.#options
    if (frame.t === 'beat') this.#checkAnswers()
    if (frame.t === 'batch') this.#enqueue(frame, text)
    else if (frame.t === 'uplink') {
      this.#hello = frame
      this.#publish(subjects.hello(event, pop), text)
    } else if (this.#central !== null) this.#publish(subjects.say(event, pop, this.#central), text)
  }

  terminate(): void {
    if (this.readyState === STATE.closed) return
    this.readyState = STATE.closed
    this.#close()
    // As a WebSocket does: never while its owner still acts on what it has decided.
    queueMicrotask(() => this.emit('close'))
  }

  async #open(): Promise<void> {
    const { nats, event, pop } = this.#options
    const connection = await connectNats(nats, `micropop ${event}/${pop}`, subjects.inbox(event, pop))
    if (this.readyState === STATE.closed) {
      await connection.close()
      return
    }
    this.#connection = connection
    this.#client = jetstream(connection, JETSTREAM)
    connection.closed().then((error) => this.#fail(error ?? new Error('the connection to NATS is closed')))
    connection.subscribe(subjects.down(event, pop, this.#session), {
      callback: (error, message) => (error ? this.#fail(error) : this.#received(message)),
    })
    this.readyState = STATE.open
    this.emit('open')
  }

  #received(message: Msg): void {
    if (this.readyState !== STATE.open) return
    const { ready } = this.#options
    if (message.headers?.code === NO_RESPONDERS) {
      this.#fail(new Error('no central answers on NATS'))
      return
    }
    if (message.headers?.has(HEADERS.closed)) {
      this.#fail(new Error('central has ended the uplink'))
      return
    }
    const central = message.headers?.get(HEADERS.central)
    if (this.#central === null && this.#hello !== null && isToken(central)) {
      this.#central = central
      ready(this.#connection as NatsConnection, this.#hello.log)
    }
    const data = Buffer.from(message.data)
    this.#answered(data.toString())
    this.emit('message', data)
  }

  #publish(subject: string, text: string): void {
    const { event, pop } = this.#options
    const marks = headers()
    marks.set(HEADERS.session, this.#session)
    // As the reply, so that the server itself says it when no central listens.
    this.#connection?.publish(subject, text, {
      reply: subjects.down(event, pop, this.#session),
      headers: marks,
    })
  }

  /**
   * The first batch of a lane is stored before the next leaves: whoever reads the stream can then tell a batch that
   * was lost on the way from where the session began.
   */
  #enqueue(frame: Batch, text: string): void {
    const sinceMs = this.#unanswered.get(frame.lane)?.sinceMs ?? this.#options.clock.monotonicMs()
    this.#unanswered.set(frame.lane, { last: frame.first + frame.records.length - 1, sinceMs })
    const isFirst = !this.#begun.has(frame.lane)
    this.#begun.add(frame.lane)
    this.#storing = this.#storing.then(async () => {
      const stored = this.#store(frame, text)
      if (isFirst) await stored
    })
  }

  #answered(text: string): void {
    const parsed = parseCentralFrame(text)
    if ('wrong' in parsed || parsed.ok.t !== 'applied') return
    const { lane, through } = parsed.ok
    const waiting = this.#unanswered.get(lane)
    if (!waiting) return
    if (through >= waiting.last) this.#unanswered.delete(lane)
    else waiting.sinceMs = this.#options.clock.monotonicMs()
  }

  /** Called with every beat. */
  #checkAnswers(): void {
    const before = this.#options.clock.monotonicMs() - ANSWER_WITHIN_MS
    const isLost = [...this.#unanswered.values()].some(({ sinceMs }) => sinceMs < before)
    if (isLost) this.#fail(new Error('central does not answer what it was sent'))
  }

  async #store({ lane, first }: Batch, text: string): Promise<void> {
    const { event, pop } = this.#options
    const { log, term = 1 } = this.#hello as UplinkHello
    const data = Buffer.from(text)
    const room = this.#connection?.info?.max_payload ?? 0
    if (data.length + MESSAGE_OVERHEAD_BYTES > room) {
      this.#fail(new Error(`a batch of ${data.length} bytes is over max_payload ${room} of nats-server`))
    }
    const marks = headers()
    marks.set(HEADERS.session, this.#session)
    marks.set(HEADERS.log, log)
    marks.set(HEADERS.term, String(term))
    const msgID = `${log}/${this.#session}/${lane}/${first}`
    for (let attempt = 1; this.readyState === STATE.open; attempt++) {
      try {
        await this.#client?.publish(subjects.up(event, pop), data, { msgID, headers: marks })
        return
      } catch (error) {
        const again = error instanceof TimeoutError && attempt < STORE_ATTEMPTS
        if (!again) this.#fail(error)
      }
    }
  }

  #fail(error: unknown): void {
    if (this.readyState === STATE.closed) return
    this.readyState = STATE.closed
    this.emit('error', error instanceof Error ? new Error(causeOf(error)) : new Error(String(error)))
    this.emit('close')
    this.#close()
  }

  #close(): void {
    // A connection that is broken already has nothing left to close.
    this.#connection?.close().catch(() => undefined)
  }
}
