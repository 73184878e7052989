// A lane's backlog against an array that forgets nothing.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LaneBacklog } from './lane-backlog.ts'

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ push: fc.integer({ min: 1, max: 500 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      records: fc.integer({ min: 1, max: 10 }),
      bytes: fc.integer({ min: 1, max: 1_200 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ advance: fc.integer({ min: -3, max: 12 }) }) },
  { weight: 1, arbitrary: fc.constant('reconnect' as const) },
  { weight: 1, arbitrary: fc.record({ rewind: fc.integer({ min: -2, max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ keep: fc.integer({ min: 0, max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ shed: fc.integer({ min: -5, max: 30 }) }) },
)

test('counts, bytes and batches are those of a plain list of sizes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 0, max: 50 }), (steps, start) => {
      const backlog = new LaneBacklog()
      backlog.reset(start)
      const sizes = new Map<number, number>()
      let last = start
      let applied = start
      let sent = start
      let first = start + 1
      for (const next of steps) {
        if (next === 'reconnect') {
          sent = applied
          backlog.sent = backlog.applied
        } else if ('push' in next) {
          sizes.set(++last, next.push)
          backlog.push(next.push)
        } else if ('rewind' in next) {
          const to = applied - next.rewind
          expect(backlog.rewind(to)).toBe(to + 1 >= first)
          if (to + 1 >= first && to < applied) {
            applied = to
            sent = to
          }
        } else if ('keep' in next) {
          backlog.keepFrom(applied - next.keep)
          first = Math.max(first, Math.min(applied - next.keep, applied + 1))
        } else if ('shed' in next) {
          const laneSeq = applied + next.shed
          backlog.shed(laneSeq)
          if (laneSeq >= first && laneSeq <= last) sizes.set(laneSeq, 5)
        } else if ('advance' in next) {
          const to = applied + next.advance
          expect(backlog.advance(to)).toBe(next.advance > 0 && applied < last)
          applied = Math.max(applied, Math.min(to, last))
          sent = Math.max(sent, applied)
        } else {
          const expected = { count: 0, bytes: 0 }
          for (let seq = sent + 1; seq <= last && expected.count < next.records; seq++) {
            const size = sizes.get(seq) as number
            if (expected.count > 0 && expected.bytes + size > next.bytes) break
            expected.count++
            expected.bytes += size
          }
          expect(backlog.batch(next.records, next.bytes)).toEqual(expected)
          sent += expected.count
          backlog.sent += expected.count
        }
        let bytes = 0
        for (let seq = applied + 1; seq <= last; seq++) bytes += sizes.get(seq) as number
        expect(backlog).toMatchObject({
          applied,
          sent,
          last,
          bytes,
          count: last - applied,
          unsent: sent < last,
        })
      }
    }),
  )
})

describe('a long run', () => {
  test('keeps count over many thousands of records, though old sizes are let go', () => {
    const backlog = new LaneBacklog()
    for (let i = 1; i <= 100_000; i++) {
      backlog.push(i % 7)
      if (i % 3 === 0) backlog.advance(i - 2)
    }
    expect(backlog.count).toBe(3)
    backlog.sent = backlog.applied
    const sizes = [99_998, 99_999, 100_000].map((i) => i % 7)
    expect(backlog.bytes).toBe(sizes.reduce((sum, size) => sum + size))
    expect(backlog.batch(10, 1_000_000)).toEqual({ count: 3, bytes: backlog.bytes })
  })
})

test('a record larger than a batch travels alone', () => {
  const backlog = new LaneBacklog()
  backlog.push(10_000)
  backlog.push(1)
  expect(backlog.batch(128, 1_000)).toEqual({ count: 1, bytes: 10_000 })
})
