// Identities of publishes that are admitted and not yet durable. Most clients have one at a time, which then costs no
// set, and no text is put together to look for it.
import { LANES, type Lane } from '../protocol/lanes.ts'

export interface Identified {
  client: string
  lane: Lane
  seq: number
}

export class PendingIdentities {
  /** By client: the one publish, or all of them. */
  readonly #byClient = new Map<string, number | Set<number>>()

  has(publish: Identified): boolean {
    const pending = this.#byClient.get(publish.client)
    if (pending === undefined) return false
    const place = placeOf(publish)
    return typeof pending === 'number' ? pending === place : pending.has(place)
  }

  add(publish: Identified): void {
    const place = placeOf(publish)
    const pending = this.#byClient.get(publish.client)
    if (pending === undefined) this.#byClient.set(publish.client, place)
    else if (typeof pending !== 'number') pending.add(place)
    else if (pending !== place) this.#byClient.set(publish.client, new Set([pending, place]))
  }

  delete(publish: Identified): void {
    const place = placeOf(publish)
    const pending = this.#byClient.get(publish.client)
    if (pending === place) this.#byClient.delete(publish.client)
    else if (typeof pending === 'object' && pending.delete(place) && pending.size === 0) {
      this.#byClient.delete(publish.client)
    }
  }
}

/** One number for lane and sequence. */
function placeOf({ lane, seq }: Identified): number {
  return seq * LANES.length + LANES.indexOf(lane)
}
