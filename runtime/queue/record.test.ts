// A frame of the log: what was written is read back, and what cannot be read back is not written.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodePayload,
  ENTRY_BYTES_MAX,
  encodeEntry,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  intactPayload,
  type LogRecord,
  readFrameHeader,
} from './record.ts'

function message(body: unknown): { message: LogRecord } {
  const record = { ch: 'room', off: 1, client: 'ann', seq: 1, at: 0, ack: 'disk' as const, bytes: 10 }
  return { message: { ...record, lane: 'bulk', laneSeq: 1, body } }
}

test('an entry comes back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      const frame = encodeEntry(message(body), 77)
      const header = readFrameHeader(frame) as FrameHeader
      expect(header).toMatchObject({ length: frame.length - FRAME_HEADER_BYTES, commitAt: 77 })
      expect(decodePayload(intactPayload(frame, header) as Uint8Array)).toEqual(
        JSON.parse(JSON.stringify(message(body))),
      )
    }),
  )
})

test('any changed bit is noticed', () => {
  const frame = encodeEntry(message('a vote'), 77)
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const changed = Buffer.from(frame)
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
    const header = readFrameHeader(changed)
    expect(header && intactPayload(changed, header), `bit ${bit}`).toBeNull()
  }
})

test('an entry too large to be read back is not written', () => {
  expect(() => encodeEntry(message('x'.repeat(ENTRY_BYTES_MAX)), 0)).toThrow(RangeError)
})

test.each([[Buffer.alloc(11)], [Buffer.alloc(12)], [Buffer.alloc(12, 255)]])(
  'no frame starts with %j',
  (bytes) => {
    expect(readFrameHeader(bytes)).toBeNull()
  },
)
