// Presence: how many are subscribed to each channel, and a bounded list of who. A joiner is told at once; changes are
// told to all at most once a second a channel, so that 2,000 who join in one second cost 2,000 steps and one frame to
// each, not 2,000 to each.
//
// Lists are sets: a name that is there already is told the list again and nobody else anything, one that is not leaves
// in vain. So a joiner may be told of a change that its first frame showed.
import type { Presence as PresenceFrame } from '../protocol/session.ts'
import type { Part, PartEffect } from './part.ts'

/** Names in a frame, at most. Where more changed than that, the list is told afresh. */
export const NAMES_MAX = 100
/** Between two frames about one channel. */
export const INTERVAL_MS = 1_000
/** How long a first change after a quiet time waits for others. */
const GATHER_MS = 50

interface Channel {
  readonly members: Set<string>
  /** The first NAMES_MAX of `members`, shared by all frames until it changes; null where it must be read again. */
  names: readonly string[] | null
  /** Who came or went since the last frame; the set is the same as `members` for each. Not kept beyond NAMES_MAX. */
  readonly changed: Set<string>
  tooMany: boolean
}

export class Presence implements Part {
  readonly name = 'presence'
  readonly #channels = new Map<string, Channel>()
  #dirty = new Set<string>()
  #tellAtMs = Number.POSITIVE_INFINITY
  #toldAtMs = Number.NEGATIVE_INFINITY

  get wakeAtMs(): number {
    return this.#tellAtMs
  }

  count(ch: string): number {
    return this.#channels.get(ch)?.members.size ?? 0
  }

  admit(): null {
    return null
  }

  apply(): PartEffect[] {
    return []
  }

  joined(client: string, ch: string, nowMs: number): PartEffect[] {
    let channel = this.#channels.get(ch)
    if (!channel) {
      channel = { members: new Set(), names: [], changed: new Set(), tooMany: false }
      this.#channels.set(ch, channel)
    }
    if (!channel.members.has(client)) {
      channel.members.add(client)
      if (channel.names && channel.members.size <= NAMES_MAX) channel.names = null
      this.#change(ch, channel, client, nowMs)
    }
    return [{ do: 'tell-client', client, frame: wholeFrame(ch, channel) }]
  }

  left(client: string, ch: string, nowMs: number): PartEffect[] {
    const channel = this.#channels.get(ch)
    if (!channel?.members.delete(client)) return []
    if (channel.members.size === 0) {
      this.#channels.delete(ch)
      this.#dirty.delete(ch)
      return []
    }
    if (channel.names?.includes(client)) channel.names = null
    this.#change(ch, channel, client, nowMs)
    return []
  }

  wake(nowMs: number): PartEffect[] {
    if (nowMs < this.#tellAtMs) return []
    this.#toldAtMs = nowMs
    this.#tellAtMs = Number.POSITIVE_INFINITY
    const dirty = this.#dirty
    this.#dirty = new Set()
    return [...dirty].map((ch) => {
      const channel = this.#channels.get(ch) as Channel
      const frame = channel.tooMany ? wholeFrame(ch, channel) : changesFrame(ch, channel)
      channel.changed.clear()
      channel.tooMany = false
      return { do: 'tell', ch, frame }
    })
  }

  /** Sessions end with the PoP: nothing of this outlives it. */
  snapshot(): null {
    return null
  }

  restore(): void {}

  #change(ch: string, channel: Channel, client: string, nowMs: number): void {
    if (channel.changed.size < NAMES_MAX || channel.changed.has(client)) channel.changed.add(client)
    else channel.tooMany = true
    this.#dirty.add(ch)
    if (this.#tellAtMs === Number.POSITIVE_INFINITY)
      this.#tellAtMs = Math.max(nowMs + GATHER_MS, this.#toldAtMs + INTERVAL_MS)
  }
}

function wholeFrame(ch: string, channel: Channel): PresenceFrame {
  channel.names ??= [...channel.members.values().take(NAMES_MAX)]
  return { t: 'presence', ch, count: channel.members.size, all: channel.names as string[] }
}

function changesFrame(ch: string, { members, changed }: Channel): PresenceFrame {
  const [joined, left] = [
    [...changed].filter((c) => members.has(c)),
    [...changed].filter((c) => !members.has(c)),
  ]
  return {
    t: 'presence',
    ch,
    count: members.size,
    ...(joined.length > 0 && { joined }),
    ...(left.length > 0 && { left }),
  }
}
