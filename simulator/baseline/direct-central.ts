// Central as attendees of one venue meet it where there is no PoP: what waits is committed together, then acknowledged.

import type { LogRecord } from '../../runtime/queue/record.ts'
import type { Applied, CentralConnection, CentralNode } from '../models/central-node.ts'
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
  readonly #atCentral: CentralConnection
  /** By client: what has come, committed or not. */
  readonly #come = new Map<string, SequenceSet>()
  #waiting: LogRecord[] = []
  #committing = false
  #newest = 0

  constructor(options: DirectCentralOptions) {
    this.#of = options
    const { central, venue } = options
    this.#atCentral = central.connection(venue, (applied) => this.#committed(applied))
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
    const [first] = this.#waiting
    if (first === undefined) return
    const records = this.#waiting
    this.#waiting = []
    this.#committing = true
    this.#atCentral.batch({ lane: first.lane, first: first.laneSeq, records })
  }

  #committed({ fresh, gaps }: Applied): void {
    const { venue, acked, deliver, synced } = this.#of
    if (Object.keys(gaps).length > 0)
      throw new Error(`central has a gap in what it got from ${venue}: a defect of the model`)
    this.#committing = false
    for (const record of fresh) {
      synced(record)
      acked(record.client, record.seq)
      if (SUBSCRIBED.includes(record.ch)) deliver(record)
    }
    this.#commit()
  }
}
