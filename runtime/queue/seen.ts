// Deduplication: one watermark per client and lane, with a bounded window above it.
//
// Hedged and resent messages arrive out of order, so numbers above the watermark are kept until the hole below
// them closes. Beyond the window a message is refused, not dropped: its sender still owns it and sends again.
import type { Lane } from '../protocol/lanes.ts'
import type { SeenSnapshot } from './record.ts'

/** How far above the first missing number a message may arrive. */
export const SEEN_WINDOW = 4096
/** Clients times lanes remembered: the memory of this, about 300 bytes each, and the size of a checkpoint. */
const MARKS_MAX = 200_000
/** Numbers above a hole, of all clients together: beyond, only messages without a hole below them are taken. */
const ABOVE_MAX = 1_000_000

export interface SeenLimits {
  marks: number
  above: number
}

interface Watermark {
  /** Highest number up to which some were passed over, for their client held them no more: 0 where none was. */
  settled: number
  through: number
  above: Set<number>
}

export type Novelty = 'new' | 'duplicate' | 'settled' | 'beyond-window' | 'too-many-clients'

export class Seen {
  readonly #limits: SeenLimits
  readonly #marks = new Map<string, Watermark>()
  #above = 0

  constructor(limits: SeenLimits = { marks: MARKS_MAX, above: ABOVE_MAX }) {
    this.#limits = limits
  }

  /** `from`: the lowest number that the client says it still holds; what is missing below it holds nothing back. */
  look(client: string, lane: Lane, seq: number, from = 1): Novelty {
    const mark = this.#marks.get(key(client, lane))
    if (!mark && this.#marks.size >= this.#limits.marks) return 'too-many-clients'
    const through = mark?.through ?? 0
    if (mark && seq <= mark.settled) return 'settled'
    if (seq <= through || mark?.above.has(seq)) return 'duplicate'
    const window = this.#above < this.#limits.above ? SEEN_WINDOW : 1
    const base = seq < from ? through : Math.max(through, from - 1)
    return seq > base + window ? 'beyond-window' : 'new'
  }

  add(client: string, lane: Lane, seq: number): void {
    const id = key(client, lane)
    let mark = this.#marks.get(id)
    if (!mark) {
      mark = { settled: 0, through: 0, above: new Set() }
      this.#marks.set(id, mark)
    }
    if (seq <= mark.through) return
    const before = mark.above.size
    mark.above.add(seq)
    while (mark.above.delete(mark.through + 1)) mark.through++
    this.#above += mark.above.size - before
  }

  /**
   * Passes over what is missing up to `through`: its sender holds none of it any more, so no hole there will close.
   * None of it counts as seen, or somebody would be told that it is here. Of a client and lane with nothing added
   * nothing is kept.
   */
  settle(client: string, lane: Lane, through: number): void {
    const mark = this.#marks.get(key(client, lane))
    if (!mark || through <= mark.through) return
    const { size } = mark.above
    for (const seq of mark.above) if (seq <= through) mark.above.delete(seq)
    mark.settled = through
    mark.through = through
    while (mark.above.delete(mark.through + 1)) mark.through++
    this.#above += mark.above.size - size
  }

  through(client: string, lane: Lane): number {
    return this.#marks.get(key(client, lane))?.through ?? 0
  }

  /** Up to where some were settled, and are not here for all we know; 0 where all up to `through` were seen. */
  settled(client: string, lane: Lane): number {
    return this.#marks.get(key(client, lane))?.settled ?? 0
  }

  /** Clients times lanes known: what the memory of this grows with. */
  get size(): number {
    return this.#marks.size
  }

  snapshot(): SeenSnapshot[] {
    return [...this.#marks].map(([id, mark]) => {
      const cut = id.indexOf('/')
      return {
        lane: id.slice(0, cut) as Lane,
        client: id.slice(cut + 1),
        settled: mark.settled,
        through: mark.through,
        above: [...mark.above],
      }
    })
  }

  restore(snapshot: readonly SeenSnapshot[]): void {
    for (const { client, lane, settled, through, above } of snapshot) {
      this.#marks.set(key(client, lane), { settled, through, above: new Set(above) })
      this.#above += above.length
    }
  }
}

function key(client: string, lane: Lane): string {
  return `${lane}/${client}`
}
