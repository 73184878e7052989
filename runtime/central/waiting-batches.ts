// Batches of one uplink that are read and not yet applied: what the next transaction takes of them.
//
// A critical message waits for the transaction in progress and for its own, so its own takes nothing but urgent lanes.
// Others share as large a transaction as is allowed: smaller ones made a drain into the embedded store slower.
import type { Batch } from '../protocol/uplink.ts'
import { isUrgent } from '../queue/path-choice.ts'

interface Waiting {
  batch: Batch
  bytes: number
}

export class WaitingBatches {
  readonly #recordsMax: number
  #urgent: Waiting[] = []
  #others: Waiting[] = []
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

  push(batch: Batch, bytes: number): void {
    const lanes = isUrgent(batch.lane) ? this.#urgent : this.#others
    lanes.push({ batch, bytes })
    this.#bytes += bytes
  }

  /** Takes the oldest batches, urgent ones alone, as many as one transaction has room for, and at least one. */
  take(): Batch[] {
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
