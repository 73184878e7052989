// Deduplication: one watermark per client and lane, with a bounded window above it.
//
// Hedged and resent messages arrive out of order, so numbers above the watermark are kept until the hole below
// them closes. Beyond the window a message is refused, not dropped: its sender still owns it and sends again.
import { LANES, type Lane } from '../protocol/lanes.ts'
import type { SeenSnapshot } from './record.ts'

/** How far above the first missing number a message may arrive. */
export const SEEN_WINDOW = 4096
/** Clients times lanes remembered: the memory of this, about 300 bytes each, and the size of a checkpoint. */
const MARKS_MAX = 200_000
/** Numbers above a hole, of all clients together: beyond, only messages without a hole below them are taken. */
const ABOVE_MAX = 1_000_000
/** Holes passed over that one watermark remembers, and all together; the oldest are blurred. */
export const HOLES_MAX = 64
const ALL_HOLES_MAX = 500_000

export interface SeenLimits {
  marks: number
  above: number
  holes?: number
}

interface Watermark {
  /** Highest number below which the client gave up what was missing: 0 where it never did. */
  settled: number
  /** Up to here it is not remembered which were passed over: each may be missing. */
  blurred: number
  /** All up to here were seen or passed over. */
  through: number
  /** Numbers passed over above `blurred`, first and last of each run, ascending. */
  holes: [number, number][]
  /** Seen above `through`; null where nothing is, which is the rule: a set takes more than all the rest. */
  above: Set<number> | null
}

export type Novelty = 'new' | 'duplicate' | 'settled' | 'beyond-window' | 'too-many-clients'

export class Seen {
  readonly #limits: SeenLimits
  /** By lane, then by client: a key made of both would be put together and hashed for every message. */
  readonly #marks = new Map<Lane, Map<string, Watermark>>(LANES.map((lane) => [lane, new Map()]))
  #size = 0
  #above = 0
  #holes = 0

  constructor(limits: SeenLimits = { marks: MARKS_MAX, above: ABOVE_MAX }) {
    this.#limits = limits
  }

