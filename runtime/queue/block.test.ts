// Records through a block and back, in the clear and sealed.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DURABILITIES, LANES } from '../protocol/lanes.ts'
import { BlockEncoder, decodePayload, spansOf } from './block.ts'
import { FRAME_HEADER_BYTES, type FrameHeader, intactPayload, readFrameHeader } from './frame.ts'
import { LogCipher } from './log-cipher.ts'
import type { LogEntry, LogRecord, ShedRecord } from './record.ts'

const time = fc.oneof(fc.nat(2 ** 42), fc.double({ noNaN: true, noDefaultInfinity: true }))
const identity = {
  lane: fc.constantFrom(...LANES),
  laneSeq: fc.nat(),
  ch: fc.string(),
  off: fc.nat(),
  client: fc.string({ unit: 'binary' }),
  seq: fc.nat(),
}
const message: fc.Arbitrary<LogRecord> = fc.record(
  {
    ...identity,
    part: fc.nat(63),
    origin: fc.string(),
    at: time,
    t: time,
    ack: fc.constantFrom(...DURABILITIES),
    body: fc.jsonValue({ maxDepth: 2 }),
    bytes: fc.nat(),
  },
  { requiredKeys: ['lane', 'laneSeq', 'ch', 'off', 'client', 'seq', 'at', 't', 'ack', 'body', 'bytes'] },
)
const shed: fc.Arbitrary<ShedRecord> = fc.record(
  { ...identity, part: fc.nat(63), origin: fc.string() },
  { requiredKeys: ['lane', 'laneSeq', 'ch', 'off', 'client', 'seq'] },
)
const entry = fc.oneof(
  message.map((of) => ({ message: of })),
  shed.map((of) => ({ shed: of })),
)

/** What a reader finds in `bytes`, which start at `at` of `segment`. */
function decode(bytes: Buffer, cipher: LogCipher | null, segment: number, at: number): (LogEntry[] | null)[] {
  const found: (LogEntry[] | null)[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const header = readFrameHeader(bytes, offset) as FrameHeader
    const length = FRAME_HEADER_BYTES + header.length
    const payload = intactPayload(bytes.subarray(offset, offset + length), header) as Uint8Array
    expect(header.commitAt).toBe(at)
    found.push(decodePayload(payload, cipher, { segment, offset: at + offset, commitAt: at }))
    offset += length
  }
  return found
}

const cipher = new LogCipher(Buffer.alloc(32, 1))

describe.each([
  ['in the clear', null],
  ['sealed', cipher],
])('%s', (_, key) => {
  test('records come back as they were, whatever is in them', () => {
    const encoder = new BlockEncoder(key)
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 20 }), fc.nat(2 ** 30), (entries, at) => {
        const records = entries.map((of) => ('shed' in of ? of.shed : of.message))
        const { bytes, blocks } = encoder.encode(records, 3, at)
        expect(blocks.reduce((sum, { length }) => sum + length, 0)).toBe(bytes.length)
        expect(decode(bytes, key, 3, at).flat()).toEqual(JSON.parse(JSON.stringify(entries)))
      }),
    )
  })

  test('many records make several blocks, each with the spans of what it holds', () => {
    const encoder = new BlockEncoder(key)
    const records = Array.from({ length: 200 }, (_, i) => ({
      ...{
        lane: LANES[i % 2] as 'control',
        laneSeq: Math.floor(i / 2) + 1,
        ch: 'room',
        off: i,
        client: 'ann',
      },
      ...{ seq: i, at: 5, t: 6, ack: 'disk' as const, body: 'x'.repeat(500), bytes: 1 },
    }))
    const { bytes, blocks } = encoder.encode(records, 1, 0)
    const decoded = decode(bytes, key, 1, 0) as LogEntry[][]
    expect(blocks.length).toBeGreaterThan(3)
    expect(blocks.map(({ spans }) => spans)).toEqual(decoded.map(spansOf))
    expect(blocks.at(-1)?.spans.at(-1)?.last).toBe(100)
  })
})

test('a record larger than the buffer is written whole, and the next commit is as before', () => {
  const encoder = new BlockEncoder(cipher)
  const large = fc.sample(message, { numRuns: 1, seed: 1 })[0] as LogRecord
  const record = { ...large, body: '€'.repeat(1_500_000) }
  expect(decode(encoder.encode([record], 1, 0).bytes, cipher, 1, 0)).toEqual([[{ message: record }]])
  expect(encoder.encode([{ ...record, body: 1 }], 1, 0).bytes.length).toBeLessThan(2_000)
})

test('a sealed block opens with its key, at its place, unchanged, and not otherwise', () => {
  const record = fc.sample(message, { numRuns: 1, seed: 1 })[0] as LogRecord
  const { bytes } = new BlockEncoder(cipher).encode([record], 7, 1_000)
  const sealed = Buffer.from(bytes.subarray(FRAME_HEADER_BYTES))
  const place = { segment: 7, offset: 1_000, commitAt: 1_000 }
  expect(decodePayload(sealed, cipher, place)).not.toBeNull()
  expect(decodePayload(sealed, new LogCipher(Buffer.alloc(32, 2)), place)).toBeNull()
  expect(decodePayload(sealed, null, place)).toBeNull()
  for (const moved of [{ segment: 8 }, { offset: 1_001 }, { commitAt: 0 }]) {
    expect(decodePayload(sealed, cipher, { ...place, ...moved })).toBeNull()
  }
  for (let at = 1; at < sealed.length; at += 11) {
    sealed[at] = (sealed[at] as number) ^ 1
    expect(decodePayload(sealed, cipher, place), `byte ${at}`).toBeNull()
    sealed[at] = (sealed[at] as number) ^ 1
  }
})

test('two seals of the same records differ', () => {
  const record = fc.sample(message, { numRuns: 1, seed: 1 })[0] as LogRecord
  const encoder = new BlockEncoder(cipher)
  const first = Buffer.from(encoder.encode([record], 1, 0).bytes)
  expect(encoder.encode([record], 1, 0).bytes.equals(first)).toBe(false)
})
