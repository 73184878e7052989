// Which messages of which clients are here: what is on disk, and what clients said of themselves in a hello.
import { LANES, type Lane } from '../protocol/lanes.ts'
import type { SeenSnapshot } from '../queue/record.ts'
import { type Novelty, Seen } from '../queue/seen.ts'

/** Clients whose hello waits for their first message, at most: the longest waiting goes, and must say hello again. */
const GREETED_MAX = 50_000

type ByLane = Partial<Record<Lane, number>>

export class Identities {
  readonly #seen = new Seen()
  /** What clients said that they still hold, where this PoP has less: it counts once such a message is logged. */
  readonly #greeted = new Map<string, ByLane>()

  /**
   * A client says hello: `from` is the lowest seq of each lane that it still holds. Returns what `acked` does. A hello
   * alone changes nothing of what is known of its client: below `from` counts as settled with the first message from
   * there on that is logged. Not logged itself: after a restart every client says hello again.
   */
  greet(client: string, from: ByLane = {}): ByLane {
    this.#greeted.delete(client)
    if (LANES.some((lane) => (from[lane] ?? 1) - 1 > this.#seen.through(client, lane))) {
      this.#greeted.set(client, from)
      const [longest] = this.#greeted.keys()
      if (this.#greeted.size > GREETED_MAX) this.#greeted.delete(longest as string)
    }
    return this.acked(client, from)
  }

  /**
   * Highest sequence of each lane up to which all that its client holds `from` on is durable here. A lane in which
   * something from there on was passed over, by an earlier hello or a relay, is left out: it may be missing.
   */
  acked(client: string, from: ByLane = {}): ByLane {
    const through = LANES.filter((lane) => this.#seen.passed(client, lane) < (from[lane] ?? 1)).map(
      (lane) => [lane, this.#seen.through(client, lane)] as const,
    )
    return Object.fromEntries(through.filter(([, seq]) => seq > 0))
  }

  look(client: string, lane: Lane, seq: number): Novelty {
    return this.#seen.look(client, lane, seq, this.#from(client, lane))
  }

  /** The message is on disk. */
  add(client: string, lane: Lane, seq: number): void {
    this.#seen.add(client, lane, seq)
    const from = this.#from(client, lane)
    if (from > 1 && seq >= from) this.#seen.settle(client, lane, from - 1)
  }

  /** A message of another PoP is on disk: its client says hello there, so that counts for nothing here. */
  addRelayed(client: string, lane: Lane, seq: number): void {
    this.#seen.addRelayed(client, lane, seq)
  }

  /** Everything of a client's lane up to here is on disk or settled. */
  through(client: string, lane: Lane): number {
    return this.#seen.through(client, lane)
  }

  snapshot(): SeenSnapshot[] {
    return this.#seen.snapshot()
  }

  restore(snapshot: readonly SeenSnapshot[]): void {
    this.#seen.restore(snapshot)
  }

  #from(client: string, lane: Lane): number {
    return this.#greeted.get(client)?.[lane] ?? 1
  }
}
