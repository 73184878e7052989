// Deduplication: one watermark per client and lane, with a bounded window above it.
//
// Hedged and resent messages arrive out of order, so numbers above the watermark are kept until the hole below
// them closes. Beyond the window a message is refused, not dropped: its sender still owns it and sends again.
import type { Lane } from '../protocol/lanes.ts'
import type { SeenSnapshot } from './record.ts'

/** How far above the first missing number a message may arrive. */
export const SEEN_WINDOW = 4096

interface Watermark {
  through: number
  above: Set<number>
}

export type Novelty = 'new' | 'duplicate' | 'beyond-window'

export class Seen {
  readonly #marks = new Map<string, Watermark>()

  look(client: string, lane: Lane, seq: number): Novelty {
    const mark = this.#marks.get(key(client, lane))
    const through = mark?.through ?? 0
    if (seq <= through || mark?.above.has(seq)) return 'duplicate'
    return seq > through + SEEN_WINDOW ? 'beyond-window' : 'new'
  }

  add(client: string, lane: Lane, seq: number): void {
    const id = key(client, lane)
    let mark = this.#marks.get(id)
    if (!mark) {
      mark = { through: 0, above: new Set() }
      this.#marks.set(id, mark)
    }
    if (seq <= mark.through) return
    mark.above.add(seq)
    while (mark.above.delete(mark.through + 1)) mark.through++
  }

  /** Counts everything up to `through` as seen: its sender holds none of it any more, so no hole there will close. */
  settle(client: string, lane: Lane, through: number): void {
    if (through <= this.through(client, lane)) return
    const id = key(client, lane)
    const above = new Set(this.#marks.get(id)?.above)
    for (const seq of above) if (seq <= through) above.delete(seq)
    let reached = through
    while (above.delete(reached + 1)) reached++
    this.#marks.set(id, { through: reached, above })
  }

  through(client: string, lane: Lane): number {
    return this.#marks.get(key(client, lane))?.through ?? 0
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
        through: mark.through,
        above: [...mark.above],
      }
    })
  }

  restore(snapshot: readonly SeenSnapshot[]): void {
    for (const { client, lane, through, above } of snapshot) {
      this.#marks.set(key(client, lane), { through, above: new Set(above) })
    }
  }
}

function key(client: string, lane: Lane): string {
  return `${lane}/${client}`
}
