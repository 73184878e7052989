// All parts of a PoP as one: asked, told and saved together.
import type { LogRecord } from '../queue/record.ts'
import type { Denial, Part, PartEffect } from './part.ts'
import type { PublishInput } from './pop-io.ts'

export class Parts {
  readonly #parts: readonly Part[]

  constructor(parts: readonly Part[] = []) {
    this.#parts = parts
  }

  get wakeAtMs(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (const part of this.#parts) earliest = Math.min(earliest, part.wakeAtMs)
    return earliest
  }

  /** Why the first part that minds refuses a publish; null where none does. */
  admit(publish: PublishInput): Denial | null {
    for (const part of this.#parts) {
      const denial = part.admit(publish)
      if (denial) return denial
    }
    return null
  }

  apply(record: LogRecord, live: boolean, nowMs: number): PartEffect[] {
    const effects: PartEffect[] = []
    for (const part of this.#parts) {
      const wanted = part.apply(record, live, nowMs)
      if (wanted.length > 0) effects.push(...wanted)
    }
    return effects
  }

  joined(client: string, ch: string, nowMs: number, tMs: number): PartEffect[] {
    return this.#parts.flatMap((part) => part.joined(client, ch, nowMs, tMs))
  }

  left(client: string, ch: string, nowMs: number, tMs: number): PartEffect[] {
    return this.#parts.flatMap((part) => part.left(client, ch, nowMs, tMs))
  }

  wake(nowMs: number, tMs: number): PartEffect[] {
    return this.#parts.filter(({ wakeAtMs }) => wakeAtMs <= nowMs).flatMap((part) => part.wake(nowMs, tMs))
  }

  snapshot(): Record<string, unknown> {
    return Object.fromEntries(this.#parts.map((part) => [part.name, part.snapshot()]))
  }

  /** A part that the snapshot does not know, being newer than it, starts empty. */
  restore(snapshot: Record<string, unknown>): void {
    for (const part of this.#parts) {
      const own = snapshot[part.name]
      if (own !== undefined) part.restore(own)
    }
  }
}
