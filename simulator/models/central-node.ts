// Central under virtual time: the runtime's own rule of what continues a watermark, and one database writer.
import { isOwn } from '../../runtime/broker/own-publishes.ts'
import { continueFrom } from '../../runtime/central/continuation.ts'
import { LANES, type Lane } from '../../runtime/protocol/lanes.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import { type QuantileTable, quantile } from '../calibration/quantile-table.ts'
import type { EventQueue } from '../engine/event-queue.ts'
import type { Random } from '../engine/random.ts'
import { Station } from '../engine/station.ts'

export type BatchAnswer = { is: 'applied'; through: number } | { is: 'gap'; expected: number }

export class CentralNode {
  readonly #clock: EventQueue
  readonly #writer: Station
  readonly #applyMs: QuantileTable
  readonly #random: Random
  readonly #watermarks = new Map<string, Record<Lane, number>>()
  readonly #applied = new Set<string>()
  /** Of attendees; a PoP's own are applied too. */
  messages = 0
  appliedTwice = 0

  constructor(clock: EventQueue, applyMs: QuantileTable, random: Random) {
    this.#clock = clock
    this.#writer = new Station(clock)
    this.#applyMs = applyMs
    this.#random = random
  }

  has(client: string, lane: Lane, seq: number): boolean {
    return this.#applied.has(`${lane}/${seq}/${client}`)
  }

  watermarks(pop: string): Record<Lane, number> {
    let marks = this.#watermarks.get(pop)
    if (!marks) {
      marks = Object.fromEntries(LANES.map((lane) => [lane, 0])) as Record<Lane, number>
      this.#watermarks.set(pop, marks)
    }
    return marks
  }

  /** Takes a batch that has arrived; answers once its transaction has ended. */
  batch(
    pop: string,
    lane: Lane,
    first: number,
    records: readonly LogRecord[],
    answer: (answer: BatchAnswer) => void,
  ): void {
    const doneMs = this.#writer.serve(quantile(this.#applyMs, this.#random()))
    this.#clock.at(doneMs, () => {
      const marks = this.watermarks(pop)
      const next = continueFrom(marks[lane], first, records.length)
      if (next.is === 'gap') {
        answer(next)
        return
      }
      for (const record of records.slice(next.skip)) {
        const id = `${lane}/${record.seq}/${record.client}`
        if (this.#applied.has(id)) this.appliedTwice++
        else if (!isOwn(record)) this.messages++
        this.#applied.add(id)
      }
      marks[lane] = Math.max(marks[lane], first + records.length - 1)
      answer({ is: 'applied', through: marks[lane] })
    })
  }
}
