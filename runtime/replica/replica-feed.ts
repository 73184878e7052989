// The leader's state machine: what its follower has been sent, what it has synced, and whether publishers can wait
// for it. No clock, socket or disk of its own.
//
// A follower that is behind is fed from the log on disk, one that is not gets each commit as it becomes durable. It
// falls back to the disk by itself when its link or its disk is slower: nothing is kept in memory for it. Publishers
// wait for it once it has synced all that it was late with; under a load that never pauses some commits are always on
// their way.

/** A follower that takes longer to sync a commit is not waited for until it has all that was late. */
export const SYNCED_WITHIN_MS = 2_000

export type FeedEffect =
  /** Read the log after this position and send it; answer with `sent`. */
  | { do: 'read'; after: number }
  /** Send the commit that has just become durable; it comes after this position. */
  | { do: 'send'; after: number }
  /** Whether publishers can wait for the follower, from now on. */
  | { do: 'follows'; follows: boolean }
  /** The follower has synced every commit up to this one. */
  | { do: 'replicated'; commit: number }

interface Outstanding {
  commit: number
  /** Once the follower has synced up to here, it has the commit. */
  position: number
  sinceMs: number
}

export class ReplicaFeed {
  #phase: 'none' | 'reading' | 'live' = 'none'
  /** Everything up to here is on the leader's disk. */
  #durable = 0
  #sent = 0
  #synced = 0
  /** What comes after this is sent as it becomes durable; before the follower has all up to here it is late. */
  #liveFrom = 0
  #follows = false
  #outstanding: Outstanding[] = []

  get follows(): boolean {
    return this.#follows
  }

  /** Records on the leader's disk that the follower has not synced; null where there is no follower. */
  get behind(): number | null {
    return this.#phase === 'none' ? null : this.#durable - this.#synced
  }

  get wakeAtMs(): number {
    const [oldest] = this.#outstanding
    return oldest ? oldest.sinceMs + SYNCED_WITHIN_MS : Number.POSITIVE_INFINITY
  }

  /** A follower that has everything up to `position` has connected. */
  connected(position: number, durable: number): FeedEffect[] {
    this.#durable = durable
    this.#sent = position
    this.#synced = position
    return [...this.#readOn(), ...this.#caughtUp()]
  }

  disconnected(): FeedEffect[] {
    this.#phase = 'none'
    return this.#leave()
  }

  /** What was read has been handed to the link, up to `position`. */
  sent(position: number): FeedEffect[] {
    if (this.#phase === 'none') return []
    this.#sent = position
    return this.#readOn()
  }

  /** A commit has become durable here, and with it everything up to `durable`. `busy`: the link takes no more now. */
  committed(commit: number, durable: number, busy: boolean, nowMs: number): FeedEffect[] {
    const after = this.#durable
    this.#durable = durable
    if (this.#phase === 'none') return []
    if (this.#follows) this.#outstanding.push({ commit, position: durable, sinceMs: nowMs })
    if (this.#phase !== 'live') return []
    if (busy) return this.#readOn()
    this.#sent = durable
    return [{ do: 'send', after }]
  }

  /** The follower has synced up to `position`. */
  synced(position: number): FeedEffect[] {
    if (this.#phase === 'none' || position <= this.#synced) return []
    if (position > this.#sent) throw new RangeError(`synced up to ${position}, sent up to ${this.#sent}`)
    this.#synced = position
    const done = this.#outstanding.findLastIndex((waiting) => waiting.position <= position)
    const last = this.#outstanding.splice(0, done + 1).at(-1)
    const replicated: FeedEffect[] = last ? [{ do: 'replicated', commit: last.commit }] : []
    return [...replicated, ...this.#caughtUp()]
  }

  /** Call at `wakeAtMs` or later. */
  wake(nowMs: number): FeedEffect[] {
    return nowMs < this.wakeAtMs ? [] : this.#leave()
  }

  #readOn(): FeedEffect[] {
    this.#phase = this.#sent === this.#durable ? 'live' : 'reading'
    if (this.#phase === 'reading') return [{ do: 'read', after: this.#sent }]
    this.#liveFrom = this.#durable
    return []
  }

  #caughtUp(): FeedEffect[] {
    if (this.#follows || this.#phase !== 'live' || this.#synced < this.#liveFrom) return []
    this.#follows = true
    return [{ do: 'follows', follows: true }]
  }

  #leave(): FeedEffect[] {
    this.#outstanding = []
    if (!this.#follows) return []
    this.#follows = false
    this.#liveFrom = this.#durable
    return [{ do: 'follows', follows: false }]
  }
}
