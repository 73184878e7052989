// Central as attendees of one venue meet it where there is no PoP: what waits is committed together, then acknowledged.

import type { LogRecord } from '../../runtime/queue/record.ts'
import type { CentralNode } from '../models/central-node.ts'
import { SequenceSet } from '../models/sequence-set.ts'
import { SUBSCRIBED } from '../workload/run-plan.ts'

export interface DirectCentralOptions {
  venue: string
  central: CentralNode
  /** Central has committed it now: first time or again. */
  acked: (client: string, seq: number) => void
  deliver: (record: LogRecord) => void
  /** Committed for the first time now. */
  synced: (record: LogRecord) => void
}

export class DirectCentral {
  readonly #of: DirectCentralOptions
  /** By client: what has come, committed or not. */
  readonly #come = new Map<string, SequenceSet>()
  #waiting: LogRecord[] = []
  #committing = false
  #newest = 0

  constructor(options: DirectCentralOptions) {
    this.#of = options
  }

  /** A publish has arrived; its place in the lane is given here. One that is sent again takes effect once. */
  publish(publish: Omit<LogRecord, 'laneSeq' | 'off'>): void {
    const { client, seq, lane } = publish
    let come = this.#come.get(client)
    if (!come) {
      come = new SequenceSet()
      this.#come.set(client, come)
    }
    if (!come.add(seq)) {
      // Where it is not committed yet, the acknowledgement is still to come.
      if (this.#of.central.settled(client, lane).has(seq)) this.#of.acked(client, seq)
      return
    }
    this.#newest++
    this.#waiting.push({ ...publish, laneSeq: this.#newest, off: this.#newest })
    if (!this.#committing) this.#commit()
  }

  #commit(): void {
    const { central, venue, acked, deliver, synced } = this.#of
    const records = this.#waiting
    const [first] = records
    if (first === undefined) return
    this.#waiting = []
    this.#committing = true
    central.batch(venue, first.lane, first.laneSeq, records, (answer) => {
      if (answer.is !== 'applied')
        throw new Error(`central has a gap in what it got from ${venue}: a defect of the model`)
      this.#committing = false
      for (const record of records) {
        synced(record)
        acked(record.client, record.seq)
        if (SUBSCRIBED.includes(record.ch)) deliver(record)
      }
      this.#commit()
    })
  }
}
