// Where a client is in each channel, and whether it missed something: told by the PoP, or in silence.
import type { Subscribed } from '../../runtime/protocol/session.ts'

export interface Cursor {
  epoch: string
  /** Last offset seen. */
  off: number
}

export interface Gap {
  ch: string
  /** Last offset seen, and the next one that came. */
  after: number
  off: number
  /** The PoP said `recovered: false`. A gap that nobody told of is a broken promise. */
  told: boolean
}

export class ChannelCursors {
  readonly #cursors = new Map<string, Cursor>()

  /** What to resume from; undefined before the first subscription. */
  at(ch: string): Cursor | undefined {
    return this.#cursors.get(ch)
  }

  subscribed({ ch, epoch, off, recovered }: Subscribed): Gap | null {
    const seen = this.#cursors.get(ch)
    // What was missed follows in order, so a recovered channel goes on from where it was.
    this.#cursors.set(ch, { epoch, off: recovered && seen ? seen.off : off })
    if (recovered) return null
    return { ch, after: seen?.off ?? 0, off, told: true }
  }

  message(ch: string, off: number): Gap | null {
    const seen = this.#cursors.get(ch)
    if (seen === undefined || off <= seen.off) return null
    const after = seen.off
    seen.off = off
    return off === after + 1 ? null : { ch, after, off, told: false }
  }
}
