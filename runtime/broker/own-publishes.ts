// What the PoP itself publishes, for its parts: an identity for each, and another try after a full disk.
import type { Lane } from '../protocol/lanes.ts'
import type { PublishInput } from './pop-io.ts'

/** Begins the client of what a PoP publishes: no attendee's id can. */
const PREFIX = '@'
/** Of a frame around the body, about: what lanes and windows count. */
const FRAME_BYTES = 120
/** Kept for another try, at most; parts that must not lose one find out at their next `wake`. */
const HELD_MAX = 1_000

export class OwnPublishes {
  readonly #newest = new Map<Lane, number>()
  #held: PublishInput[] = []

  /** `through`: number of the newest of that client and lane on disk. */
  make(
    epoch: string,
    { lane, ch, body }: { lane: Lane; ch: string; body: unknown },
    tMs: number,
    through: (client: string, lane: Lane) => number,
  ): PublishInput {
    // The epoch makes these unique also after a replaced disk, and where another PoP goes on with less of the log.
    const client = `${PREFIX}${epoch}`
    const seq = Math.max(this.#newest.get(lane) ?? 0, through(client, lane)) + 1
    this.#newest.set(lane, seq)
    const bytes = JSON.stringify(body).length + FRAME_BYTES
    return { client, lane, seq, ch, at: tMs, t: tMs, ack: 'disk', body, bytes }
  }

  hold(publishes: readonly PublishInput[]): void {
    this.#held.push(...publishes.slice(0, HELD_MAX - this.#held.length))
  }

  /** Everything held, to be tried again. */
  release(): PublishInput[] {
    return this.#held.splice(0)
  }
}

export function isOwn({ client }: { client: string }): boolean {
  return client.startsWith(PREFIX)
}
