// Media clocks: where each stream is at which time, so that players align to it; the newest is told to who joins.
import type { Denial, PartEffect } from '../broker/part.ts'
import {
  type MediaAction,
  type MediaClock,
  parseMediaAction,
  SHOW,
  type ShowState,
} from '../protocol/show.ts'
import { ShowPart } from './show-part.ts'

const STREAMS_MAX = 64
/** A stream whose clock is further off than this from the PoP's has a clock that is wrong. */
const OFF_MAX_MS = 60_000

export class MediaClocks extends ShowPart<MediaAction> {
  readonly name = 'media-clocks'
  readonly channel = SHOW.media
  #clocks = new Map<string, MediaClock>()

  protected parse = parseMediaAction

  protected refuse(action: MediaAction, tMs: number): Denial | null {
    if (action.do === 'end') return null
    const offMs = Math.round(action.wallMs - tMs)
    if (Math.abs(offMs) > OFF_MAX_MS)
      return {
        code: 'MP_CLOCK_OFF',
        why: `\`wallMs\` is ${offMs} ms off the PoP's clock: synchronise the encoder's`,
      }
    if (this.#clocks.size >= STREAMS_MAX && !this.#clocks.has(action.stream))
      return { code: 'MP_STREAM_LIMIT', why: `there are ${STREAMS_MAX} streams: end one` }
    return null
  }

  protected act(action: MediaAction): PartEffect[] {
    if (action.do === 'end') this.#clocks.delete(action.stream)
    else this.#clocks.set(action.stream, action)
    return []
  }

  protected state(): ShowState | null {
    return this.#clocks.size > 0 ? { clocks: [...this.#clocks.values()] } : null
  }

  snapshot(): MediaClock[] {
    return [...this.#clocks.values()]
  }

  restore(clocks: MediaClock[]): void {
    this.#clocks = new Map(clocks.map((clock) => [clock.stream, clock]))
  }
}
