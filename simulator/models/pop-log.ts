// What a modelled PoP has on its disk, as the runtime's log has it: segments that begin with a checkpoint, and records.
import type { PopCore } from '../../runtime/broker/pop-core.ts'
import type { Lane } from '../../runtime/protocol/lanes.ts'
import type { Checkpoint, LogRecord } from '../../runtime/queue/record.ts'
import { logBytes } from './log-bytes.ts'

interface Segment {
  checkpoint: Checkpoint
  records: LogRecord[]
  bytes: number
}

/** Grows with what central has not got: a segment that central has whole goes, but for the newest. */
export class PopLog {
  readonly #segmentBytes: number
  readonly #checkpoint: () => Checkpoint
  readonly #segments: Segment[] = []

  constructor(segmentBytes: number, checkpoint: () => Checkpoint) {
    this.#segmentBytes = segmentBytes
    this.#checkpoint = checkpoint
    this.#open()
  }

  /** Records of one commit, which have just become durable and are counted by nobody yet. */
  append(records: readonly LogRecord[]): void {
    if ((this.#segments.at(-1) as Segment).bytes >= this.#segmentBytes) this.#open()
    const segment = this.#segments.at(-1) as Segment
    for (const record of records) {
      segment.records.push(record)
      segment.bytes += logBytes(record)
    }
  }

  release(applied: Partial<Record<Lane, number>>): void {
    const isAtCentral = ({ lane, laneSeq }: LogRecord) => laneSeq <= (applied[lane] ?? 0)
    while (this.#segments.length > 1 && this.#segments[0]?.records.every(isAtCentral)) this.#segments.shift()
  }

  /** Hands a new core what it would read from the disk, oldest first. */
  replayInto(core: PopCore): void {
    for (const { checkpoint, records } of this.#segments) {
      core.replay({ checkpoint })
      for (const message of records) core.replay({ message })
    }
  }

  #open(): void {
    // As written: what the core goes on to change must not change it.
    this.#segments.push({ checkpoint: structuredClone(this.#checkpoint()), records: [], bytes: 0 })
  }
}
