// Where a client is in each channel, and whether it missed something: told by the PoP, or in silence.
import type { Message, Skip, Subscribe, Subscribed } from '../../runtime/protocol/session.ts'

interface Cursor {
  ch: string
  part?: number
  epoch: string
  /** Last offset seen. */
  off: number
}

export interface Gap {
  ch: string
  /** Last offset seen, and the next one that came. */
  after: number
  off: number
  /** The PoP said `recovered: false`, or what it spares a slow session. A gap that nobody told of is a broken promise. */
  told: boolean
}

type Stream = Pick<Subscribed, 'ch' | 'part'>

export class ChannelCursors {
  /** By channel, or partition of one. */
  readonly #cursors = new Map<string, Cursor>()

  /** What to ask for: the channel as a whole at first, then each of its partitions from where it was. */
  subscriptions(ch: string): Subscribe[] {
    const seen = [...this.#cursors.values()].filter((cursor) => cursor.ch === ch)
    return seen.length === 0 ? [{ t: 'sub', ch }] : seen.map((cursor) => ({ t: 'sub', ...cursor }))
  }

  subscribed({ ch, part, epoch, off, recovered }: Subscribed): Gap | null {
    const seen = this.#cursors.get(keyOf({ ch, part }))
    // What was missed follows in order, so a recovered channel goes on from where it was.
    const at = recovered && seen ? seen.off : off
    this.#cursors.set(keyOf({ ch, part }), { ch, ...(part !== undefined && { part }), epoch, off: at })
    if (recovered) return null
    return { ch, after: seen?.off ?? 0, off, told: true }
  }

  message(message: Pick<Message, 'ch' | 'part' | 'off'>): Gap | null {
    const { after, off } = this.#advance(message, message.off)
    return off <= after + 1 ? null : { ch: message.ch, after, off, told: false }
  }

  /** What the PoP says that it does not send, and why. */
  skipped({ ch, part, through, why }: Skip): Gap | null {
    const { after, off } = this.#advance({ ch, part }, through)
    return off <= after || why === 'filter' ? null : { ch, after, off, told: true }
  }

  /** From where to where; nowhere before the subscription, or by what came before. */
  #advance(stream: Stream, off: number): { after: number; off: number } {
    const seen = this.#cursors.get(keyOf(stream))
    if (seen === undefined || off <= seen.off) return { after: off, off }
    const after = seen.off
    seen.off = off
    return { after, off }
  }
}

function keyOf({ ch, part }: { ch: string; part?: number | undefined }): string {
  return part === undefined ? ch : `${ch}/${part}`
}
