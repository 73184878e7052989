// Records as the log writes them: each frame holds a block of consecutive records as one JSON array, or a checkpoint.
//
// A block, not a record, has the checksum and the seal: at 500 B a record those would cost more than the record. Names
// of fields would too, and times in full, so a row is an array and its times count from the block's.
import { DURABILITIES, type Durability, LANES, type Lane } from '../protocol/lanes.ts'
import { FRAME_HEADER_BYTES, writeFrameHeader } from './frame.ts'
import { isSealed, type LogCipher, type Place, SEAL_BYTES, SEAL_HEAD_BYTES } from './log-cipher.ts'
import type { Checkpoint, LogEntry, LogRecord, ShedRecord } from './record.ts'

/** A block is complete once it has as many; about what the uplink reads at once. */
const BLOCK_BYTES = 16 * 1024
/** Kept between commits; a larger commit gets a buffer of its own. */
const BUFFER_BYTES = 2 * 1024 * 1024
/** A character of JSON text takes at most as many bytes of UTF-8. */
const UTF8_BYTES_MAX = 3
const COMMA = 0x2c
/** Of a shed row with partition and origin; a row with content has more. */
const SHED_COLUMNS_MAX = 8

const laneNumbers = Object.fromEntries(LANES.map((lane, i) => [lane, i])) as Record<Lane, number>
const ackNumbers = Object.fromEntries(DURABILITIES.map((ack, i) => [ack, i])) as Record<Durability, number>

/** Counted from a time that is known, or in brackets and as it is where that would not give it back exactly. */
type Since = number | [number]
type Row = [
  ...[lane: number, laneSeq: number, ch: string, off: number, client: string, seq: number],
  ...[t: Since, at: Since, ack: number, bytes: number, body: unknown],
  ...[part?: number | null, origin?: string],
]
type ShedRow = [
  ...[lane: number, laneSeq: number, ch: string, off: number, client: string, seq: number],
  ...[part?: number | null, origin?: string],
]

/** Which records of one lane a block holds: `first` to `last`, none missing between them. */
export interface LaneSpan {
  lane: Lane
  first: number
  last: number
}

export interface Block {
  /** Offset of the frame in its segment, and bytes of the whole frame. */
  offset: number
  length: number
  spans: LaneSpan[]
}

export interface EncodedCommit {
  /** Valid until the encoder is used again. */
  bytes: Buffer
  blocks: Block[]
}

export class BlockEncoder {
  readonly #cipher: LogCipher | null
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #end = 0

  constructor(cipher: LogCipher | null) {
    this.#cipher = cipher
  }

