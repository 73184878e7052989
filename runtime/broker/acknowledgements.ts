// What a publisher is told, and when: as durable as it asked for, or as the PoP can truly say.
import type { Lane } from '../protocol/lanes.ts'
import type { LaneBacklog } from '../queue/lane-backlog.ts'
import type { LogRecord } from '../queue/record.ts'
import { CentralWaiters } from './central-waiters.ts'
import type { ChannelRules } from './channel-rules.ts'
import type { PopCounters, PopEffect, PublishInput } from './pop-io.ts'
import { ReplicaWaiters } from './replica-waiters.ts'

export interface AcknowledgementsOptions {
  channels: ChannelRules
  /** What central has of each lane. */
  lanes: Readonly<Record<Lane, LaneBacklog>>
  counters: PopCounters
}

export class Acknowledgements {
  readonly #options: AcknowledgementsOptions
  readonly #awaitingCentral = new CentralWaiters()
  readonly #awaitingReplica = new ReplicaWaiters()

  constructor(options: AcknowledgementsOptions) {
    this.#options = options
  }

  /** A record of before a restart: its publisher may still wait for central. */
  replayed(record: LogRecord): void {
    if (waitsForCentral(record)) this.#awaitingCentral.add(record.lane, record)
  }

  /** The record is on disk with commit `commit`. */
  onDisk(record: LogRecord, commit: number): PopEffect[] {
    const { client, lane, seq, ack } = record
    if (ack === 'memory') return []
    if (waitsForCentral(record)) {
      this.#awaitingCentral.add(lane, record)
      return []
    }
    if (ack === 'replica') {
      if (this.#awaitingReplica.add({ client, lane, seq }, commit)) return []
      this.#options.counters.withoutReplica++
    }
    return [{ do: 'ack', client, lane, seq, durable: 'disk' }]
  }

  /** The publish came before, and is on disk. */
  again(publish: PublishInput): PopEffect[] {
    const { client, lane, seq, ch, ack } = publish
    if (this.#awaitingCentral.has(lane, client, seq)) return []
    if (this.#awaitingReplica.has(client, lane, seq)) return []
    const { channels, lanes } = this.#options
    // Never more than was asked for: what was logged for `memory` may be let go.
    if (ack === 'memory') return [{ do: 'ack', client, lane, seq, durable: 'memory' }]
    if (ack !== 'central' || channels.of(ch).upstream === 'none')
      return [{ do: 'ack', client, lane, seq, durable: 'disk' }]
    const { applied, last } = lanes[lane]
    if (applied === last) return [{ do: 'ack', client, lane, seq, durable: 'central' }]
    // Where in the lane it lies is not kept: central has it at the latest with the lane's newest record.
    this.#awaitingCentral.add(lane, { client, seq, laneSeq: last })
    return []
  }

  centralHas(lane: Lane, through: number): PopEffect[] {
    return this.#awaitingCentral
      .settle(lane, through)
      .map(({ client, seq }) => ({ do: 'ack', client, lane, seq, durable: 'central' }))
  }

  /** Whether a second PoP follows the log now. Without one, who waits for it is told that it is on this disk only. */
  replica(follows: boolean): PopEffect[] {
    const left = this.#awaitingReplica.follow(follows)
    this.#options.counters.withoutReplica += left.length
    return left.map((of) => ({ do: 'ack', ...of, durable: 'disk' }))
  }

  /** The second PoP has synced every commit up to this one. */
  replicated(commit: number): PopEffect[] {
    return this.#awaitingReplica.settle(commit).map((of) => ({ do: 'ack', ...of, durable: 'replica' }))
  }
}

/** What stays at the PoP never comes to central, whatever its publisher asked for. */
function waitsForCentral({ ack, laneSeq }: LogRecord): boolean {
  return ack === 'central' && laneSeq > 0
}
