// When the PoP compares its log with central, when it waits, and when it gives a round up.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reconcile } from './reconcile.ts'
import type { ReconcileEffect, ReconcileInput } from './reconcile-effects.ts'
import { decodeDigests, encodeDigests, NO_RECORD, recordDigest, sumText } from './record-digest.ts'

const EVERY_MS = 60_000
const RECORD = { client: 'ada', seq: 1, ch: 'room', body: { a: 1 }, at: 1.5 }

function reconcile(through = 10, random = () => 0.5): Reconcile {
  const spans = () => ({ bulk: { from: 1, through } })
  return new Reconcile({ everyMs: EVERY_MS, random, spans, versions: () => ({}) })
}

const LIVE: ReconcileInput = { is: 'link', live: true, draining: false }

function readAll(effect: ReconcileEffect | undefined): ReconcileInput {
  if (effect?.do !== 'read') throw new Error(`expected a read, got ${effect?.do}`)
  return { is: 'read', records: Array.from({ length: effect.count }, () => ({ digest: 3n, bytes: 100 })) }
}

test('the first round starts within the interval, the next after it, each PoP at its own time', () => {
  for (const random of [() => 0, () => 0.999]) {
    const subject = reconcile(0, random)
    subject.wake(0)
    expect(subject.wakeAtMs).toBeCloseTo(EVERY_MS * random())
    subject.input(LIVE, 0)
    const startMs = subject.wakeAtMs
    expect(subject.wake(startMs)).toEqual([{ do: 'compare', frame: { t: 'reconcile', n: 1, versions: {} } }])
    const answer = { is: 'answer', frame: { t: 'reconciling', n: 1, expired: {} } } as const
    expect(subject.input(answer, startMs)).toMatchObject([{ do: 'reconciled' }])
    expect(subject.wakeAtMs - startMs).toBeCloseTo(EVERY_MS * (0.9 + 0.2 * random()))
  }
})

test('without a link nothing starts; when it comes back, what is due starts', () => {
  const subject = reconcile()
  subject.wake(0)
  expect(subject.wake(EVERY_MS)).toEqual([])
  expect(subject.wakeAtMs).toBe(Number.POSITIVE_INFINITY)
  subject.input(LIVE, 3 * EVERY_MS)
  expect(subject.wakeAtMs).toBe(3 * EVERY_MS)
  expect(subject.wake(3 * EVERY_MS)).toMatchObject([{ do: 'compare' }])
})

test('while a backlog drains nothing is read or sent, and a round goes on after it', () => {
  const subject = reconcile()
  subject.wake(0)
  subject.input({ is: 'link', live: true, draining: true }, 0)
  expect(subject.wake(EVERY_MS)).toEqual([])
  subject.input(LIVE, EVERY_MS)
  const nowMs = subject.wakeAtMs
  expect(subject.wake(nowMs)).toMatchObject([{ do: 'compare', frame: { t: 'reconcile' } }])
  subject.input({ is: 'link', live: true, draining: true }, nowMs)
  const answer = { is: 'answer', frame: { t: 'reconciling', n: 1, expired: {} } } as const
  expect(subject.input(answer, nowMs)).toEqual([])
  subject.input(LIVE, nowMs)
  expect(subject.wake(subject.wakeAtMs)).toEqual([{ do: 'read', lane: 'bulk', from: 1, count: 10 }])
})

test('a round ends where the link does or an answer stays away, and late answers change nothing', () => {
  const subject = reconcile()
  subject.wake(0)
  subject.input(LIVE, 0)
  const startMs = subject.wakeAtMs
  subject.wake(startMs)
  expect(subject.wake(subject.wakeAtMs)).toMatchObject([{ do: 'abandoned' }])
  const late = { is: 'answer', frame: { t: 'reconciling', n: 1, expired: {} } } as const
  expect(subject.input(late, subject.wakeAtMs)).toEqual([])
  expect(subject.wake(subject.wakeAtMs)).toMatchObject([{ do: 'compare', frame: { n: 2 } }])
  expect(subject.input({ is: 'link', live: false, draining: false }, subject.wakeAtMs)).toMatchObject([
    { do: 'abandoned', why: 'the uplink is gone' },
  ])
})

describe('a block that cannot be summed', () => {
  function reading(): Reconcile {
    const subject = reconcile(2_000)
    subject.wake(0)
    subject.input(LIVE, 0)
    const nowMs = subject.wakeAtMs
    subject.wake(nowMs)
    subject.input({ is: 'answer', frame: { t: 'reconciling', n: 1, expired: {} } }, nowMs)
    return subject
  }

  test('is told where it is damaged, and the next is read', () => {
    const subject = reading()
    expect(subject.input({ is: 'unreadable', why: 'torn' }, EVERY_MS)).toEqual([
      { do: 'unreadable', lane: 'bulk', from: 1, through: 1_024, why: 'torn' },
      { do: 'read', lane: 'bulk', from: 1_025, count: 256 },
    ])
  })

  test('is passed over where the log has let it go', () => {
    expect(reading().input({ is: 'gone' }, EVERY_MS)).toEqual([
      { do: 'read', lane: 'bulk', from: 1_025, count: 256 },
    ])
  })
})

test('disk is read in small steps with a pause after each', () => {
  const subject = reconcile(1_000)
  subject.wake(0)
  subject.input(LIVE, 0)
  let nowMs = subject.wakeAtMs
  subject.wake(nowMs)
  let [read] = subject.input({ is: 'answer', frame: { t: 'reconciling', n: 1, expired: {} } }, nowMs)
  for (let from = 1; from <= 1_000; from += 256) {
    expect(read).toMatchObject({ do: 'read', from, count: Math.min(256, 1_001 - from) })
    expect(subject.input(readAll(read), nowMs)).toEqual([])
    expect(subject.wakeAtMs - nowMs).toBeGreaterThanOrEqual(25)
    nowMs = subject.wakeAtMs
    read = subject.wake(nowMs)[0] as ReconcileEffect
  }
  expect(read).toMatchObject({
    do: 'compare',
    frame: { t: 'digests', blocks: [{ from: 1, to: 1_000, count: 1_000, sum: sumText(3_000n) }] },
  })
})

describe('digests', () => {
  test('differ where identity, channel, time or body differ; place and arrival do not count', () => {
    const digest = recordDigest('bulk', RECORD)
    const changes = [{ client: 'bob' }, { seq: 2 }, { ch: 'hall' }, { body: { a: 2 } }, { at: 1.25 }]
    for (const change of changes) expect(recordDigest('bulk', { ...RECORD, ...change })).not.toBe(digest)
    expect(recordDigest('state', RECORD)).not.toBe(digest)
    expect(recordDigest('bulk', { ...RECORD, off: 9, part: 1, t: 4 })).toBe(digest)
    // By hand: SHA-256 of ["bulk","ada",1,"room",1.5]{"a":1}, its first 8 bytes.
    expect(sumText(digest)).toBe('5fb2ad4465fe2c0b')
  })

  test('are the same on both sides of the wire, whatever the body', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.double({ noNaN: true, noDefaultInfinity: true }), (body, at) => {
        const record = { ...RECORD, body, at: at + 0 }
        const other = JSON.parse(JSON.stringify(record))
        expect(recordDigest('bulk', other)).toBe(recordDigest('bulk', record))
      }),
    )
  })

  test('travel as they are', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), (digests) => {
        expect(decodeDigests(encodeDigests(digests))).toEqual(digests)
      }),
    )
    expect(decodeDigests(encodeDigests([NO_RECORD]))).toEqual([0n])
    expect(() => decodeDigests('AAAA')).toThrow(RangeError)
  })
})
