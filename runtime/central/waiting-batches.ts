// Batches of one uplink that are read and not yet applied: what the next transaction takes of them. Shared with the twin.
//
// A critical message waits for the transaction in progress and for its own, so its own takes nothing but urgent lanes.
// Others share as large a transaction as is allowed: smaller ones made a drain into the embedded store slower.
import type { Lane } from '../protocol/lanes.ts'
import type { Batch } from '../protocol/uplink.ts'
import { isUrgent } from '../queue/path-choice.ts'

interface OfLane {
  lane: Lane
  records: readonly unknown[]
}

interface Waiting<B> {
  batch: B
  bytes: number
}

export class WaitingBatches<B extends OfLane = Batch> {
  readonly #recordsMax: number
  #urgent: Waiting<B>[] = []
  #others: Waiting<B>[] = []
  #bytes = 0

  /** `recordsMax`: of one transaction. */
  constructor(recordsMax: number) {
    this.#recordsMax = recordsMax
  }

  get count(): number {
    return this.#urgent.length + this.#others.length
  }

  get bytes(): number {
    return this.#bytes
  }

  push(batch: B, bytes: number): void {
    const lanes = isUrgent(batch.lane) ? this.#urgent : this.#others
    lanes.push({ batch, bytes })
    this.#bytes += bytes
  }

  /** Takes the oldest batches, urgent ones alone, as many as one transaction has room for, and at least one. */
  take(): B[] {
    const lanes = this.#urgent.length > 0 ? this.#urgent : this.#others
    let records = 0
    const over = lanes.findIndex(({ batch }) => {
      records += batch.records.length
      return records > this.#recordsMax
    })
    const taken = lanes.splice(0, over === -1 ? lanes.length : Math.max(1, over))
    this.#bytes -= taken.reduce((sum, { bytes }) => sum + bytes, 0)
    return taken.map(({ batch }) => batch)
  }

  clear(): void {
    this.#urgent = []
    this.#others = []
    this.#bytes = 0
  }
}
