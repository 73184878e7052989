// Whatever central sends, of whichever version: read as it was meant, or refused, and nothing throws.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCentralFrame } from './parse-central-frame.ts'

test.each([
  { t: 'ready', watermarks: {} },
  { t: 'ready', watermarks: { bulk: 3, critical: 0 } },
  { t: 'applied', lane: 'state', through: 7 },
  { t: 'gap', lane: 'bulk', expected: 1 },
  { t: 'beat', n: 4 },
  { t: 'err', code: 'MP_X', why: 'because' },
])('%j is taken as it is', (frame) => {
  expect(parseCentralFrame(JSON.stringify(frame))).toEqual({ ok: frame })
})

test('a lane of a newer central is left out', () => {
  expect(parseCentralFrame('{"t":"ready","watermarks":{"bulk":3,"express":9}}')).toEqual({
    ok: { t: 'ready', watermarks: { bulk: 3 } },
  })
})

test.each([
  'null',
  '7',
  '{',
  '{}',
  '{"t":"ready"}',
  '{"t":"ready","watermarks":null}',
  '{"t":"ready","watermarks":{"bulk":"3"}}',
  '{"t":"ready","watermarks":{"bulk":-1}}',
  '{"t":"applied","lane":"express","through":1}',
  '{"t":"applied","lane":"bulk"}',
  '{"t":"gap","lane":"bulk","expected":0}',
  '{"t":"gap","lane":"__proto__","expected":1}',
  '{"t":"beat"}',
])('%s is refused', (text) => {
  expect(parseCentralFrame(text)).toEqual({ wrong: expect.any(String) })
})

test('nothing throws', () => {
  const frame = fc.record({
    t: fc.constantFrom('ready', 'applied', 'gap', 'beat', 'err', null),
    watermarks: fc.jsonValue(),
    lane: fc.jsonValue(),
    through: fc.jsonValue(),
    expected: fc.jsonValue(),
    n: fc.jsonValue(),
  })
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        frame.map((value) => JSON.stringify(value)),
      ),
      (text) => {
        expect(Object.keys(parseCentralFrame(text))).toHaveLength(1)
      },
    ),
    { numRuns: 500 },
  )
})
