// A frame of the log: what was written is read back, and what cannot be read back is not written.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodePayload,
  ENTRY_BYTES_MAX,
  encodeEntry,
  FRAME_HEADER_BYTES,
  type LogRecord,
  payloadIntact,
  readFrameHeader,
} from './record.ts'

function message(body: unknown): { message: LogRecord } {
  const record = { ch: 'room', off: 1, client: 'ann', seq: 1, at: 0, ack: 'disk' as const, bytes: 10 }
  return { message: { ...record, lane: 'bulk', laneSeq: 1, body } }
}

test('an entry comes back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      const frame = encodeEntry(message(body))
      const header = readFrameHeader(frame)
      const payload = frame.subarray(FRAME_HEADER_BYTES)
      expect(header?.length).toBe(payload.length)
      expect(payloadIntact(payload, header?.crc ?? 0)).toBe(true)
      expect(decodePayload(payload)).toEqual(JSON.parse(JSON.stringify(message(body))))
    }),
  )
})

test('any changed bit is noticed', () => {
  const frame = encodeEntry(message('a vote'))
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const changed = Buffer.from(frame)
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
    const header = readFrameHeader(changed)
    const payload = changed.subarray(FRAME_HEADER_BYTES)
    expect(header?.length === payload.length && payloadIntact(payload, header.crc), `bit ${bit}`).toBe(false)
  }
})

test('an entry too large to be read back is not written', () => {
  expect(() => encodeEntry(message('x'.repeat(ENTRY_BYTES_MAX)))).toThrow(RangeError)
})

test.each([[Buffer.alloc(7)], [Buffer.alloc(8)], [Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])]])(
  'no frame starts with %j',
  (bytes) => {
    expect(readFrameHeader(bytes)).toBeNull()
  },
)
