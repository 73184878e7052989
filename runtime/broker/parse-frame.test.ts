// The door of a session: every frame is read as it was meant, or refused with a reason, and nothing throws.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseClientFrame } from './parse-frame.ts'

const pub = { t: 'pub', lane: 'interactive', seq: 1, ch: 'room', body: { vote: 3 }, at: 1_700_000_000_000 }

function nested(levels: number): string {
  return JSON.stringify({ ...pub, body: 'BODY' }).replace('"BODY"', '['.repeat(levels) + ']'.repeat(levels))
}

describe('a good frame', () => {
  test.each([
    [{ t: 'hello', client: 'ann_-9' }],
    [{ t: 'hello', client: 'ann', from: {} }],
    [{ t: 'hello', client: 'ann', from: { bulk: 1, interactive: 70_000 } }],
    [{ t: 'sub', ch: 'room.main-1' }],
    [{ t: 'sub', ch: 'room', epoch: '1f1e-aa', off: 0 }],
    [{ t: 'ping', n: 0 }],
    [{ t: 'ping', n: 0, t0: 12.5 }],
    [{ t: 'hello', client: 'ann', token: 'e30.e30.', resume: 'secret' }],
    [{ t: 'sub', ch: 'room', part: 3, where: { eq: ['body.topic', 'a'] }, presence: 'count' }],
    [{ t: 'unsub', ch: 'room' }],
    [{ ...pub, lane: 'control', ack: 'replica', key: 'seat-4' }],
    [{ t: 'query', id: 'q1', ch: 'collect.poll', agg: { is: 'count', by: 'body.choice' }, live: true }],
    [{ t: 'unquery', id: 'q1' }],
  ])('%j is taken as it is', (frame) => {
    expect(parseClientFrame(JSON.stringify(frame))).toEqual({ ok: frame })
  })

  test('of a publish asks for `disk` unless it says otherwise', () => {
    expect(parseClientFrame(JSON.stringify(pub))).toEqual({ ok: { ...pub, ack: 'disk' } })
    const central = { ...pub, ack: 'central' }
    expect(parseClientFrame(JSON.stringify(central))).toEqual({ ok: central })
  })

  test.each([null, false, 0, '', [], {}])('may publish %j as its body', (body) => {
    expect(parseClientFrame(JSON.stringify({ ...pub, body }))).toMatchObject({ ok: { body } })
  })

  test('loses keys that the wire does not know', () => {
    const parsed = parseClientFrame(JSON.stringify({ ...pub, laneSeq: 9, off: 7 }))
    expect(parsed).toEqual({ ok: { ...pub, ack: 'disk' } })
  })
})

