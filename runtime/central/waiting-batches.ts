// Batches of one uplink that are read and not yet applied: what the next transaction takes of them.
//
// A critical message waits for the transaction in progress and for its own. So those of others stay short on a slow
// store, and its own takes nothing but urgent lanes; within a lane the order stays.
import type { Batch } from '../protocol/uplink.ts'
import { isUrgent } from '../queue/path-choice.ts'

/** What a transaction should take. */
const TRANSACTION_MS = 50
/** A transaction costs the embedded store as much as about 80 records: with fewer than these it would take too few in all. */
const RECORDS_MIN = 300
/** Weight of the newest transaction in what a record takes. */
const NEWEST_SHARE = 0.3

interface Waiting {
  batch: Batch
  bytes: number
}

export class WaitingBatches {
  readonly #recordsMax: number
  #urgent: Waiting[] = []
  #others: Waiting[] = []
  #bytes = 0
  #msPerRecord = 0

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

  /** Of one transaction, by how long those before took: fewer while the store is slow. */
  get records(): number {
    const affordable = this.#msPerRecord === 0 ? this.#recordsMax : TRANSACTION_MS / this.#msPerRecord
    return Math.min(this.#recordsMax, Math.max(RECORDS_MIN, Math.floor(affordable)))
  }

  /** Takes the oldest batches, urgent ones alone, as many as one transaction has room for, and at least one. */
  take(): Batch[] {
    const lanes = this.#urgent.length > 0 ? this.#urgent : this.#others
    const most = this.records
    let records = 0
    const over = lanes.findIndex(({ batch }) => {
      records += batch.records.length
      return records > most
    })
    const taken = lanes.splice(0, over === -1 ? lanes.length : Math.max(1, over))
    this.#bytes -= taken.reduce((sum, { bytes }) => sum + bytes, 0)
    return taken.map(({ batch }) => batch)
  }

  /** A transaction of `records` took `ms`. */
  applied(records: number, ms: number): void {
    // A few carry a whole transaction's cost: they say nothing of what another record would add.
    if (records < RECORDS_MIN / 2) return
    const newest = ms / records
    this.#msPerRecord += (this.#msPerRecord === 0 ? 1 : NEWEST_SHARE) * (newest - this.#msPerRecord)
  }

  clear(): void {
    this.#urgent = []
    this.#others = []
    this.#bytes = 0
  }
}
