// A frame of the log: what was written is read back, and what cannot be read back is not written.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  FRAME_HEADER_BYTES,
  type FrameHeader,
  intactPayload,
  PAYLOAD_BYTES_MAX,
  readFrameHeader,
  writeFrameHeader,
} from './frame.ts'

function frameOf(payload: Uint8Array, commitAt: number): Buffer {
  const frame = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), payload])
  writeFrameHeader(frame, 0, payload.length, commitAt)
  return frame
}

test('a payload comes back as it was', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(2 ** 31), (payload, commitAt) => {
      const frame = frameOf(payload, commitAt)
      const header = readFrameHeader(frame) as FrameHeader
      expect(header).toMatchObject({ length: payload.length, commitAt })
      expect([...(intactPayload(frame, header) as Uint8Array)]).toEqual([...payload])
    }),
  )
})

test('any changed bit is noticed', () => {
  const frame = frameOf(Buffer.from('a vote'), 77)
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const changed = Buffer.from(frame)
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
    const header = readFrameHeader(changed)
    expect(header && intactPayload(changed, header), `bit ${bit}`).toBeNull()
  }
})

test('a payload too large to be read back is not written', () => {
  expect(() => writeFrameHeader(Buffer.alloc(FRAME_HEADER_BYTES), 0, PAYLOAD_BYTES_MAX + 1, 0)).toThrow(
    RangeError,
  )
})

test.each([[Buffer.alloc(11)], [Buffer.alloc(12)], [Buffer.alloc(12, 255)]])(
  'no frame starts with %j',
  (bytes) => {
    expect(readFrameHeader(bytes)).toBeNull()
  },
)
