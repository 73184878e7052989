// Reads an event's stream strictly in its order, from where this reader had come to, and acknowledges in order.
//
// A durable consumer alone delivers again out of order what was not acknowledged. Here its state is set back to what
// is acknowledged whenever something is out of order, and at the start: then all comes again from there.
import {
  AckPolicy,
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream'
import { type NatsConnection, nanos } from '@nats-io/transport-node'
import { JETSTREAM } from './connection.ts'
import { streamName } from './subjects.ts'

export interface StreamReaderOptions {
  connection: NatsConnection
  event: string
  /** Of the durable consumer. */
  name: string
  /** Messages handed over and not yet done with, at most. */
  window: number
  /** Time without a reader after which the server forgets where it had come to; none for ever. */
  forgottenAfterMs?: number
  /** Of several readers with this name one gets the messages; another when that one is gone. */
  shared: boolean
  message: (message: JsMsg) => void
  /** What was handed over and is not done comes again, from the oldest on. */
  restarted: () => void
  /** Messages that the stream let go before they were read. */
  missed: (messages: number) => void
  /** Reading is over: the consumer or the connection is gone. */
  failed: (error: unknown) => void
}

/**
 * Not done with for so long, a message is delivered again, which sets the reader back. It may have gone to a request of
 * this reader's last session, which the server holds open for up to PULL_MS.
 */
const ACK_WAIT_MS = 5_000
/** A shared reader that asks for nothing for so long is taken for gone. */
const PIN_MS = 10_000
/** The server says so often that it is there, while it has nothing to send. */
const HEARTBEAT_MS = 2_000
const PULL_MS = 3 * HEARTBEAT_MS
const GROUP = 'reader'

export class StreamReader {
  readonly #options: StreamReaderOptions
  #manager: JetStreamManager | null = null
  #messages: ConsumerMessages | null = null
  /** Of the message that must come next; null until the server has started over. */
  #expected: number | null = null
  #setBack = false
  /** Handed over and not done, by sequence in the stream, in order. */
  readonly #open = new Map<number, { message: JsMsg; done: boolean }>()
  /** Newest read in order; 0 where that is not known. */
  #newest = 0
  /** Newest acknowledged. */
  #acknowledged = 0
  #stopped = false

  constructor(options: StreamReaderOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { connection, event, name, window, shared, failed } = this.#options
    const stream = streamName(event)
    const manager = await jetstreamManager(connection, JETSTREAM)
    const { forgottenAfterMs } = this.#options
    const info = await manager.consumers.add(stream, {
      durable_name: name,
      ack_policy: AckPolicy.All,
      deliver_policy: DeliverPolicy.All,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: window,
      ...(forgottenAfterMs !== undefined && { inactive_threshold: nanos(forgottenAfterMs) }),
      ...(shared && {
        priority_groups: [GROUP],
        priority_policy: 'pinned_client',
        priority_timeout: nanos(PIN_MS),
      }),
    })
    this.#acknowledged = info.ack_floor.stream_seq
    this.#manager = manager
    const consumer = await jetstream(connection, JETSTREAM).consumers.get(stream, name)
    const group = shared ? ({ group: GROUP } as object) : {}
    this.#messages = await consumer.consume({
      max_messages: window,
      callback: (message) => this.#received(message),
      abort_on_missing_resource: true,
      expires: PULL_MS,
      idle_heartbeat: HEARTBEAT_MS,
      ...group,
    })
    this.#watch(this.#messages).catch(failed)
    this.#messages.closed().then((error) => {
      if (!this.#stopped) failed(error instanceof Error ? error : new Error('the reader was closed'))
    })
    this.startOver()
  }

  /** Whatever is not done comes again. */
  startOver(): void {
    if (this.#stopped || this.#setBack || this.#manager === null) return
    this.#setBack = true
    this.#expected = null
    const { event, name, failed } = this.#options
    this.#manager.consumers
      .reset(streamName(event), name)
      .catch((error) => {
        if (!this.#stopped) failed(error)
      })
      .finally(() => {
        this.#setBack = false
      })
  }

  /** A message is dealt with. Acknowledged when all before it are too. */
  done(seq: number): void {
    const open = this.#open.get(seq)
    if (!open) return
    open.done = true
    let last: JsMsg | null = null
    for (const [of, { message, done }] of this.#open) {
      if (!done) break
      this.#open.delete(of)
      last = message
    }
    if (last === null || this.#stopped || this.#options.connection.isClosed()) return
    this.#acknowledged = Math.max(this.#acknowledged, last.seq)
    last.ack()
  }

  /** A shared reader makes room for the next at once, which otherwise waits until this one is taken for gone. */
  async stop(): Promise<void> {
    const { connection, event, name, shared } = this.#options
    this.#stopped = true
    await this.#messages?.close()
    if (shared && this.#newest > 0 && !connection.isClosed()) {
      await this.#manager?.consumers.unpin(streamName(event), name, GROUP)
    }
  }

  /** What was on its way while the server could not be heard may be lost. */
  async #watch(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) if (type === 'heartbeats_missed') this.startOver()
  }

  #received(message: JsMsg): void {
    if (this.#stopped) return
    const { deliverySequence } = message.info
    if (deliverySequence === 1) {
      this.#open.clear()
      this.#newest = this.#acknowledged
      this.#options.restarted()
    } else if (deliverySequence !== this.#expected) {
      this.startOver()
      return
    }
    this.#expected = deliverySequence + 1
    if (this.#newest > 0 && message.seq > this.#newest + 1) {
      this.#options.missed(message.seq - this.#newest - 1)
    }
    this.#newest = message.seq
    this.#open.set(message.seq, { message, done: false })
    this.#options.message(message)
  }
}
