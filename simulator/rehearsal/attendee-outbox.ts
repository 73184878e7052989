// What an attendee has published and not yet seen acknowledged: numbered without holes, kept to be sent again.
import type { Publish } from '../../runtime/protocol/session.ts'
import { bodyOf } from '../workload/frames.ts'
import { CHANNELS } from '../workload/run-plan.ts'
import type { PublishLine } from './raw-lines.ts'

export const OUTBOX_LANE = 'interactive'

export interface Unacked {
  seq: number
  /** The frame as it goes out, each time under the same identity. */
  frame: string
  line: PublishLine
}

export class AttendeeOutbox {
  readonly #client: string
  readonly #epochMs: number
  readonly #unacked = new Map<number, Unacked>()
  #seq = 0

  /** `epochMs`: the run's start, ms since the Unix epoch. */
  constructor(client: string, epochMs: number) {
    this.#client = client
    this.#epochMs = epochMs
  }

  get size(): number {
    return this.#unacked.size
  }

  /** The lowest number that still waits, or the next one: everything below is settled. */
  get lowest(): number {
    const [first] = this.#unacked.keys()
    return first ?? this.#seq + 1
  }

  /** In order of their numbers. */
  waiting(): Unacked[] {
    return [...this.#unacked.values()]
  }

  has(seq: number): boolean {
    return this.#unacked.has(seq)
  }

  /** `atMs`: intended time after the run's start; `late`: by how much the generator missed it. */
  publish(kind: 'chat' | 'vote', atMs: number, late: number): Unacked {
    const seq = ++this.#seq
    const at = Math.round(atMs)
    const frame: Publish = {
      t: 'pub',
      lane: OUTBOX_LANE,
      seq,
      ch: CHANNELS[kind],
      body: bodyOf(kind),
      at: this.#epochMs + at,
      ack: 'disk',
    }
    const line: PublishLine = {
      k: 'pub',
      c: this.#client,
      lane: OUTBOX_LANE,
      seq,
      kind,
      at,
      late,
      ack: null,
      sends: 0,
    }
    const unacked = { seq, frame: JSON.stringify(frame), line }
    this.#unacked.set(seq, unacked)
    return unacked
  }

  /** The finished line; null where `seq` was acknowledged before. `nowMs` is after the run's start. */
  acknowledged(seq: number, nowMs: number): PublishLine | null {
    const unacked = this.#unacked.get(seq)
    if (unacked === undefined) return null
    this.#unacked.delete(seq)
    return { ...unacked.line, ack: nowMs - unacked.line.at }
  }

  /** Notes the refusal; null where `seq` does not wait. It stays: the lane may have no holes. */
  refused(seq: number, code: string): Unacked | null {
    const unacked = this.#unacked.get(seq)
    if (unacked === undefined) return null
    unacked.line.refused = code
    return unacked
  }
}
