// The uplink's door: what a PoP sends passes unchanged, and of anything else the fault is named, never quoted.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LANES } from '../protocol/lanes.ts'
import { parseUplinkFrame } from './parse-frame.ts'

const SECRET = 'what an attendee wrote'
const RECORD = { client: 'ada', seq: 1, ch: 'room.main', body: SECRET, at: 1_795_000_000_000 }
const BATCH = { t: 'batch', lane: 'interactive', first: 1, records: [RECORD] }
const BLOCK = { from: 1, to: 8, count: 8, sum: '0123456789abcdef' }
const HELLO = { t: 'uplink', event: 'week-1', pop: 'hall', log: '32d5b48b-9647' }

const withRecord = (change: object) => ({ ...BATCH, records: [RECORD, { ...RECORD, ...change }] })

test.each([
  ['a greeting', HELLO],
  ['a beat', { t: 'beat', n: 0 }],
  ['a batch', BATCH],
  ['a batch of the most records', { ...BATCH, records: Array(1_000).fill(RECORD) }],
  ['a body of null', withRecord({ body: null })],
  ['a time between milliseconds', withRecord({ at: 0.25 })],
])('%s passes', (_what, frame) => {
  expect(parseUplinkFrame(JSON.stringify(frame))).toEqual({ ok: frame })
})

test('what is not in the protocol is left out', () => {
  const frame = { ...withRecord({ extra: 1 }), extra: 2 }
  expect(parseUplinkFrame(JSON.stringify(frame))).toEqual({ ok: withRecord({}) })
})

test.each([
  ['not JSON', '{"t":'],
  ['not an object', 7],
  ['null', null],
  ['an unknown kind', { t: 'applied', lane: 'bulk', through: 1 }],
  ['an event with capitals', { ...HELLO, event: 'E' }],
  ['a PoP that is too long', { ...HELLO, pop: 'p'.repeat(41) }],
  ['no log', { ...HELLO, log: undefined }],
  ['an unknown lane', { ...BATCH, lane: 'express' }],
  ['a batch from 0', { ...BATCH, first: 0 }],
  ['a fractional start', { ...BATCH, first: 1.5 }],
  ['a start beyond whole numbers', { ...BATCH, first: 2 ** 53 }],
  ['no records', { ...BATCH, records: [] }],
  ['records that are no list', { ...BATCH, records: { length: 1 } }],
  ['too many records', { ...BATCH, records: Array(1_001).fill(RECORD) }],
  ['a record that is none', { ...BATCH, records: [7] }],
  ['no body', withRecord({ body: undefined })],
  ['a client with a space', withRecord({ client: 'a b' })],
  ['a client with a line break', withRecord({ client: 'ada\n' })],
  ['an empty channel', withRecord({ ch: '' })],
  ['a channel with NUL', withRecord({ ch: 'a\u0000' })],
  ['a channel that is no Unicode', withRecord({ ch: '\ud800' })],
  ['seq 0', withRecord({ seq: 0 })],
  ['seq as text', withRecord({ seq: '1' })],
  ['a time that is none', withRecord({ at: null })],
  ['an offset that is none', withRecord({ off: 0 })],
  ['a partition that is none', withRecord({ part: 40_000 })],
  ['an arrival that is none', withRecord({ t: 'now' })],
  ['a term of 0', { ...HELLO, term: 0 }],
  ['versions without digest', { ...HELLO, versions: { config: { through: 1 } } }],
  ['a beat without number', { t: 'beat' }],
  ['a comparison without number', { t: 'reconcile', versions: {} }],
  ['no blocks', { t: 'digests', n: 1, lane: 'bulk', blocks: [] }],
  ['a block that is too long', { t: 'digests', n: 1, lane: 'bulk', blocks: [{ ...BLOCK, to: 1_025 }] }],
  ['a block that ends before it starts', { t: 'digests', n: 1, lane: 'bulk', blocks: [{ ...BLOCK, to: 0 }] }],
  ['a sum that is none', { t: 'digests', n: 1, lane: 'bulk', blocks: [{ ...BLOCK, sum: SECRET }] }],
  ['half a digest', { t: 'records', n: 1, lane: 'bulk', from: 1, digests: 'AAAA' }],
  ['too many digests', { t: 'records', n: 1, lane: 'bulk', from: 1, digests: 'A'.repeat(11_000) }],
  ['a repair without its number', { t: 'repair', n: 1, lane: 'bulk', records: [[0, RECORD]] }],
  ['a repair of nothing', { t: 'repair', n: 1, lane: 'bulk', records: [[1, null]] }],
  ['an acknowledgement of no kind', { t: 'doc-kept', kind: 'music', version: 1 }],
])('%s is refused and not quoted', (_what, frame) => {
  const parsed = parseUplinkFrame(typeof frame === 'string' ? frame : JSON.stringify(frame))
  expect(parsed).toEqual({ wrong: expect.any(String) })
  expect(JSON.stringify(parsed)).not.toContain(SECRET)
})

test.each([
  { ...HELLO, term: 3, versions: { config: { through: 2, digest: '0123456789abcdef' } } },
  { ...BATCH, records: [{ ...RECORD, off: 1, part: 0, t: 1.5 }, null, { ...RECORD, client: '@log-1' }] },
  { t: 'reconcile', n: 0, versions: {} },
  { t: 'digests', n: 1, lane: 'bulk', blocks: [BLOCK] },
  { t: 'records', n: 1, lane: 'bulk', from: 1, digests: 'AAAAAAAAAAA=' },
  { t: 'repair', n: 1, lane: 'bulk', records: [[7, RECORD]] },
  { t: 'doc-kept', kind: 'features', version: 1 },
])('frame %# is taken as it is', (frame) => {
  expect(parseUplinkFrame(JSON.stringify(frame))).toEqual({ ok: frame })
})

test('any text is answered, and what passes is what the store can hold', () => {
  const value = fc.oneof(fc.jsonValue(), fc.integer(), fc.constantFrom(...LANES, 'batch', 'uplink', 'beat'))
  const frame = fc.oneof(
    fc.string(),
    fc
      .record({ t: value, n: value, lane: value, first: value, records: fc.array(value) })
      .map((f) => JSON.stringify(f)),
    fc
      .record({
        client: fc.string(),
        seq: fc.double(),
        ch: fc.string({ unit: 'binary' }),
        body: value,
        at: fc.double(),
      })
      .map((record) => JSON.stringify({ ...BATCH, records: [record] })),
  )
  fc.assert(
    fc.property(frame, (text) => {
      const parsed = parseUplinkFrame(text)
      if (!('ok' in parsed) || parsed.ok.t !== 'batch') return
      for (const record of parsed.ok.records) {
        if (record === null) continue
        const { client, seq, ch, at } = record
        expect(client).toMatch(/^@?[\w-]+$/)
        expect(Number.isSafeInteger(seq) && seq > 0 && Number.isFinite(at)).toBe(true)
        expect(ch.isWellFormed() && !ch.includes('\u0000')).toBe(true)
      }
    }),
    { numRuns: 2_000 },
  )
})
