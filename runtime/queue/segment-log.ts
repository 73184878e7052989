// The queue's log on disk: segments of checksummed frames. What is here is the truth; all else derives.
//
// Nothing is acknowledged before the write that covers it is durable, and no commit is written before the one before
// it is. So a broken frame of the newest segment is a commit that a crash tore, promised to nobody and cut off, unless
// a whole frame of a later commit follows: then it had been durable. That, and a broken frame of an older segment, is
// damage, and is said. (Damage to the very last commit looks like a torn one.) What overlaps is the encoding of a commit
// and the write of the one before it.
//
// The room of a segment is taken ahead: zeros behind the last commit are its free room, and a commit writes over them.
import { LANES, type Lane } from '../protocol/lanes.ts'
import { type Block, BlockEncoder, type EncodedCommit } from './block.ts'
import { compactSegment } from './compaction.ts'
import { type Disk, type DiskFile, isDiskFull } from './disk.ts'
import type { LogCipher } from './log-cipher.ts'
import { LogFeed } from './log-feed.ts'
import { LogReader } from './log-reader.ts'
import { PositionIndex } from './position-index.ts'
import type { Checkpoint, LogEntry, LogRecord, ShedRecord } from './record.ts'
import { emptySegment, noteRecord, noteSpans, type Segment } from './segment.ts'
import { LogDamaged, scanSegment, segmentName, segmentNames, segmentNumber, tailOf } from './segment-file.ts'
import { SpareSegment } from './spare-segment.ts'

/** What central has is kept while all segments take no more than this share: a queue must empty for what comes. */
const APPLIED_SHARE_KEPT = 0.5
/** The open segment never goes, so no segment may take much of the queue. */
const SEGMENT_SHARE_MAX = 1 / 8
/** Appends that may be pending at once: one is written, the next is encoded already. */
export const APPENDS_MAX = 2
/** Offsets are written in 32 bits: no segment grows past that, its last commit included. */
const SEGMENT_BYTES_MAX = 2 ** 31

export interface SegmentLogOptions {
  /** Bytes of records after which a segment is complete; smaller where the queue is small. */
  segmentBytes: number
  /**
   * Bytes of log. Not enforced here: the PoP sheds and then refuses what would exceed it. The room taken ahead comes on
   * top: two segments at most.
   */
  maxBytes: number
  /** Age at which what central has may go; default: none. */
  maxAgeS?: number
  /** Default: the log is in the clear. */
  cipher?: LogCipher | null
  /** Called for each entry found, oldest first, while the log is opened. */
  replay: (entry: LogEntry) => void
  /** State to open a segment with, after all that was appended before: called once who awaits those was told. */
  checkpoint: () => Checkpoint
  /** A frame cannot be read back; told once for each. */
  onDamage?: (damage: LogDamaged) => void
}

/** What to let go: all that came before `before`, ms since the Unix epoch, then more until `bytes` are not exceeded. */
export interface ShedRequest {
  before: number
  bytes: number
}

interface PlacedCommit extends EncodedCommit {
  /** Offset in the open segment behind its last block. */
  end: number
}

interface PendingAppend {
  readonly encoder: BlockEncoder
  /** Null until the segment that it goes into is open. */
  commit: PlacedCommit | null
  done: Promise<void>
}

export class SegmentLog {
  /** For who follows the log. */
  readonly feed: LogFeed
  readonly #disk: Disk
  readonly #options: SegmentLogOptions
  readonly #cipher: LogCipher | null
  readonly #segmentBytes: number
  /** Of the appends that may be pending, used in turns: an encoded commit lies in its encoder until it is written. */
  readonly #encoders: BlockEncoder[]
  readonly #spare: SpareSegment
  readonly #segments: Segment[] = []
  readonly #index: Record<Lane, PositionIndex>
  readonly #reader: LogReader
  #applied: Partial<Record<Lane, number>> = {}
  #usedBytes = 0
  /** What all segments may take: less than was configured on a disk that was found full. */
  #roomBytes: number
  /** Records that are durable, counted from the log's beginning. */
  #position = 0
  /** The open segment holds what is to be shed: the next commit starts another one. */
  #rollNext = false
  #pending: PendingAppend[] = []
  /** Segments are removed and compacted one at a time. */
  #changing: Promise<unknown> = Promise.resolve()

