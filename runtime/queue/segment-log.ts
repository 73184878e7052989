// The queue's log on disk: append-only segments with checksums. What is here is the truth; all else derives.
//
// Nothing is acknowledged before the sync that covers it, and no commit is written before the one before it is
// synced. So a broken frame of the newest segment is a commit that a crash tore, promised to nobody and cut off,
// unless a whole frame of a later commit follows: then it had been synced. That, and a broken frame of an older
// segment, is damage, and is said. (Damage to the very last commit looks like a torn one.)
import { MicropopError } from '../errors.ts'
import { LANES, type Lane } from '../protocol/lanes.ts'
import type { Disk, DiskFile } from './disk.ts'
import { PositionIndex } from './position-index.ts'
import {
  type Checkpoint,
  decodePayload,
  encodeEntry,
  FRAME_HEADER_BYTES,
  intactPayload,
  type LogEntry,
  type LogRecord,
  readFrameHeader,
} from './record.ts'

/** Applied segments kept, besides the open one, so that clients can resume across a restart… */
const APPLIED_SEGMENTS_KEPT = 2
/** …while all segments take no more than this share of the queue: a full queue must empty though nothing is appended. */
const APPLIED_SHARE_KEPT = 0.5
/** The open segment never goes, so no segment may take much of the queue. */
const SEGMENT_SHARE_MAX = 1 / 8
/** Offsets are kept in 32 bits: no segment grows past that, its last commit included. */
const SEGMENT_BYTES_MAX = 2 ** 31
const SCAN_BYTES = 1024 * 1024

interface Segment {
  number: number
  file: DiskFile
  /** Of the checkpoint it opens with, which grows with the clients known: its records alone make a segment full. */
  checkpointBytes: number
  /** Newest lane sequences once this segment is complete: it may go when central has them all. */
  last: Partial<Record<Lane, number>>
}

export class LogDamaged extends MicropopError {
  /** `offset`: byte of the first broken frame; null where the whole file is missing. */
  constructor(file: string, offset: number | null) {
    const what = offset === null ? 'is missing' : `is damaged at byte ${offset}`
    super('MP_LOG_DAMAGED', `queue segment ${file} ${what}`, {
      exitCode: 3,
      remedy: 'Keep a copy of the data folder for recovery, then start the PoP with an empty one.',
    })
  }
}

export interface SegmentLogOptions {
  /** Bytes of records after which a segment is complete; smaller where the queue is small. */
  segmentBytes: number
  /** Bytes the queue may take on disk. Not enforced here: the PoP refuses what would exceed it. */
  maxBytes: number
  /** Called for each entry found, oldest first, while the log is opened. */
  replay: (entry: LogEntry) => void
  /** State to open a segment with. */
  checkpoint: () => Checkpoint
}

export class SegmentLog {
  readonly #disk: Disk
  readonly #options: SegmentLogOptions
  readonly #segmentBytes: number
  readonly #segments: Segment[] = []
  readonly #index: Record<Lane, PositionIndex>
  #usedBytes = 0

