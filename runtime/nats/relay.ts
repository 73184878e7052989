// Follows the event's stream for one PoP: what other PoPs sent up comes to its core, in the order of each.
import type { JsMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import type { PublishInput } from '../broker/pop-io.ts'
import { parseUplinkFrame } from '../central/parse-frame.ts'
import type { Clock } from '../pop/clock.ts'
import type { Batch } from '../protocol/uplink.ts'
import { causeOf } from './connection.ts'
import { STREAM_LIMITS } from './event-stream.ts'
import { StreamReader } from './stream-reader.ts'
import { type BatchSender, batchSenderOf } from './subjects.ts'

export interface RelayOptions {
  event: string
  pop: string
  clock: Clock
  /** Hands a batch to the core: see `PopCore.relayed`. */
  relayed: (position: number, publishes: PublishInput[]) => void
  log: Logger
}

/** Batches handed to the core and not yet on its disk, at most. */
const WINDOW = 16
/** Until a batch is handed over again that the core had no room for. */
const RETRY_MS = 1_000
/** Sessions and lanes whose next number is kept. */
const LANES_MAX = 10_000

export class Relay {
  readonly #options: RelayOptions
  readonly #reader: StreamReader
  /** Number that continues a session's lane. */
  readonly #next = new Map<string, number>()
  #retry: NodeJS.Timeout | undefined
  /** A batch was not taken: those behind it come again after it, and not before. */
  #held = false

  /** Starts reading where the PoP's log `log` had come to. `failed` once, where it cannot go on. */
  static async start(
    options: RelayOptions,
    connection: NatsConnection,
    log: string,
    failed: (error: unknown) => void,
  ): Promise<Relay> {
    const { event, pop } = options
    const relay: Relay = new Relay(
      options,
      new StreamReader({
        connection,
        event,
        // A new disk knows nothing of the old: it starts over, from as far back as the stream reaches.
        name: `relay_${pop}_${log}`,
        window: WINDOW,
        forgottenAfterMs: STREAM_LIMITS.ageMs,
        shared: false,
        message: (message) => relay.#received(message),
        restarted: () => relay.#restarted(),
        missed: (messages) => relay.#missed(messages),
        failed,
      }),
    )
    await relay.#reader.start()
    return relay
  }

  private constructor(options: RelayOptions, reader: StreamReader) {
    this.#options = options
    this.#reader = reader
  }

  /** The core's answer: the batch is on disk, or must come again. */
  relayed(position: number, taken: boolean): void {
    if (taken) {
      this.#reader.done(position)
      return
    }
    clearTimeout(this.#retry)
    this.#held = true
    this.#retry = setTimeout(() => this.#reader.startOver(), RETRY_MS)
  }

  async stop(): Promise<void> {
    clearTimeout(this.#retry)
    await this.#reader.stop()
  }

  #restarted(): void {
    this.#held = false
  }

  #received(message: JsMsg): void {
    if (this.#held) return
    const { event, pop, relayed, log, clock } = this.#options
    const sender = batchSenderOf(message.subject, message.headers)
    const frame = sender?.pop === pop ? null : parseUplinkFrame(message.string())
    if (sender === null || sender.event !== event || (frame !== null && !isBatch(frame))) {
      log.warn({ subject: message.subject, seq: message.seq }, 'a message of the stream is no batch of a PoP')
      this.#reader.done(message.seq)
    } else if (frame === null || !this.#continues(sender, frame.ok)) {
      this.#reader.done(message.seq)
    } else {
      relayed(message.seq, publishesOf(sender, frame.ok, message.data.length, clock.wallMs()))
    }
  }

  /**
   * False for a batch whose predecessor was lost on its way into the stream. Central refuses it too, and the PoP sends
   * both again in a new session: taking it here would put it before its predecessor.
   */
  #continues({ pop, log, session }: BatchSender, { lane, first, records }: Batch): boolean {
    const key = `${pop}/${log}/${session}/${lane}`
    const next = this.#next.get(key)
    if (next !== undefined && first > next) return false
    this.#next.delete(key)
    this.#next.set(key, Math.max(next ?? 0, first + records.length))
    const [oldest] = this.#next.keys()
    if (this.#next.size > LANES_MAX) this.#next.delete(oldest as string)
    return true
  }

  #missed(messages: number): void {
    this.#next.clear()
    this.#options.log.error({ messages }, 'the stream let batches of other PoPs go before they came here')
  }
}

export function describeFailure(error: unknown): string {
  return `the relay of other PoPs stopped: ${causeOf(error)}`
}

function isBatch(parsed: ReturnType<typeof parseUplinkFrame>): parsed is { ok: Batch } {
  return 'ok' in parsed && parsed.ok.t === 'batch'
}

/** Records that their PoP shed are not there. `tMs`: now, by the wall clock. */
function publishesOf(
  { pop }: BatchSender,
  { lane, records }: Batch,
  bytes: number,
  tMs: number,
): PublishInput[] {
  const each = Math.ceil(bytes / records.length)
  return records.flatMap((record) => {
    if (record === null) return []
    const { client, seq, ch, body, at, t = tMs } = record
    return [{ client, lane, seq, ch, body, at, t, ack: 'disk' as const, bytes: each, origin: pop }]
  })
}
