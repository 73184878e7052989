// Reads a log in the order it was written, for who follows it: from a position, or from a checkpoint.
import { LANES, type Lane } from '../protocol/lanes.ts'
import type { ReadableFile } from './disk.ts'
import type { LogCipher } from './log-cipher.ts'
import type { Checkpoint, LogEntry } from './record.ts'
import { LogDamaged, scanSegment } from './segment-file.ts'

/** What of a log can be read. */
export interface FedLog {
  /** Oldest first, at least one; each with the records of the log before it. */
  segments: () => readonly { file: ReadableFile; position: number }[]
  /** Records that are durable, counted from the log's beginning. */
  position: () => number
  applied: () => Partial<Record<Lane, number>>
}

/** A record of the log, or what is left of one that was shed. */
export type FedEntry = Exclude<LogEntry, { checkpoint: unknown }>

export class LogFeed {
  readonly #log: FedLog
  readonly #cipher: LogCipher | null

  constructor(log: FedLog, cipher: LogCipher | null) {
    this.#log = log
    this.#cipher = cipher
  }

  /**
   * Where a reader that has `position` records of this log goes on. One that has none (null), or none that what is
   * kept would continue, starts with a checkpoint, the newest of those that central has everything before.
   */
  async startAfter(position: number | null): Promise<{ position: number; checkpoint?: Checkpoint }> {
    const segments = this.#log.segments()
    const oldest = segments[0]?.position ?? 0
    if (position !== null && position >= oldest && position <= this.#log.position()) return { position }
    const applied = this.#log.applied()
    for (const [back, { file }] of segments.toReversed().entries()) {
      const checkpoint = await this.#checkpointOf(file)
      const settled = LANES.every((lane) => (checkpoint.lastLaneSeq[lane] ?? 0) <= (applied[lane] ?? 0))
      if (settled || back === segments.length - 1) return { position: checkpoint.position, checkpoint }
    }
    throw new Error('the log has no segment')
  }

  /** What is durable now and comes after `position`, a block at a time. Throws where its segment goes meanwhile, or is damaged. */
  async *entriesAfter(position: number): AsyncGenerator<FedEntry[]> {
    const until = this.#log.position()
    const segments = this.#log.segments()
    const from = segments.findLastIndex((segment) => segment.position <= position)
    if (from === -1) throw new RangeError(`records after ${position} are not kept`)
    let at = segments[from]?.position ?? 0
    let before = ''
    for (const segment of segments.slice(from)) {
      const { file, position: startsAt } = segment
      // A scan ends at a frame that is damaged: going on behind it would leave a hole that nobody sees.
      if (startsAt !== at) throw new Error(`${before} is damaged: records after ${at} cannot be read`)
      before = file.name
      for await (const { entries } of scanSegment(file, this.#cipher)) {
        const records = entries.filter((entry): entry is FedEntry => !('checkpoint' in entry))
        const wanted = records.slice(Math.max(0, position - at), Math.max(0, until - at))
        at += records.length
        if (wanted.length > 0) yield wanted
        if (at >= until) return
      }
    }
    if (at < until) throw new Error(`${before} is damaged: records after ${at} cannot be read`)
  }

  async #checkpointOf(file: ReadableFile): Promise<Checkpoint> {
    for await (const { entries } of scanSegment(file, this.#cipher)) {
      const [first] = entries
      if (first && 'checkpoint' in first) return first.checkpoint
    }
    throw new LogDamaged(file.name, 0)
  }
}