  private constructor(disk: Disk, options: SegmentLogOptions) {
    this.#disk = disk
    this.#options = options
    this.#cipher = options.cipher ?? null
    this.#encoders = Array.from({ length: APPENDS_MAX }, () => new BlockEncoder(this.#cipher))
    this.#spare = new SpareSegment(disk)
    this.feed = new LogFeed(
      { segments: () => [...this.#segments], position: () => this.#position, applied: () => this.#applied },
      this.#cipher,
    )
    this.#reader = new LogReader(this.#cipher, options.onDamage ?? (() => {}))
    const { segmentBytes, maxBytes } = options
    this.#roomBytes = maxBytes
    this.#segmentBytes = Math.floor(Math.min(segmentBytes, maxBytes * SEGMENT_SHARE_MAX, SEGMENT_BYTES_MAX))
    this.#index = Object.fromEntries(LANES.map((lane) => [lane, new PositionIndex()])) as Record<
      Lane,
      PositionIndex
    >
  }

  /**
   * Opens the log on `disk`, replays what it holds, cuts a torn tail and leaves a segment ready to append.
   * Errors: MP_LOG_DAMAGED, MP_QUEUE_KEY.
   */
  static async open(disk: Disk, options: SegmentLogOptions): Promise<SegmentLog> {
    const log = new SegmentLog(disk, options)
    const files = await disk.list()
    const names = segmentNames(files)
    for (const [i, name] of names.entries()) {
      await log.#replaySegment(await disk.open(name), i === names.length - 1)
    }
    // Half-made files of a process that is gone.
    for (const name of files) if (isUnfinished(name)) await disk.remove(name)
    if (log.#segments.length === 0) {
      log.#spare.prepare(log.#segmentBytes)
      await log.#roll(log.#encoders[0] as BlockEncoder)
    }
    await log.#allocate()
    return log
  }

  /** Bytes of log in all segments. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** The oldest record of each lane that can be read, applied or not; one past the newest where there is none. */
  get firstKept(): Record<Lane, number> {
    const of = (lane: Lane) => this.#index[lane].first ?? (this.#open.last[lane] ?? 0) + 1
    return Object.fromEntries(LANES.map((lane) => [lane, of(lane)])) as Record<Lane, number>
  }

  /**
   * Appends `records` and returns once they survive a power cut. `APPENDS_MAX` may be pending: they are written in the
   * order of the calls, each once the one before it is durable. Throws when they are not durable: after a full disk
   * (`isDiskFull`) the log is as it was before; after any other error it must not be appended to again. Where an append
   * throws, those pending behind it are not written and throw the same. Await the promise itself and act on it at once:
   * what is appended next belongs after what this one came to.
   */
  append(records: readonly (LogRecord | ShedRecord)[]): Promise<void> {
    if (this.#pending.length >= APPENDS_MAX) throw new Error(`${APPENDS_MAX} appends are pending`)
    const before = this.#pending.at(-1)
    const encoder = this.#encoders.find((free) =>
      this.#pending.every((of) => of.encoder !== free),
    ) as BlockEncoder
    const pending: PendingAppend = { encoder, commit: null, done: Promise.resolve() }
    // Where one waits for a new segment, those behind it wait too.
    if (!before || before.commit) {
      pending.commit = this.#encode(records, encoder, before?.commit?.end ?? this.#open.end)
    }
    this.#pending.push(pending)
    pending.done = this.#append(records, pending, before?.done)
    // On the promise that the caller awaits: nothing runs between this and the caller, so that no append comes between.
    const settled = () => this.#pending.shift()
    pending.done.then(settled, settled)
    return pending.done
  }

  /**
   * Records `first` to `first + count - 1` of a lane, from `firstKept` on; null for one that was shed or that the disk
   * does not give back.
   */
  read(lane: Lane, first: number, count: number): Promise<(LogRecord | null)[]> {
    return this.#reader.read(this.#index[lane], lane, first, count, (number) => this.#segment(number).file)
  }

  /**
   * Central has these. Removes segments that hold nothing else, where they are too old at `tMs`, ms since the Unix
   * epoch, or too much: until then clients resume from them, and a central that lost some is refilled.
   */
  release(applied: Partial<Record<Lane, number>>, tMs = 0): Promise<void> {
    const { maxAgeS = Number.POSITIVE_INFINITY } = this.#options
    const before = tMs - maxAgeS * 1_000
    const bytes = this.#roomBytes * APPLIED_SHARE_KEPT
    this.#applied = { ...this.#applied, ...applied }
    return this.#change(() => this.#dropApplied(({ newestT }) => newestT < before || this.#usedBytes > bytes))
  }

  /**
   * Makes room, oldest first: segments that central has, then the content of memory-acknowledged bulk and state.
   * Returns the records whose content went and that central does not have.
   */
  shed({ before, bytes }: ShedRequest): Promise<ShedRecord[]> {
    return this.#change(async () => {
      const tooMuch = ({ newestT }: Segment) => newestT < before || this.#usedBytes > bytes
      await this.#dropApplied(tooMuch)
      const gone: ShedRecord[] = []
      for (const segment of this.#segments.slice(0, -1)) {
        if (segment.sheddableBytes === 0 || !tooMuch(segment)) continue
        try {
          gone.push(...(await this.#compact(segment)))
        } catch (error) {
          // No room for the smaller copy either: the disk is shared, and something else filled it.
          if (isDiskFull(error)) return gone
          throw error
        }
      }
      if (this.#open.sheddableBytes > 0 && tooMuch(this.#open)) this.#rollNext = true
      return gone
    })
  }

  async close(): Promise<void> {
    await this.#changing
    await this.#spare.discard()
    await this.#reader.idle()
    for (const { file } of this.#segments) await file.close()
  }

  get #open(): Segment {
    return this.#segments.at(-1) as Segment
  }

  #segment(number: number): Segment {
    return this.#segments[number - (this.#segments[0] as Segment).number] as Segment
  }

  /** Null where the commit does not go into the open segment. */
  #encode(
    records: readonly (LogRecord | ShedRecord)[],
    encoder: BlockEncoder,
    at: number,
  ): PlacedCommit | null {
    if (this.#rollNext) return null
    const { number, checkpointBytes } = this.#open
    const commit = encoder.encode(records, number, at)
    const end = at + commit.bytes.length
    return at === checkpointBytes || end <= checkpointBytes + this.#segmentBytes ? { ...commit, end } : null
  }

  async #append(
    records: readonly (LogRecord | ShedRecord)[],
    pending: PendingAppend,
    before: Promise<void> | undefined,
  ): Promise<void> {
    await before
    pending.commit ??= this.#encode(records, pending.encoder, this.#open.end)
    if (!pending.commit) {
      await this.#roll(pending.encoder)
      pending.commit = this.#encode(records, pending.encoder, this.#open.end) as PlacedCommit
    }
    const { bytes, blocks, end } = pending.commit
    const segment = this.#open
    try {
      await segment.file.write(bytes, segment.end)
    } catch (error) {
      await segment.file.truncate(segment.end)
      throw error
    }
    for (const block of blocks) this.#indexBlock(segment, block)
    for (const record of records) noteRecord(segment, record)
    segment.end = end
    this.#position += records.length
    this.#usedBytes += bytes.length
    if (segment.end - segment.checkpointBytes > this.#segmentBytes / 2) {
      this.#spare.prepare(this.#segmentBytes + segment.checkpointBytes)
    }
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changing.then(change)
    this.#changing = changed.catch(() => {})
    return changed
  }

  async #roll(encoder: BlockEncoder): Promise<void> {
    const full = this.#segments.at(-1)
    // Only the newest segment has room behind its end: an older one that ends early is damaged.
    if (full && full.file.size > full.end) await full.file.truncate(full.end)
    const number = (full?.number ?? 0) + 1
    const checkpoint = this.#options.checkpoint()
    // Of another position, the log would lose records with the segments before this one, or have them twice.
    if (full && checkpoint.position !== this.#position)
      throw new Error(`a checkpoint of position ${checkpoint.position} at ${this.#position}`)
    this.#position = checkpoint.position
    const bytes = encoder.checkpoint(checkpoint, number)
    const file = await this.#spare.take(bytes, segmentName(number))
    this.#rollNext = false
    this.#segments.push({
      ...emptySegment(number, file),
      position: checkpoint.position,
      end: bytes.length,
      checkpointBytes: bytes.length,
      last: { ...checkpoint.lastLaneSeq },
    })
    this.#usedBytes += bytes.length
  }

  /** Takes the room of the open segment, where the disk has it. */
  async #allocate(): Promise<void> {
    const { file, end, checkpointBytes } = this.#open
    try {
      await file.allocate(checkpointBytes + this.#segmentBytes)
    } catch (error) {
      if (!isDiskFull(error)) throw error
      this.#roomBytes = this.#usedBytes
      await file.truncate(end)
    }
  }

  async #replaySegment(file: DiskFile, newest: boolean): Promise<void> {
    const number = segmentNumber(file.name)
    const segment = emptySegment(number, file)
    for await (const { entries, spans, offset, length } of scanSegment(file, this.#cipher)) {
      for (const entry of entries) {
        this.#options.replay(entry)
        if ('checkpoint' in entry) {
          Object.assign(segment.last, entry.checkpoint.lastLaneSeq)
          Object.assign(this.#applied, entry.checkpoint.applied)
          segment.checkpointBytes = length
          segment.position = entry.checkpoint.position
          this.#position = entry.checkpoint.position
          continue
        }
        this.#position++
        noteRecord(segment, 'shed' in entry ? entry.shed : entry.message)
      }
      this.#indexBlock(segment, { offset, length, spans })
      segment.end = offset + length
    }
    const { end } = segment
    // A segment has its checkpoint before it has its name.
    if (end === 0) throw new LogDamaged(file.name, 0)
    if (end < file.size) {
      const tail = await tailOf(file, end, this.#cipher)
      if (!newest || tail === 'damaged') throw new LogDamaged(file.name, end)
      if (tail === 'torn') await file.truncate(end)
    }
    // Also where nothing was cut: a process that died left its last commit written but perhaps not synced.
    if (newest) await file.sync()
    this.#segments.push(segment)
    this.#usedBytes += end
  }

  #indexBlock(segment: Segment, { offset, length, spans }: Block): void {
    noteSpans(segment, spans)
    for (const { lane, first, last } of spans) {
      this.#index[lane].push({ segment: segment.number, offset, length, first, last })
    }
  }

  async #dropApplied(may: (segment: Segment) => boolean): Promise<void> {
    while (this.#segments.length > 1) {
      const oldest = this.#segments[0] as Segment
      const { file, last, end, number } = oldest
      if (!may(oldest) || LANES.some((lane) => (last[lane] ?? 0) > (this.#applied[lane] ?? 0))) return
      this.#segments.shift()
      this.#usedBytes -= end
      for (const lane of LANES) this.#index[lane].dropBefore(number + 1)
      await this.#reader.idle()
      await file.close()
      await this.#disk.remove(file.name)
    }
  }

  async #compact(segment: Segment): Promise<ShedRecord[]> {
    // Tried once: a segment that cannot be read through stays as it is.
    segment.sheddableBytes = 0
    const old = segment.file
    const compacted = await compactSegment(this.#disk, old, this.#cipher).catch((error) => {
      if (!(error instanceof LogDamaged)) throw error
      this.#options.onDamage?.(error)
      return null
    })
    if (!compacted) return []
    segment.file = compacted.file
    this.#usedBytes += compacted.end - segment.end
    segment.end = compacted.end
    for (const lane of LANES) {
      const positions = compacted.blocks.flatMap(({ offset, length, spans }) =>
        spans
          .filter((span) => span.lane === lane)
          .map(({ first, last }) => ({ segment: segment.number, offset, length, first, last })),
      )
      this.#index[lane].replace(segment.number, positions)
    }
    await this.#reader.idle()
    await old.close()
    return compacted.shed.filter(({ lane, laneSeq }) => laneSeq === 0 || laneSeq > (this.#applied[lane] ?? 0))
  }
}

function isUnfinished(name: string): boolean {
  return SpareSegment.isSpare(name) || name.endsWith('.compact')
}
