// Server frames of WebSocket (RFC 6455 §5.2, RFC 7692): one buffer of header and payload, unmasked, made once and
// written to every session that gets it.
import { constants, deflateRawSync } from 'node:zlib'

export const OPCODE = { text: 1, binary: 2, ping: 9 } as const
type Opcode = (typeof OPCODE)[keyof typeof OPCODE]

const FIN = 0x80
/** Set on a message that is compressed: RFC 7692 §6. */
const RSV1 = 0x40
/** What Z_SYNC_FLUSH ends with, and a compressed message leaves out: RFC 7692 §7.2.1. */
const FLUSH_TAIL_BYTES = 4
/** Below, compression saves less than it costs. Bytes. */
export const DEFLATE_FROM_BYTES = 128
/** A smaller window than the 15 bits that every decoder must be ready for costs less to set up. */
const DEFLATE_WINDOW_BITS = 13

/** A frame of one whole message around `payload`. */
export function encodeFrame(opcode: Opcode, payload: Uint8Array, compressed = false): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes(payload.length) + payload.length)
  const at = writeHeader(frame, FIN | (compressed ? RSV1 : 0) | opcode, payload.length)
  frame.set(payload, at)
  return frame
}

/** A text message's frame, without a copy of the text in between. */
export function encodeTextFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const frame = Buffer.allocUnsafe(headerBytes(length) + length)
  const at = writeHeader(frame, FIN | OPCODE.text, length)
  frame.write(text, at, length, 'utf8')
  return frame
}

/** Of a server's frame, as `encodeFrame` and `encodeTextFrame` make it. */
export function payloadOf(frame: Buffer): Buffer {
  const short = frame[1] as number
  return frame.subarray(short === 127 ? 10 : short === 126 ? 4 : 2)
}

/** A message's payload as permessage-deflate without context has it, or null where that is no smaller. */
export function deflatePayload(payload: Uint8Array): Buffer | null {
  if (payload.length < DEFLATE_FROM_BYTES) return null
  const finishFlush = constants.Z_SYNC_FLUSH
  const deflated = deflateRawSync(payload, { finishFlush, windowBits: DEFLATE_WINDOW_BITS })
  const length = deflated.length - FLUSH_TAIL_BYTES
  return length < payload.length ? deflated.subarray(0, length) : null
}

/**
 * Whether a message that is compressed once may go to a session that negotiated `extensions` (the header of the
 * answer): each message stands alone, and the client is ready for the usual window.
 */
export function takesSharedDeflate(extensions: string): boolean {
  return (
    extensions.includes('permessage-deflate') &&
    extensions.includes('server_no_context_takeover') &&
    !extensions.includes('server_max_window_bits')
  )
}

/** One message for many sessions: each of its two frames is made when first asked for, and then shared. */
export class SharedFrame {
  #text: string | null
  #plain: Buffer | null = null
  #deflated: Buffer | null = null

  /** `text`: JSON. */
  constructor(text: string) {
    this.#text = text
  }

  /** A frame as it is: a ping, or a binary message. */
  static of(frame: Buffer): SharedFrame {
    const shared = new SharedFrame('')
    shared.#plain = frame
    shared.#deflated = frame
    return shared
  }

  get plain(): Buffer {
    if (this.#plain === null) {
      this.#plain = encodeTextFrame(this.#text as string)
      this.#text = null
    }
    return this.#plain
  }

  /** For sessions that share compression; the plain frame where compressing saves nothing. */
  get deflated(): Buffer {
    if (this.#deflated === null) {
      const payload = deflatePayload(payloadOf(this.plain))
      this.#deflated = payload ? encodeFrame(OPCODE.text, payload, true) : this.plain
    }
    return this.#deflated
  }

  get text(): string {
    return this.#text ?? payloadOf(this.plain).toString()
  }
}

function headerBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10
}

/** Returns where the payload starts. */
function writeHeader(frame: Buffer, first: number, length: number): number {
  frame[0] = first
  if (length < 126) {
    frame[1] = length
    return 2
  }
  if (length < 65_536) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
    return 4
  }
  frame[1] = 127
  frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2)
  frame.writeUInt32BE(length >>> 0, 6)
  return 10
}
