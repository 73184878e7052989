// How the log lies on disk: frames of [payload length][crc32][commit start][payload], the three numbers u32 LE, the
// checksum over the last two parts.
import { crc32 } from 'node:zlib'

export const FRAME_HEADER_BYTES = 12
const CHECKED_FROM = 8
/** No payload is larger, for none may be written that is not read back: a length above marks a torn or foreign frame. */
export const PAYLOAD_BYTES_MAX = 64 * 1024 * 1024

export interface FrameHeader {
  /** Of the payload, bytes. */
  length: number
  crc: number
  /** Offset in the segment at which the frame's commit starts: all before it was synced before this was written. */
  commitAt: number
}

/** Puts the header before a payload of `length` bytes that lies in `bytes` from `at + FRAME_HEADER_BYTES` on. */
export function writeFrameHeader(bytes: Buffer, at: number, length: number, commitAt: number): void {
  if (length > PAYLOAD_BYTES_MAX) throw new RangeError(`a log entry of ${length} bytes`)
  bytes.writeUInt32LE(length, at)
  bytes.writeUInt32LE(commitAt, at + 8)
  bytes.writeUInt32LE(crc32(bytes.subarray(at + CHECKED_FROM, at + FRAME_HEADER_BYTES + length)), at + 4)
}

/** The header at `offset` of `bytes`, or null where no frame can start. */
export function readFrameHeader(bytes: Uint8Array, offset = 0): FrameHeader | null {
  if (bytes.length < offset + FRAME_HEADER_BYTES) return null
  const length = u32(bytes, offset)
  if (length === 0 || length > PAYLOAD_BYTES_MAX) return null
  return { length, crc: u32(bytes, offset + 4), commitAt: u32(bytes, offset + 8) }
}

/** The payload of a whole frame, or null where the checksum of its `header` says that it is not as it was written. */
export function intactPayload(frame: Uint8Array, header: FrameHeader): Uint8Array | null {
  if (frame.length !== FRAME_HEADER_BYTES + header.length) return null
  return crc32(frame.subarray(CHECKED_FROM)) === header.crc ? frame.subarray(FRAME_HEADER_BYTES) : null
}

/** Called for each byte of a torn tail: no view is made. */
function u32(bytes: Uint8Array, at: number): number {
  const high = (bytes[at + 3] as number) * 2 ** 24
  return high + (((bytes[at + 2] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at] as number))
}
