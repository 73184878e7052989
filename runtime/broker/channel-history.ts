// The newest messages of each channel, bounded by count and bytes, for clients that resume.
import type { LogRecord } from '../queue/record.ts'

export interface HistoryLimits {
  /** Per channel. */
  messages: number
  /** Per channel, wire bytes. */
  bytes: number
  /** Of all channels together, wire bytes: beyond, the oldest messages go first, whichever channel they are of. */
  totalBytes: number
}

interface Channel {
  last: number
  bytes: number
  /** Ascending offsets without holes, ending at `last`. */
  messages: LogRecord[]
}

export interface Resumption {
  /** Newest offset of the channel. */
  off: number
  recovered: boolean
  missed: LogRecord[]
}

export class ChannelHistory {
  readonly #limits: HistoryLimits
  readonly #channels = new Map<string, Channel>()
  /** Every message kept, oldest first, and some that went before their turn. */
  #arrivals: { channel: Channel; off: number }[] = []
  #oldest = 0
  #kept = 0
  #totalBytes = 0

  constructor(limits: HistoryLimits) {
    this.#limits = limits
  }

  last(ch: string): number {
    return this.#channels.get(ch)?.last ?? 0
  }

  /** Channels known: what a checkpoint grows with. */
  get size(): number {
    return this.#channels.size
  }

  knows(ch: string): boolean {
    return this.#channels.has(ch)
  }

  add(record: LogRecord): void {
    const channel = this.#channel(record.ch)
    channel.messages.push(record)
    channel.bytes += record.bytes
    channel.last = record.off
    this.#arrivals.push({ channel, off: record.off })
    this.#kept++
    this.#totalBytes += record.bytes
    const { messages, bytes, totalBytes } = this.#limits
    while (channel.messages.length > messages || channel.bytes > bytes) this.#dropOldest(channel)
    while (this.#totalBytes > totalBytes) {
      const { channel: first, off } = this.#arrivals[this.#oldest++] as { channel: Channel; off: number }
      if (first.messages[0]?.off === off) this.#dropOldest(first)
    }
    if (this.#arrivals.length > 2 * this.#kept + 1_024) {
      const isKept = ({ channel: of, off }: { channel: Channel; off: number }) =>
        off > of.last - of.messages.length
      this.#arrivals = this.#arrivals.slice(this.#oldest).filter(isKept)
      this.#oldest = 0
    }
  }

  /** Starts channels whose messages up to these offsets are no longer in the log. */
  restore(offsets: Record<string, number>): void {
    for (const [ch, off] of Object.entries(offsets)) {
      const channel = this.#channel(ch)
      if (off > channel.last) channel.last = off
    }
  }

  offsets(): Record<string, number> {
    return Object.fromEntries([...this.#channels].map(([ch, { last }]) => [ch, last]))
  }

  /** What a client that saw everything up to `off` has missed; not recovered where some of it is gone. */
  after(ch: string, off: number): Resumption {
    const channel = this.#channels.get(ch)
    const last = channel?.last ?? 0
    const behind = last - off
    if (behind < 0) return { off: last, recovered: false, missed: [] }
    const kept = channel?.messages ?? []
    if (behind > kept.length) return { off: last, recovered: false, missed: [] }
    return { off: last, recovered: true, missed: kept.slice(kept.length - behind) }
  }

  #dropOldest(channel: Channel): void {
    const { bytes } = channel.messages.shift() as LogRecord
    channel.bytes -= bytes
    this.#totalBytes -= bytes
    this.#kept--
  }

  #channel(ch: string): Channel {
    let channel = this.#channels.get(ch)
    if (!channel) {
      channel = { last: 0, bytes: 0, messages: [] }
      this.#channels.set(ch, channel)
    }
    return channel
  }
}