describe('a bad frame is refused with its reason', () => {
  const channel = '`ch` must be'
  const resume = 'to resume, give both'
  test.each<[string, string]>([
    ['', 'not JSON'],
    ['{', 'not JSON'],
    ['null', 'not an object'],
    ['3', 'not an object'],
    ['[]', '`t` must be'],
    ['{"t":"welcome"}', '`t` must be'],
    ['{"t":"hello"}', '`client` must be'],
    ['{"t":"hello","client":""}', '`client` must be'],
    ['{"t":"hello","client":7}', '`client` must be'],
    ['{"t":"hello","client":"a/b"}', '`client` must be'],
    ['{"t":"hello","client":"ann\\n"}', '`client` must be'],
    [JSON.stringify({ t: 'hello', client: 'a'.repeat(65) }), '`client` must be'],
    ['{"t":"hello","client":"ann","from":3}', '`from` must'],
    ['{"t":"hello","client":"ann","from":{"bulk":0}}', '`from` must'],
    ['{"t":"hello","client":"ann","from":{"express":1}}', '`from` must'],
    ['{"t":"sub"}', channel],
    ['{"t":"sub","ch":"a b"}', channel],
    [JSON.stringify({ t: 'sub', ch: 'c'.repeat(129) }), channel],
    ['{"t":"sub","ch":"room","off":3}', resume],
    ['{"t":"sub","ch":"room","epoch":"e"}', resume],
    ['{"t":"sub","ch":"room","epoch":"e","off":-1}', resume],
    ['{"t":"sub","ch":"room","epoch":"e","off":1.5}', resume],
    ['{"t":"sub","ch":"room","epoch":"e","off":1e300}', resume],
    ['{"t":"sub","ch":"room","epoch":"","off":1}', resume],
    ['{"t":"sub","ch":"collect.poll"}', 'collect'],
    ['{"t":"sub","ch":"room","part":-1}', '`part` must be'],
    ['{"t":"sub","ch":"room","presence":"all"}', '`presence` must be'],
    ['{"t":"sub","ch":"room","where":{"is":["body",1]}}', 'a filter must'],
    ['{"t":"unsub","ch":""}', channel],
    ['{"t":"query","id":"a b","ch":"room","agg":{"is":"count"}}', '`id` must be'],
    ['{"t":"query","id":"a","ch":"room","agg":{"is":"mean"}}', '`is` of an aggregate'],
    ['{"t":"query","id":"a","ch":"room","agg":{"is":"count"},"live":1}', '`live` must be'],
    ['{"t":"unquery"}', '`id` must be'],
    ['{"t":"hello","client":"ann","token":7}', '`token` and'],
    ['{"t":"ping","n":1,"t0":"now"}', '`t0` must be'],
    ['{"t":"ping"}', '`n` must be'],
    ['{"t":"ping","n":"1"}', '`n` must be'],
    [JSON.stringify({ ...pub, lane: '__proto__' }), '`lane` must be'],
    [JSON.stringify({ ...pub, seq: 0 }), '`seq` must be'],
    [JSON.stringify({ ...pub, seq: '1' }), '`seq` must be'],
    [JSON.stringify({ ...pub, seq: 2 ** 53 }), '`seq` must be'],
    [JSON.stringify({ ...pub, ch: null }), channel],
    [JSON.stringify({ ...pub, at: 'now' }), '`at` must be'],
    [JSON.stringify(pub).replace('1700000000000', '1e999'), '`at` must be'],
    [JSON.stringify({ ...pub, ack: 'twice' }), '`ack` must be'],
    [JSON.stringify({ ...pub, key: '' }), '`key` must be'],
    [JSON.stringify({ ...pub, ack: null }), '`ack` must be'],
    [JSON.stringify({ ...pub, body: undefined }), '`body` is missing'],
    [nested(65), '`body` is nested'],
    [nested(30_000), '`body` is nested'],
  ])('%.60s', (text, wrong) => {
    expect(parseClientFrame(text)).toEqual({ wrong: expect.stringContaining(wrong) })
  })
})

test('a body as deep as is allowed can be written again', () => {
  const parsed = parseClientFrame(nested(64))
  expect(JSON.stringify('ok' in parsed && parsed.ok.t === 'pub' && parsed.ok.body)).toBe(
    '['.repeat(64) + ']'.repeat(64),
  )
})

describe('whatever arrives', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('ann', 'room', 'interactive', 'disk', 1, 0, -1))
  const almost = fc.record(
    {
      t: fc.constantFrom('hello', 'sub', 'pub', 'ping', 'pong', 1),
      client: value,
      ch: value,
      epoch: value,
      off: value,
      lane: value,
      seq: value,
      body: value,
      at: value,
      ack: value,
      n: value,
    },
    { requiredKeys: ['t'] },
  )
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.json(),
    almost.map((frame) => JSON.stringify(frame)),
    fc.tuple(almost, fc.nat(), fc.nat()).map(([frame, from, length]) => {
      const text = JSON.stringify(frame)
      const at = from % text.length
      return text.slice(0, at) + text.slice(at + (length % 4))
    }),
  )

  test('nothing throws, and what is taken is within the limits of the wire', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseClientFrame(text)
        if ('wrong' in parsed) {
          expect(parsed.wrong).not.toBe('')
          return
        }
        const frame = parsed.ok
        if (frame.t === 'pub') {
          expect(Number.isSafeInteger(frame.seq) && frame.seq >= 1).toBe(true)
          expect(['critical', 'interactive', 'state', 'bulk']).toContain(frame.lane)
          expect(frame.ch.length).toBeLessThanOrEqual(128)
          expect(() => JSON.stringify(frame)).not.toThrow()
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
