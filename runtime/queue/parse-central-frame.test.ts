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
  { t: 'reconciling', n: 1, expired: { bulk: 7 } },
  { t: 'differing', n: 1, blocks: [{ from: 1, to: 1_024, count: 9, sum: '0123456789abcdef' }] },
  { t: 'missing', n: 1, lacks: [1, 2], extra: [], other: [3] },
  { t: 'repaired', n: 1, stored: 2 },
  { t: 'doc', kind: 'config', name: 'stage', version: 3, body: { a: [1] } },
  { t: 'doc', kind: 'features', name: 'polls', version: 4 },
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
  '{"t":"reconciling","n":1}',
  '{"t":"differing","n":1,"blocks":[{"from":1,"to":1025,"count":1,"sum":"0123456789abcdef"}]}',
  '{"t":"differing","n":1,"blocks":[{"from":2,"to":1,"count":1,"sum":"0123456789abcdef"}]}',
  '{"t":"missing","n":1,"lacks":[1],"extra":[]}',
  '{"t":"missing","n":1,"lacks":["1"],"extra":[],"other":[]}',
  '{"t":"repaired","n":1,"stored":-1}',
  '{"t":"doc","kind":"music","name":"a","version":1}',
  '{"t":"doc","kind":"config","name":"../a","version":1}',
  '{"t":"doc","kind":"config","name":"a","version":0}',
])('%s is refused', (text) => {
  expect(parseCentralFrame(text)).toEqual({ wrong: expect.any(String) })
})

test('nothing throws', () => {
  const frame = fc.record({
    t: fc.constantFrom('ready', 'applied', 'gap', 'beat', 'err', 'differing', 'missing', 'doc', null),
    blocks: fc.jsonValue(),
    lacks: fc.jsonValue(),
    kind: fc.constantFrom('config', null),
    name: fc.jsonValue(),
    version: fc.jsonValue(),
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
