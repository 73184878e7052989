// Publishers that wait until a second PoP has their message on its disk too, in the order of the commits.
import type { Lane } from '../protocol/lanes.ts'

export interface ReplicaWaiter {
  client: string
  lane: Lane
  seq: number
}

export class ReplicaWaiters {
  readonly #waiting = new Map<string, { of: ReplicaWaiter; commit: number }>()
  #follows = false

  /** False where no second PoP follows: then nobody is to wait. `commit` never falls. */
  add(of: ReplicaWaiter, commit: number): boolean {
    if (this.#follows) this.#waiting.set(identity(of), { of, commit })
    return this.#follows
  }

  has(client: string, lane: Lane, seq: number): boolean {
    return this.#waiting.has(identity({ client, lane, seq }))
  }

  /** A second PoP follows from here on, or follows no more: returns who waited in vain. */
  follow(follows: boolean): ReplicaWaiter[] {
    this.#follows = follows
    if (follows) return []
    const left = [...this.#waiting.values()].map(({ of }) => of)
    this.#waiting.clear()
    return left
  }

  /** Takes out those of commits up to `commit`. */
  settle(commit: number): ReplicaWaiter[] {
    const settled: ReplicaWaiter[] = []
    for (const [id, waiter] of this.#waiting) {
      if (waiter.commit > commit) break
      this.#waiting.delete(id)
      settled.push(waiter.of)
    }
    return settled
  }
}

function identity({ client, lane, seq }: ReplicaWaiter): string {
  return `${lane}/${seq}/${client}`
}