  private constructor(disk: Disk, options: SegmentLogOptions) {
    this.#disk = disk
    this.#options = options
    this.#segmentBytes = Math.min(
      options.segmentBytes,
      options.maxBytes * SEGMENT_SHARE_MAX,
      SEGMENT_BYTES_MAX,
    )
    this.#index = Object.fromEntries(LANES.map((lane) => [lane, new PositionIndex()])) as Record<
      Lane,
      PositionIndex
    >
  }

  /** Opens the log on `disk`, replays what it holds, cuts a torn tail and leaves a segment ready to append. */
  static async open(disk: Disk, options: SegmentLogOptions): Promise<SegmentLog> {
    const log = new SegmentLog(disk, options)
    const names = (await disk.list()).filter((name) => /^\d{10}\.log$/.test(name))
    for (const [i, name] of names.entries()) {
      const expected = i === 0 ? name : segmentName(Number.parseInt(names[i - 1] as string, 10) + 1)
      if (name !== expected) throw new LogDamaged(expected, null)
      await log.#replaySegment(await disk.open(name), i === names.length - 1)
    }
    if (log.#segments.length === 0) await log.#roll()
    return log
  }

  /** Bytes of all segments on disk. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /**
   * Appends `records` and returns once they survive a power cut. Throws when they do not: after a full disk
   * (`isDiskFull`) the log is as it was before; after any other error it must not be appended to again.
   */
  async append(records: readonly LogRecord[]): Promise<void> {
    if (this.#open.file.size - this.#open.checkpointBytes >= this.#segmentBytes) await this.#roll()
    const { file, number, last } = this.#open
    const before = file.size
    const frames = records.map((message) => encodeEntry({ message }, before))
    try {
      await file.append(Buffer.concat(frames))
      await file.sync()
    } catch (error) {
      await file.truncate(before)
      throw error
    }
    let offset = before
    for (const [i, record] of records.entries()) {
      const { length } = frames[i] as Buffer
      this.#index[record.lane].push(record.laneSeq, { segment: number, offset, length })
      last[record.lane] = record.laneSeq
      offset += length
    }
    this.#usedBytes += offset - before
  }

  /** Records `first` to `first + count - 1` of a lane, none of them applied yet. */
  async read(lane: Lane, first: number, count: number): Promise<LogRecord[]> {
    const records: LogRecord[] = []
    for (let laneSeq = first; laneSeq < first + count; laneSeq++) {
      const position = this.#index[lane].get(laneSeq)
      const segment = position && this.#segments.find(({ number }) => number === position.segment)
      if (!position || !segment) throw new Error(`record ${laneSeq} of lane ${lane} is not in the log`)
      const frame = await segment.file.read(position.offset, position.length)
      const header = readFrameHeader(frame)
      const payload = header && intactPayload(frame, header)
      const entry = payload && decodePayload(payload)
      if (!entry || !('message' in entry)) throw new LogDamaged(segment.file.name, position.offset)
      records.push(entry.message)
    }
    return records
  }

  /** Forgets positions that central has and removes segments that hold nothing else. */
  async release(applied: Partial<Record<Lane, number>>): Promise<void> {
    for (const lane of LANES) this.#index[lane].dropThrough(applied[lane] ?? 0)
    const tooMuch = () =>
      this.#segments.length > APPLIED_SEGMENTS_KEPT + 1 ||
      this.#usedBytes > this.#options.maxBytes * APPLIED_SHARE_KEPT
    while (this.#segments.length > 1 && tooMuch()) {
      const { file, last } = this.#segments[0] as Segment
      if (LANES.some((lane) => (last[lane] ?? 0) > (applied[lane] ?? 0))) return
      this.#segments.shift()
      this.#usedBytes -= file.size
      await file.close()
      await this.#disk.remove(file.name)
    }
  }

  async close(): Promise<void> {
    for (const { file } of this.#segments) await file.close()
  }

  get #open(): Segment {
    return this.#segments.at(-1) as Segment
  }

  async #roll(): Promise<void> {
    const number = (this.#segments.at(-1)?.number ?? 0) + 1
    const file = await this.#disk.create(segmentName(number))
    const checkpoint = this.#options.checkpoint()
    try {
      await file.append(encodeEntry({ checkpoint }))
      await file.sync()
    } catch (error) {
      await file.close()
      await this.#disk.remove(file.name)
      throw error
    }
    this.#segments.push({ number, file, checkpointBytes: file.size, last: { ...checkpoint.lastLaneSeq } })
    this.#usedBytes += file.size
  }

  async #replaySegment(file: DiskFile, newest: boolean): Promise<void> {
    const number = Number.parseInt(file.name, 10)
    const last: Partial<Record<Lane, number>> = {}
    let checkpointBytes = 0
    let end = 0
    for await (const { entry, offset, length } of frames(file)) {
      if (offset === 0 && !('checkpoint' in entry)) throw new LogDamaged(file.name, 0)
      this.#options.replay(entry)
      if ('message' in entry) {
        const { lane, laneSeq } = entry.message
        this.#index[lane].push(laneSeq, { segment: number, offset, length })
        last[lane] = laneSeq
      } else {
        Object.assign(last, entry.checkpoint.lastLaneSeq)
        checkpointBytes = length
      }
      end = offset + length
    }
    if (end < file.size) {
      if (!newest || (await laterCommitFollows(file, end))) throw new LogDamaged(file.name, end)
      await file.truncate(end)
    }
    // Also where nothing was cut: a process that died left its last commit written but perhaps not synced.
    if (newest) await file.sync()
    if (end === 0) {
      await file.close()
      await this.#disk.remove(file.name)
      return
    }
    this.#segments.push({ number, file, checkpointBytes, last })
    this.#usedBytes += end
  }
}

function segmentName(number: number): string {
  return `${String(number).padStart(10, '0')}.log`
}

/** The intact frames of a file from its start, up to the first that is torn. */
async function* frames(file: DiskFile): AsyncGenerator<{ entry: LogEntry; offset: number; length: number }> {
  let offset = 0
  let window = await file.read(0, SCAN_BYTES)
  let windowAt = 0
  while (offset < file.size) {
    const at = async (length: number) => {
      if (offset + length > windowAt + window.length) {
        windowAt = offset
        window = await file.read(offset, Math.max(length, SCAN_BYTES))
      }
      return window.subarray(offset - windowAt, offset - windowAt + length)
    }
    const header = readFrameHeader(await at(FRAME_HEADER_BYTES))
    if (!header) return
    const length = FRAME_HEADER_BYTES + header.length
    if (offset + length > file.size) return
    const payload = intactPayload(await at(length), header)
    if (!payload) return
    yield { entry: decodePayload(payload), offset, length }
    offset += length
  }
}

/**
 * Whether a whole frame of a commit that started after `brokenAt` lies behind it. Every byte is tried, for the broken
 * frame's length may be what is broken. No frame can lie inside a payload: JSON text has no byte below 0x20, and
 * the last byte of a length within ENTRY_BYTES_MAX always is.
 */
async function laterCommitFollows(file: DiskFile, brokenAt: number): Promise<boolean> {
  let window = await file.read(brokenAt, SCAN_BYTES)
  let windowAt = brokenAt
  for (let offset = brokenAt + 1; offset + FRAME_HEADER_BYTES <= file.size; offset++) {
    if (offset + FRAME_HEADER_BYTES > windowAt + window.length) {
      windowAt = offset
      window = await file.read(offset, SCAN_BYTES)
    }
    const header = readFrameHeader(window, offset - windowAt)
    if (!header || header.commitAt <= brokenAt || header.commitAt > offset) continue
    const length = FRAME_HEADER_BYTES + header.length
    if (offset + length <= file.size && intactPayload(await file.read(offset, length), header)) return true
  }
  return false
}
