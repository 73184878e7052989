// Publishers that wait until central has their message, by lane in the order of the log; without the messages.
import { LANES, type Lane } from '../protocol/lanes.ts'

export interface CentralWaiter {
  client: string
  seq: number
  /** Once central has this record of the lane, it has the message. */
  laneSeq: number
}

export class CentralWaiters {
  readonly #byLane = new Map<Lane, Map<string, CentralWaiter>>(LANES.map((lane) => [lane, new Map()]))

  /** `laneSeq` never falls within a lane. */
  add(lane: Lane, { client, seq, laneSeq }: CentralWaiter): void {
    this.#of(lane).set(`${seq}/${client}`, { client, seq, laneSeq })
  }

  has(lane: Lane, client: string, seq: number): boolean {
    return this.#of(lane).has(`${seq}/${client}`)
  }

  /** Takes out those whose message central has, now that it has everything of `lane` up to `through`. */
  settle(lane: Lane, through: number): CentralWaiter[] {
    const settled: CentralWaiter[] = []
    const waiting = this.#of(lane)
    for (const [id, waiter] of waiting) {
      if (waiter.laneSeq > through) break
      waiting.delete(id)
      settled.push(waiter)
    }
    return settled
  }

  #of(lane: Lane): Map<string, CentralWaiter> {
    return this.#byLane.get(lane) as Map<string, CentralWaiter>
  }
}
