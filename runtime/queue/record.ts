// What the log holds and how it lies on disk: frames of [payload length][crc32][commit start][payload], the three
// numbers u32 LE, the checksum over the last two parts, the payload one JSON value.
import { crc32 } from 'node:zlib'
import type { Durability, Lane } from '../protocol/lanes.ts'

/** One published message, as logged, delivered and synced. */
export interface LogRecord {
  lane: Lane
  /** Position in its lane of this log: 1, 2, 3… without holes; 0 for a record that stays here and is not synced. */
  laneSeq: number
  ch: string
  /** Partition of the channel, where it has several: order and offsets are those of the partition. */
  part?: number
  /** Offset in its channel or partition: 1, 2, 3… without holes. */
  off: number
  /** The PoP that a relayed record was published at, and that syncs it; missing for a record of this one. */
  origin?: string
  client: string
  seq: number
  /** Intended send time by the client's clock, ms since the Unix epoch. */
  at: number
  /** When it came to the PoP, by the PoP's clock, ms since the Unix epoch. */
  t: number
  ack: Durability
  body: unknown
  /** Size of the publish on the wire, bytes: what lanes and windows count. */
  bytes: number
}

/** Sequence numbers done with of one client and lane: all up to `through`, and those in `above`. */
export interface SeenSnapshot {
  client: string
  lane: Lane
  /** Below here the client gave up what was missing; 0 where it never did. */
  settled: number
  /** Up to here it is not remembered which numbers were passed over. */
  blurred: number
  /** Numbers passed over above that, first and last of each run. */
  holes: [number, number][]
  through: number
  above: number[]
}

/** Opens every segment, so that older segments can go without losing what the log knows. */
export interface Checkpoint {
  version: 3
  /** Identity of this log; the epoch of its channels. */
  log: string
  lastLaneSeq: Partial<Record<Lane, number>>
  applied: Partial<Record<Lane, number>>
  /** Newest offset by stream: see `streamOf`. */
  channels: Record<string, number>
  seen: SeenSnapshot[]
  /** What hangs on the log, by the name of the part: see `broker/part.ts`. */
  parts: Record<string, unknown>
}

/** What has an order and offsets of its own: a channel, or one partition of it. */
export function streamOf(ch: string, part?: number): string {
  return part === undefined ? ch : `${ch}/${part}`
}

export type LogEntry = { checkpoint: Checkpoint } | { message: LogRecord }

export const FRAME_HEADER_BYTES = 12
const CHECKED_FROM = 8
/** No entry is larger, for none may be written that is not read back: a length above marks a torn or foreign frame. */
export const ENTRY_BYTES_MAX = 64 * 1024 * 1024

export interface FrameHeader {
  /** Of the payload, bytes. */
  length: number
  crc: number
  /** Offset in the segment at which the frame's commit starts: all before it was synced before this was written. */
  commitAt: number
}

/** `commitAt`: offset in the segment at which the commit starts that the entry is part of; 0 for a checkpoint. */
export function encodeEntry(entry: LogEntry, commitAt = 0): Buffer {
  const payload = Buffer.from(JSON.stringify(entry))
  if (payload.length > ENTRY_BYTES_MAX) throw new RangeError(`a log entry of ${payload.length} bytes`)
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length)
  frame.writeUInt32LE(payload.length, 0)
  frame.writeUInt32LE(commitAt, 8)
  payload.copy(frame, FRAME_HEADER_BYTES)
  frame.writeUInt32LE(crc32(frame.subarray(CHECKED_FROM)), 4)
  return frame
}

export function decodePayload(payload: Uint8Array): LogEntry {
  return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString()) as LogEntry
}

/** The header at `offset` of `bytes`, or null where no frame can start. */
export function readFrameHeader(bytes: Uint8Array, offset = 0): FrameHeader | null {
  if (bytes.length < offset + FRAME_HEADER_BYTES) return null
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + offset, FRAME_HEADER_BYTES)
  const length = view.readUInt32LE(0)
  if (length === 0 || length > ENTRY_BYTES_MAX) return null
  return { length, crc: view.readUInt32LE(4), commitAt: view.readUInt32LE(8) }
}

/** The payload of a whole frame, or null where the checksum of its `header` says that it is not as it was written. */
export function intactPayload(frame: Uint8Array, header: FrameHeader): Uint8Array | null {
  if (frame.length !== FRAME_HEADER_BYTES + header.length) return null
  return crc32(frame.subarray(CHECKED_FROM)) === header.crc ? frame.subarray(FRAME_HEADER_BYTES) : null
}
