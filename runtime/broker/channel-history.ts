// The newest messages of each channel, bounded by count and bytes, for clients that resume.
import type { LogRecord } from '../queue/record.ts'

export interface HistoryLimits {
  /** Per channel. */
  messages: number
  /** Per channel, wire bytes. */
  bytes: number
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

  constructor(limits: HistoryLimits) {
    this.#limits = limits
  }

  last(ch: string): number {
    return this.#channels.get(ch)?.last ?? 0
  }

  add(record: LogRecord): void {
    const channel = this.#channel(record.ch)
    channel.messages.push(record)
    channel.bytes += record.bytes
    channel.last = record.off
    while (channel.messages.length > this.#limits.messages || channel.bytes > this.#limits.bytes) {
      channel.bytes -= (channel.messages.shift() as LogRecord).bytes
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

  #channel(ch: string): Channel {
    let channel = this.#channels.get(ch)
    if (!channel) {
      channel = { last: 0, bytes: 0, messages: [] }
      this.#channels.set(ch, channel)
    }
    return channel
  }
}
