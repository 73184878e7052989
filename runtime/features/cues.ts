// Cues: each id fires once, now or at a time to come, and can be cancelled until then. Who joins late is told of the
// cues that are still to be presented.
import type { Denial, PartEffect } from '../broker/part.ts'
import { type CueAction, type FireCue, parseCueAction, SHOW, type ShowState } from '../protocol/show.ts'
import type { LogRecord } from '../queue/record.ts'
import { ShowPart } from './show-part.ts'

/** Cues that wait for their time, at most. */
const PENDING_MAX = 256
/** Ids remembered, newest first to stay: only those are refused when they come again. */
const IDS_MAX = 1_000
/** A cue is not planned further ahead. */
const AHEAD_MAX_MS = 24 * 3_600_000

interface Snapshot {
  pending: FireCue[]
  ids: string[]
}

export class Cues extends ShowPart<CueAction> {
  readonly name = 'cues'
  readonly channel = SHOW.cues
  #pending = new Map<string, FireCue & { atMs: number }>()
  #ids = new Set<string>()

  protected parse = parseCueAction

  protected refuse(action: CueAction, tMs: number): Denial | null {
    const { id } = action
    if (action.do === 'cancel') {
      return this.#waits(id, tMs)
        ? null
        : { code: 'MP_CUE_UNKNOWN', why: `no cue ${id} is waiting for its time` }
    }
    if (this.#ids.has(id)) return { code: 'MP_CUE_EXISTS', why: `cue ${id} was fired: give another id` }
    const { atMs } = action
    if (atMs === undefined) return null
    if (atMs <= tMs)
      return {
        code: 'MP_CUE_LATE',
        why: `\`atMs\` is ${Math.ceil(tMs - atMs)} ms ago: leave it out to fire now`,
      }
    if (atMs > tMs + AHEAD_MAX_MS) return { code: 'MP_CUE_EARLY', why: '`atMs` is more than a day ahead' }
    const waiting = [...this.#pending.keys()].filter((pending) => this.#waits(pending, tMs)).length
    return waiting < PENDING_MAX
      ? null
      : { code: 'MP_CUE_LIMIT', why: `${PENDING_MAX} cues are waiting: cancel one, or fire later` }
  }

  protected act(action: CueAction, record: LogRecord): PartEffect[] {
    for (const id of this.#pending.keys()) if (!this.#waits(id, record.t)) this.#pending.delete(id)
    if (action.do === 'cancel') {
      this.#pending.delete(action.id)
      return []
    }
    const { id, atMs } = action
    if (this.#ids.has(id)) return []
    this.#ids.add(id)
    const [oldest] = this.#ids
    if (this.#ids.size > IDS_MAX) this.#ids.delete(oldest as string)
    if (atMs !== undefined && this.#pending.size < PENDING_MAX) this.#pending.set(id, { ...action, atMs })
    return []
  }

  protected state(tMs: number): ShowState | null {
    const cues = [...this.#pending.values()].filter(({ atMs }) => atMs > tMs)
    return cues.length > 0 ? { cues } : null
  }

  snapshot(): Snapshot {
    return { pending: [...this.#pending.values()], ids: [...this.#ids] }
  }

  restore({ pending, ids }: Snapshot): void {
    this.#pending = new Map(pending.map((cue) => [cue.id, { ...cue, atMs: cue.atMs as number }]))
    this.#ids = new Set(ids)
  }

  #waits(id: string, tMs: number): boolean {
    return (this.#pending.get(id)?.atMs ?? 0) > tMs
  }
}
