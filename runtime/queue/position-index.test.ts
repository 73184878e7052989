// Positions by lane sequence against a plain Map.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Position, PositionIndex } from './position-index.ts'

const step = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 4_000 }).map((push) => ({ push })) },
  { weight: 2, arbitrary: fc.integer({ min: -2, max: 6_000 }).map((drop) => ({ drop })) },
)

function position(laneSeq: number): Position {
  return {
    segment: 1 + Math.floor(laneSeq / 1_000),
    offset: (laneSeq * 97) % 2 ** 32,
    length: 8 + (laneSeq % 50),
  }
}

test('finds what was pushed and not dropped, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 1_000_000 }), (steps, first) => {
      const index = new PositionIndex()
      let next = first
      let kept = first
      for (const change of steps) {
        if ('push' in change) {
          for (let i = 0; i < change.push; i++, next++) index.push(next, position(next))
        } else {
          index.dropThrough(kept + change.drop)
          kept = Math.max(kept, Math.min(next, kept + change.drop + 1))
        }
        for (const laneSeq of [kept, Math.floor((kept + next) / 2), next - 1]) {
          const expected = laneSeq >= kept && laneSeq < next ? position(laneSeq) : undefined
          expect(index.get(laneSeq)).toEqual(expected)
        }
        for (const laneSeq of [kept - 1, next, next + 5_000]) expect(index.get(laneSeq)).toBeUndefined()
      }
    }),
  )
})

test('keeps offsets of large segments exact', () => {
  const index = new PositionIndex()
  const far = { segment: 2_000_000, offset: 2 ** 32 - 1, length: 9 }
  index.push(1, far)
  expect(index.get(1)).toEqual(far)
})

test('starts again anywhere once it is empty', () => {
  const index = new PositionIndex()
  index.push(5, position(5))
  index.dropThrough(5)
  index.push(90, position(90))
  expect(index.get(90)).toEqual(position(90))
  expect(index.get(5)).toBeUndefined()
})
