// Moderation: publishes of a muted client are refused until its mute ends, and messages that were hidden are told to
// the channel they are in, now and to who joins it later.
import type { Denial, PartEffect } from '../broker/part.ts'
import type { PublishInput } from '../broker/pop-io.ts'
import { EMERGENCY_PREFIX, type ModerationAction, parseModerationAction, SHOW } from '../protocol/show.ts'
import type { LogRecord } from '../queue/record.ts'
import { ShowPart } from './show-part.ts'

/** Clients muted at a time, at most. */
const MUTED_MAX = 5_000
/** Messages hidden that are remembered of one channel, and channels with any, at most: the oldest are forgotten. */
const HIDDEN_OF_CHANNEL_MAX = 200
const CHANNELS_MAX = 500

interface Mute {
  reason: string
  untilMs: number
}

interface Place {
  part?: number
  off: number
}

interface Snapshot {
  muted: [client: string, mute: Mute][]
  hidden: [ch: string, places: Place[]][]
}

export class Moderation extends ShowPart<ModerationAction> {
  readonly name = 'moderation'
  readonly channel = SHOW.moderation
  #muted = new Map<string, Mute>()
  #hidden = new Map<string, Place[]>()

  protected parse = parseModerationAction

  override admit(publish: PublishInput): Denial | null {
    return this.#mutes(publish) ?? super.admit(publish)
  }

  protected refuse(action: ModerationAction, tMs: number): Denial | null {
    if (action.do === 'mute') {
      if (action.untilMs <= tMs)
        return { code: 'MP_SHOW_INVALID', why: '`untilMs` is past: give a time to come' }
      if (
        this.#muted.size >= MUTED_MAX &&
        !this.#muted.has(action.client) &&
        this.#standing(tMs) >= MUTED_MAX
      )
        return { code: 'MP_MUTE_LIMIT', why: `${MUTED_MAX} clients are muted: unmute some` }
    }
    if (action.do === 'hide' && /^(collect|show)\./.test(action.ch))
      return { code: 'MP_SHOW_INVALID', why: `nothing on ${action.ch} is there to be hidden` }
    return null
  }

  protected act(action: ModerationAction, record: LogRecord): PartEffect[] {
    switch (action.do) {
      case 'mute':
        this.#makeRoom(record.t)
        this.#muted.set(action.client, { reason: action.reason, untilMs: action.untilMs })
        return []
      case 'unmute':
        this.#muted.delete(action.client)
        return []
      case 'hide':
        return this.#hide(action)
    }
  }

  override joined(client: string, ch: string): PartEffect[] {
    return hiddenFrames(ch, this.#hidden.get(ch) ?? []).map((frame) => ({ do: 'tell-client', client, frame }))
  }

  protected state(): null {
    return null
  }

  snapshot(): Snapshot {
    return { muted: [...this.#muted], hidden: [...this.#hidden].map(([ch, places]) => [ch, [...places]]) }
  }

  restore({ muted, hidden }: Snapshot): void {
    this.#muted = new Map(muted)
    this.#hidden = new Map(hidden.map(([ch, places]) => [ch, [...places]]))
  }

  /** A call for help is never muted, and neither is an operator. */
  #mutes({ client, lane, ch, origin, t }: PublishInput): Denial | null {
    const mute = this.#muted.get(client)
    if (!mute || t >= mute.untilMs || origin !== undefined) return null
    if (lane === 'control' || (lane === 'critical' && ch.startsWith(EMERGENCY_PREFIX))) return null
    const until = new Date(mute.untilMs).toISOString()
    return { code: 'MP_MUTED', why: `muted until ${until}: ${mute.reason}` }
  }

  #standing(tMs: number): number {
    return [...this.#muted.values()].filter(({ untilMs }) => untilMs > tMs).length
  }

  /** Takes out mutes that have ended, and the oldest where other PoPs sent more than are kept. */
  #makeRoom(tMs: number): void {
    if (this.#muted.size < MUTED_MAX) return
    for (const [client, { untilMs }] of this.#muted) if (untilMs <= tMs) this.#muted.delete(client)
    const [oldest] = this.#muted.keys()
    if (this.#muted.size >= MUTED_MAX) this.#muted.delete(oldest as string)
  }

  #hide({ ch, part, off }: Extract<ModerationAction, { do: 'hide' }>): PartEffect[] {
    const places = this.#hidden.get(ch) ?? []
    // A channel moves to the end when something in it is hidden: the first is the one longest left alone.
    this.#hidden.delete(ch)
    this.#hidden.set(ch, places)
    const place = { ...(part !== undefined && { part }), off }
    places.push(place)
    if (places.length > HIDDEN_OF_CHANNEL_MAX) places.shift()
    const [longest] = this.#hidden.keys()
    if (this.#hidden.size > CHANNELS_MAX) this.#hidden.delete(longest as string)
    return hiddenFrames(ch, [place]).map((frame) => ({ do: 'tell', ch, frame }))
  }
}

/** One frame for each partition. */
function hiddenFrames(ch: string, places: readonly Place[]) {
  return [...Map.groupBy(places, ({ part }) => part)].map(([part, of]) => ({
    t: 'hide' as const,
    ch,
    ...(part !== undefined && { part }),
    offs: of.map(({ off }) => off),
  }))
}
