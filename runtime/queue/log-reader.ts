// Reads records back from the log: blocks that lie side by side in one read, and damage said once.
import type { Lane } from '../protocol/lanes.ts'
import { decodePayload } from './block.ts'
import type { ReadableFile } from './disk.ts'
import { intactPayload, readFrameHeader } from './frame.ts'
import type { LogCipher } from './log-cipher.ts'
import type { Position, PositionIndex } from './position-index.ts'
import type { LogEntry, LogRecord } from './record.ts'
import { LogDamaged } from './segment-file.ts'

const READ_BYTES_MAX = 1024 * 1024
/** Damaged frames remembered as told; beyond, the medium is beyond telling. */
const TOLD_MAX = 1_000

/** Blocks of one file, each ending where the next starts. */
interface Run {
  file: ReadableFile
  blocks: Position[]
  bytes: number
}

export class LogReader {
  readonly #cipher: LogCipher | null
  readonly #onDamage: (damage: LogDamaged) => void
  readonly #told = new Set<string>()
  readonly #reading = new Set<Promise<unknown>>()

  constructor(cipher: LogCipher | null, onDamage: (damage: LogDamaged) => void) {
    this.#cipher = cipher
    this.#onDamage = onDamage
  }

  /** Null for a record that was shed, and for one that cannot be read back. `fileOf`: the file of a segment. */
  read(
    index: PositionIndex,
    lane: Lane,
    first: number,
    count: number,
    fileOf: (segment: number) => ReadableFile,
  ): Promise<(LogRecord | null)[]> {
    // Where the blocks lie is settled before anything is awaited: they may be moved meanwhile.
    const reading = this.#read(runsOf(index, lane, first, count, fileOf), lane, first, count)
    this.#reading.add(reading)
    const done = () => this.#reading.delete(reading)
    reading.then(done, done)
    return reading
  }

  /** Once the reads of this moment are done, a file that no block lies in any more may be closed. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#reading)
  }

  async #read(runs: Run[] | Error, lane: Lane, first: number, count: number) {
    if (runs instanceof Error) throw runs
    const records: (LogRecord | null)[] = new Array(count).fill(null)
    for (const { file, blocks, bytes } of runs) {
      const start = (blocks[0] as Position).offset
      const read = await this.#readRun(file, start, bytes)
      for (const block of blocks) {
        const from = block.offset - start
        const frame = read
          ? read.subarray(from, from + block.length)
          : await this.#readRun(file, block.offset, block.length)
        const entries = frame && this.#decode(frame, block)
        if (!entries) this.#damaged(file.name, block)
        for (const entry of entries ?? []) {
          if (!('message' in entry) || entry.message.lane !== lane) continue
          const i = entry.message.laneSeq - first
          if (entry.message.laneSeq > 0 && i >= 0 && i < count) records[i] = entry.message
        }
      }
    }
    return records
  }

  /** Null where the medium does not give the bytes. */
  async #readRun(file: ReadableFile, start: number, bytes: number): Promise<Uint8Array | null> {
    try {
      return await file.read(start, bytes)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EIO') throw error
      return null
    }
  }

  #decode(frame: Uint8Array, { segment, offset }: Position): LogEntry[] | null {
    const header = readFrameHeader(frame)
    const payload = header && intactPayload(frame, header)
    return payload && decodePayload(payload, this.#cipher, { segment, offset, commitAt: header.commitAt })
  }

  #damaged(file: string, { offset }: Position): void {
    const what = `${file} ${offset}`
    if (this.#told.has(what) || this.#told.size >= TOLD_MAX) return
    this.#told.add(what)
    this.#onDamage(new LogDamaged(file, offset))
  }
}

function runsOf(
  index: PositionIndex,
  lane: Lane,
  first: number,
  count: number,
  fileOf: (segment: number) => ReadableFile,
): Run[] | Error {
  const runs: Run[] = []
  for (let laneSeq = first; laneSeq < first + count; ) {
    const block = index.get(laneSeq)
    if (!block) return new Error(`record ${laneSeq} of lane ${lane} is not in the log`)
    const run = runs.at(-1)
    const before = run?.blocks.at(-1)
    const follows = before?.segment === block.segment && before.offset + before.length === block.offset
    if (run && follows && run.bytes + block.length <= READ_BYTES_MAX) {
      run.blocks.push(block)
      run.bytes += block.length
    } else runs.push({ file: fileOf(block.segment), blocks: [block], bytes: block.length })
    laneSeq = block.last + 1
  }
  return runs
}
