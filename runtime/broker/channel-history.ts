// The newest messages of each stream (a channel, or one partition of it), bounded by count, bytes and age: sessions
// that resume or read slowly are served from here.
import type { PopConfig } from '../pop-config.ts'
import type { StreamMessage } from './message-frames.ts'

export interface HistoryLimits {
  /** Per stream. */
  messages: number
  /** Per stream, wire bytes. */
  bytes: number
  /** By the time at which a message came to the PoP. */
  seconds: number
  /** Of all streams together, wire bytes: beyond, the oldest messages go first, whichever stream they are of. */
  totalBytes: number
}

/** Of all streams together, wire bytes. */
const TOTAL_BYTES_MAX = 64 * 1024 * 1024

/** As pop.json has them. */
export function historyLimits(limits: PopConfig['limits']): HistoryLimits {
  return {
    messages: limits.historyMessages,
    bytes: limits.historyBytes,
    seconds: limits.historySeconds,
    totalBytes: TOTAL_BYTES_MAX,
  }
}

/** What one stream keeps: ascending offsets without holes, ending at `last`. */
export class StreamHistory {
  #messages: StreamMessage[] = []
  #bytes = 0
  #last = 0

  /** Newest offset. */
  get last(): number {
    return this.#last
  }

  get size(): number {
    return this.#messages.length
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Offset of the oldest message kept; `last + 1` where none is. */
  get oldest(): number {
    return this.#last - this.#messages.length + 1
  }

  at(off: number): StreamMessage | undefined {
    return this.#messages[off - this.oldest]
  }

  /** Whether everything after `off` is here: false too for an offset that this stream never had. */
  covers(off: number): boolean {
    return off <= this.#last && off >= this.oldest - 1
  }

  add(message: StreamMessage): void {
    this.#messages.push(message)
    this.#bytes += message.bytes
    this.#last = message.off
  }

  /** Starts after messages that are no longer in the log. */
  restore(last: number): void {
    this.#last = last
  }

  dropOldest(): StreamMessage {
    const message = this.#messages.shift() as StreamMessage
    this.#bytes -= message.bytes
    return message
  }
}

export class ChannelHistory {
  readonly #limits: HistoryLimits
  readonly #streams = new Map<string, StreamHistory>()
  /** Every message kept, oldest first, and some that went before their turn. */
  #arrivals: { stream: StreamHistory; off: number; t: number }[] = []
  #oldest = 0
  #kept = 0
  #totalBytes = 0

  constructor(limits: HistoryLimits) {
    this.#limits = limits
  }

  /** `name`: see `streamOf`. Made where there is none yet. */
  stream(name: string): StreamHistory {
    let stream = this.#streams.get(name)
    if (!stream) {
      stream = new StreamHistory()
      this.#streams.set(name, stream)
    }
    return stream
  }

  /** Newest offset of a stream that may not exist. */
  last(name: string): number {
    return this.#streams.get(name)?.last ?? 0
  }

  add(name: string, message: StreamMessage): void {
    const stream = this.stream(name)
    this.#startAt(stream, message.off - 1)
    stream.add(message)
    this.#arrivals.push({ stream, off: message.off, t: message.t })
    this.#kept++
    this.#totalBytes += message.bytes
    const { messages, bytes, totalBytes } = this.#limits
    while (stream.size > messages || stream.bytes > bytes) this.#dropOldest(stream)
    while (this.#totalBytes > totalBytes) this.#dropArrival()
    this.#compact()
  }

  /** Forgets what has grown too old. `nowMs`: ms since the Unix epoch. */
  expire(nowMs: number): void {
    const before = nowMs - this.#limits.seconds * 1_000
    while (this.#oldest < this.#arrivals.length) {
      if ((this.#arrivals[this.#oldest] as { t: number }).t >= before) break
      this.#dropArrival()
    }
    this.#compact()
  }

  /** Starts streams whose messages up to these offsets are no longer in the log, or were let go there. */
  restore(offsets: Record<string, number>): void {
    for (const [name, off] of Object.entries(offsets)) this.#startAt(this.stream(name), off)
  }

  /** Nothing is kept across a hole. */
  #startAt(stream: StreamHistory, last: number): void {
    if (last <= stream.last) return
    while (stream.size > 0) this.#dropOldest(stream)
    stream.restore(last)
  }

  offsets(): Record<string, number> {
    return Object.fromEntries([...this.#streams].map(([name, { last }]) => [name, last]))
  }

  /** All messages kept, in an order that primes another history with the same. */
  *messages(): Generator<StreamMessage> {
    for (let i = this.#oldest; i < this.#arrivals.length; i++) {
      const { stream, off } = this.#arrivals[i] as { stream: StreamHistory; off: number }
      const message = stream.at(off)
      if (message) yield message
    }
  }

  #dropArrival(): void {
    const { stream, off } = this.#arrivals[this.#oldest++] as { stream: StreamHistory; off: number }
    if (stream.oldest === off && stream.size > 0) this.#dropOldest(stream)
  }

  #dropOldest(stream: StreamHistory): void {
    this.#totalBytes -= stream.dropOldest().bytes
    this.#kept--
  }

  #compact(): void {
    if (this.#arrivals.length <= 2 * this.#kept + 1_024) return
    this.#arrivals = this.#arrivals.slice(this.#oldest).filter(({ stream, off }) => off >= stream.oldest)
    this.#oldest = 0
  }
}