  /** `from`: the lowest number that the client says it still holds; what is missing below it holds nothing back. */
  look(client: string, lane: Lane, seq: number, from = 1): Novelty {
    const mark = this.#known(client, lane)
    if (!mark && this.#size >= this.#limits.marks) return 'too-many-clients'
    const through = mark?.through ?? 0
    if (mark && seq <= through) {
      if (seq <= mark.blurred) return 'settled'
      if (holeOf(mark, seq) === -1) return 'duplicate'
      return seq <= mark.settled ? 'settled' : 'new'
    }
    if (mark?.above?.has(seq)) return 'duplicate'
    const window = this.#above < this.#limits.above ? SEEN_WINDOW : 1
    const base = seq < from ? through : Math.max(through, from - 1)
    return seq > base + window ? 'beyond-window' : 'new'
  }

  add(client: string, lane: Lane, seq: number): void {
    const mark = this.#mark(client, lane)
    if (seq <= mark.through) {
      this.#fill(mark, seq)
      return
    }
    if (seq === mark.through + 1 && mark.above === null) {
      mark.through = seq
      return
    }
    const above = mark.above ?? new Set<number>()
    const before = above.size
    this.#keepAbove(mark, above.add(seq), before)
  }

  /**
   * Adds a message that another PoP relayed. What is missing below it is passed over, for it may never come by that
   * way, and is new whenever it comes: nothing is refused for a hole in what was relayed.
   */
  addRelayed(client: string, lane: Lane, seq: number): void {
    this.#pass(this.#mark(client, lane), seq - 1)
    this.add(client, lane, seq)
  }

  /**
   * Passes over what is missing up to `through`: its sender holds none of it any more, so no hole there will close.
   * None of it counts as seen, or somebody would be told that it is here. Of a client and lane with nothing added
   * nothing is kept.
   */
  settle(client: string, lane: Lane, through: number): void {
    const mark = this.#known(client, lane)
    if (!mark || through <= mark.through) return
    mark.settled = through
    this.#pass(mark, through)
  }

  through(client: string, lane: Lane): number {
    return this.#known(client, lane)?.through ?? 0
  }

  /** Highest number that was passed over, and is not here for all we know; 0 where all up to `through` were seen. */
  passed(client: string, lane: Lane): number {
    const mark = this.#known(client, lane)
    return mark?.holes.at(-1)?.[1] ?? mark?.blurred ?? 0
  }

  /** Clients times lanes known: what the memory of this grows with. */
  get size(): number {
    return this.#size
  }

  snapshot(): SeenSnapshot[] {
    const marks = [...this.#marks].flatMap(([lane, clients]) =>
      [...clients].map(([client, mark]) => ({ lane, client, mark })),
    )
    return marks.map(({ lane, client, mark }) => {
      return {
        lane,
        client,
        settled: mark.settled,
        blurred: mark.blurred,
        holes: mark.holes.map(([from, to]) => [from, to]),
        through: mark.through,
        above: [...(mark.above ?? [])],
      }
    })
  }

  restore(snapshot: readonly SeenSnapshot[]): void {
    for (const { client, lane, above, holes, ...mark } of snapshot) {
      this.#keep(client, lane, {
        ...mark,
        holes: holes.map(([from, to]) => [from, to]),
        above: above.length === 0 ? null : new Set(above),
      })
      this.#above += above.length
      this.#holes += holes.length
    }
  }

  #mark(client: string, lane: Lane): Watermark {
    let mark = this.#known(client, lane)
    if (!mark) {
      mark = { settled: 0, blurred: 0, through: 0, holes: [], above: null }
      this.#keep(client, lane, mark)
    }
    return mark
  }

  #known(client: string, lane: Lane): Watermark | undefined {
    return this.#marks.get(lane)?.get(client)
  }

  #keep(client: string, lane: Lane, mark: Watermark): void {
    const clients = this.#marks.get(lane) as Map<string, Watermark>
    if (!clients.has(client)) this.#size++
    clients.set(client, mark)
  }

  /** Moves `through` up, and remembers what was missing on the way. */
  #pass(mark: Watermark, through: number): void {
    if (through <= mark.through) return
    const above = mark.above ?? new Set<number>()
    const { size } = above
    const seen = [...above].filter((seq) => seq <= through).sort((a, b) => a - b)
    let from = mark.through + 1
    for (const seq of [...seen, through + 1]) {
      if (seq > from) this.#hole(mark, from, seq - 1)
      from = seq + 1
    }
    for (const seq of seen) above.delete(seq)
    mark.through = through
    this.#keepAbove(mark, above, size)
  }

  /** What follows `through` without a hole is no longer above it. `before`: how many there were in `above`. */
  #keepAbove(mark: Watermark, above: Set<number>, before: number): void {
    while (above.delete(mark.through + 1)) mark.through++
    this.#above += above.size - before
    mark.above = above.size === 0 ? null : above
  }

  #hole(mark: Watermark, from: number, to: number): void {
    mark.holes.push([from, to])
    this.#holes++
    this.#blur(mark)
  }

  #fill(mark: Watermark, seq: number): void {
    const at = holeOf(mark, seq)
    if (at === -1) return
    const [from, to] = mark.holes[at] as [number, number]
    const rest: [number, number][] = []
    if (from < seq) rest.push([from, seq - 1])
    if (seq < to) rest.push([seq + 1, to])
    mark.holes.splice(at, 1, ...rest)
    this.#holes += rest.length - 1
    this.#blur(mark)
  }

  #blur(mark: Watermark): void {
    const most = this.#holes <= (this.#limits.holes ?? ALL_HOLES_MAX) ? HOLES_MAX : 1
    while (mark.holes.length > most) {
      mark.blurred = (mark.holes.shift() as [number, number])[1]
      this.#holes--
    }
  }
}

/** Index of the hole that `seq` lies in, or -1. */
function holeOf({ holes }: Watermark, seq: number): number {
  return holes.findIndex(([from, to]) => from <= seq && seq <= to)
}
