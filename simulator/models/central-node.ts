// Central under virtual time: the runtime's own rule of what continues a watermark, and one database writer.
import { isOwn } from '../../runtime/broker/own-publishes.ts'
import { continueFrom } from '../../runtime/central/continuation.ts'
import { LANES, type Lane } from '../../runtime/protocol/lanes.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import { type QuantileTable, quantile } from '../calibration/quantile-table.ts'
import type { EventQueue } from '../engine/event-queue.ts'
import { Fifo } from '../engine/fifo.ts'
import type { Random } from '../engine/random.ts'
import { Station } from '../engine/station.ts'
import { SequenceSet } from './sequence-set.ts'

export type BatchAnswer = { is: 'applied'; through: number } | { is: 'gap'; expected: number }

/** What central has of one PoP. */
interface PopAtCentral {
  watermarks: Record<Lane, number>
  /** Records applied, counted one by one. */
  applied: number
}

interface Transaction {
  pop: string
  lane: Lane
  first: number
  records: readonly LogRecord[]
  answer: (answer: BatchAnswer) => void
}

export class CentralNode {
  readonly #clock: EventQueue
  readonly #writer: Station
  readonly #applyMs: QuantileTable
  readonly #random: Random
  readonly #pops = new Map<string, PopAtCentral>()
  /** By lane and client: what was applied, and what stays at a PoP for good. */
  readonly #settled = byLane(() => new Map<string, SequenceSet>())
  /** In the order in which they end: one writer. */
  readonly #transactions = new Fifo<Transaction>()
  readonly #onCommit: number
  /** Of attendees; a PoP's own are applied too. */
  messages = 0
  appliedTwice = 0

  constructor(clock: EventQueue, applyMs: QuantileTable, random: Random) {
    this.#clock = clock
    this.#writer = new Station(clock, 1, 'the writer of central')
    this.#applyMs = applyMs
    this.#random = random
    this.#onCommit = clock.handler(() => this.#commit(this.#transactions.shift()))
  }

  /** Of a client's messages in a lane: those that are here, or kept at a PoP by its channel's rule. */
  settled(client: string, lane: Lane): SequenceSet {
    const clients = this.#settled[lane]
    let settled = clients.get(client)
    if (!settled) {
      settled = new SequenceSet()
      clients.set(client, settled)
    }
    return settled
  }

  of(pop: string): PopAtCentral {
    let known = this.#pops.get(pop)
    if (!known) {
      known = { watermarks: byLane(() => 0), applied: 0 }
      this.#pops.set(pop, known)
    }
    return known
  }

  /** Takes a batch that has arrived; answers once its transaction has ended. */
  batch(
    pop: string,
    lane: Lane,
    first: number,
    records: readonly LogRecord[],
    answer: (answer: BatchAnswer) => void,
  ): void {
    this.#transactions.push({ pop, lane, first, records, answer })
    this.#clock.schedule(this.#writer.serve(quantile(this.#applyMs, this.#random())), this.#onCommit)
  }

  #commit({ pop, lane, first, records, answer }: Transaction): void {
    const at = this.of(pop)
    const next = continueFrom(at.watermarks[lane], first, records.length)
    if (next.is === 'gap') {
      answer(next)
      return
    }
    for (let i = next.skip; i < records.length; i++) {
      const record = records[i] as LogRecord
      at.applied++
      if (!this.settled(record.client, lane).add(record.seq)) this.appliedTwice++
      else if (!isOwn(record)) this.messages++
    }
    at.watermarks[lane] = Math.max(at.watermarks[lane], first + records.length - 1)
    answer({ is: 'applied', through: at.watermarks[lane] })
  }
}

function byLane<T>(of: () => T): Record<Lane, T> {
  return Object.fromEntries(LANES.map((lane) => [lane, of()])) as Record<Lane, T>
}