  /** `records` as blocks for `segment`, the first of them at `at`. */
  encode(records: readonly (LogRecord | ShedRecord)[], segment: number, at: number): EncodedCommit {
    this.#start()
    const blocks: Block[] = []
    let next = 0
    while (next < records.length) {
      const start = this.#open()
      const first = records[next] as LogRecord | ShedRecord
      const blockT = 't' in first && Number.isSafeInteger(first.t) ? first.t : 0
      this.#text(`[${blockT}`)
      const spans = new Map<Lane, LaneSpan>()
      let span: LaneSpan | undefined
      do {
        const record = records[next++] as LogRecord | ShedRecord
        this.#comma()
        this.#text(JSON.stringify('ack' in record ? row(record, blockT) : shedRow(record)))
        // Most follow one of their own lane.
        if (span?.lane === record.lane && record.laneSeq > 0) span.last = record.laneSeq
        else span = widen(spans, record)
      } while (next < records.length && this.#end - start < BLOCK_BYTES)
      this.#text(']')
      const length = this.#close(start, { segment, offset: at + start, commitAt: at })
      blocks.push({ offset: at + start, length, spans: [...spans.values()] })
    }
    return { bytes: this.#buffer.subarray(0, this.#end), blocks }
  }

  /** A checkpoint to open `segment` with. */
  checkpoint(checkpoint: Checkpoint, segment: number): Buffer {
    this.#start()
    const start = this.#open()
    this.#text(JSON.stringify({ checkpoint }))
    this.#close(start, { segment, offset: 0, commitAt: 0 })
    return this.#buffer.subarray(0, this.#end)
  }

  #start(): void {
    this.#end = 0
    if (this.#buffer.length > BUFFER_BYTES) this.#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  }

  /** Leaves room for the header of a frame and, where sealed, of the seal; returns where the frame starts. */
  #open(): number {
    const start = this.#end
    this.#reserve(FRAME_HEADER_BYTES + SEAL_BYTES)
    this.#end += FRAME_HEADER_BYTES + (this.#cipher ? SEAL_HEAD_BYTES : 0)
    return start
  }

  /** Seals and heads the frame; returns its length. */
  #close(start: number, place: Place): number {
    const payload = start + FRAME_HEADER_BYTES
    if (this.#cipher) {
      this.#reserve(SEAL_BYTES)
      this.#cipher.seal(this.#buffer, payload, this.#end - payload - SEAL_HEAD_BYTES, place)
      this.#end += SEAL_BYTES - SEAL_HEAD_BYTES
    }
    writeFrameHeader(this.#buffer, start, this.#end - payload, place.commitAt)
    return this.#end - start
  }

  /** Joined to the text of a row instead, it would have that copied once more. */
  #comma(): void {
    this.#reserve(1)
    this.#buffer[this.#end++] = COMMA
  }

  #text(text: string): void {
    this.#reserve(text.length * UTF8_BYTES_MAX)
    this.#end += this.#buffer.write(text, this.#end)
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(2 * (this.#end + bytes))
    this.#buffer.copy(larger, 0, 0, this.#end)
    this.#buffer = larger
  }
}

/** The entries of an intact payload; null where `cipher` does not open it. */
export function decodePayload(
  payload: Uint8Array,
  cipher: LogCipher | null,
  place: Place,
): LogEntry[] | null {
  const text = isSealed(payload) ? cipher?.open(payload, place) : cipher ? null : payload
  if (!text) return null
  const value = JSON.parse(Buffer.from(text.buffer, text.byteOffset, text.length).toString())
  if (!Array.isArray(value)) return [value as { checkpoint: Checkpoint }]
  const [blockT, ...rows] = value as [number, ...(Row | ShedRow)[]]
  return rows.map((of) => (isShed(of) ? { shed: shedRecord(of) } : { message: record(of, blockT) }))
}

/** The spans of a block that was read. */
export function spansOf(entries: readonly LogEntry[]): LaneSpan[] {
  const spans = new Map<Lane, LaneSpan>()
  for (const entry of entries) {
    if (!('checkpoint' in entry)) widen(spans, 'shed' in entry ? entry.shed : entry.message)
  }
  return [...spans.values()]
}

function isShed(row: Row | ShedRow): row is ShedRow {
  return row.length <= SHED_COLUMNS_MAX
}

/** The span that the record belongs to; undefined for a record that is in no lane's order. */
function widen(spans: Map<Lane, LaneSpan>, { lane, laneSeq }: ShedRecord): LaneSpan | undefined {
  if (laneSeq === 0) return undefined
  const span = spans.get(lane) ?? { lane, first: laneSeq, last: laneSeq }
  span.last = laneSeq
  spans.set(lane, span)
  return span
}

function row(of: LogRecord, blockT: number): Row {
  const { lane, laneSeq, ch, off, client, seq, t, at, ack, bytes, body, part, origin } = of
  const [laneNumber, ackNumber] = [laneNumbers[lane], ackNumbers[ack]]
  const [sinceBlock, sinceT] = [since(blockT, t), since(t, at)]
  // Spreading nothing costs a third of the row.
  if (part === undefined && origin === undefined)
    return [laneNumber, laneSeq, ch, off, client, seq, sinceBlock, sinceT, ackNumber, bytes, body]
  return [
    ...[laneNumber, laneSeq, ch, off, client, seq, sinceBlock, sinceT, ackNumber, bytes, body],
    ...rest(part, origin),
  ] as Row
}

function record(row: Row, blockT: number): LogRecord {
  const [lane, laneSeq, ch, off, client, seq, sinceBlock, sinceT, ack, bytes, body, part, origin] = row
  const t = from(blockT, sinceBlock)
  return {
    lane: LANES[lane] as Lane,
    laneSeq,
    ch,
    ...(typeof part === 'number' && { part }),
    off,
    ...(origin !== undefined && { origin }),
    client,
    seq,
    at: from(t, sinceT),
    t,
    ack: DURABILITIES[ack] as Durability,
    body,
    bytes,
  }
}

function shedRow({ lane, laneSeq, ch, off, client, seq, part, origin }: ShedRecord): ShedRow {
  return [laneNumbers[lane], laneSeq, ch, off, client, seq, ...rest(part, origin)]
}

function shedRecord([lane, laneSeq, ch, off, client, seq, part, origin]: ShedRow): ShedRecord {
  return {
    lane: LANES[lane] as Lane,
    laneSeq,
    ch,
    ...(typeof part === 'number' && { part }),
    off,
    ...(origin !== undefined && { origin }),
    client,
    seq,
  }
}

function rest(
  part: number | undefined,
  origin: string | undefined,
): [] | [number | null] | [number | null, string] {
  if (origin !== undefined) return [part ?? null, origin]
  return part === undefined ? [] : [part]
}

function since(base: number, value: number): Since {
  const exact =
    Number.isSafeInteger(base) && Number.isSafeInteger(value) && Number.isSafeInteger(value - base)
  return exact ? value - base : [value]
}

function from(base: number, stored: Since): number {
  return typeof stored === 'number' ? base + stored : stored[0]
}
