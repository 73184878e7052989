// What of the log's messages clients may still resume from, gathered while it is replayed: it primes every front.
import type { PopConfig } from '../pop-config.ts'
import { COLLECT_PREFIX } from '../protocol/session.ts'
import { type LogEntry, streamOf } from '../queue/record.ts'
import { ChannelHistory, historyLimits } from './channel-history.ts'
import { type Delivery, deliveryOf, StreamMessage } from './message-frames.ts'

export class ReplayedHistory {
  readonly #history: ChannelHistory

  constructor(limits: PopConfig['limits']) {
    this.#history = new ChannelHistory(historyLimits(limits))
  }

  /** Takes one entry of the log, oldest first. */
  replay(entry: LogEntry): void {
    if ('checkpoint' in entry) {
      this.#history.restore(entry.checkpoint.channels)
    } else if ('shed' in entry) {
      const { ch, part, off } = entry.shed
      this.#history.restore({ [streamOf(ch, part)]: off })
    } else if (!entry.message.ch.startsWith(COLLECT_PREFIX)) {
      const { ch, part } = entry.message
      this.#history.add(streamOf(ch, part), new StreamMessage(deliveryOf(entry.message)))
    }
  }

  /** What primes a history elsewhere with the same. `nowMs`: ms since the Unix epoch. */
  primer(nowMs: number): { offsets: Record<string, number>; deliveries: Delivery[] } {
    this.#history.expire(nowMs)
    const deliveries = [...this.#history.messages()].map(({ delivery }) => delivery)
    const before = { ...this.#history.offsets() }
    for (const { ch, part, off } of deliveries.toReversed()) before[streamOf(ch, part)] = off - 1
    return { offsets: before, deliveries }
  }
}
