// Positions by lane sequence against a plain Map.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Position, PositionIndex } from './position-index.ts'

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ push: fc.integer({ min: 1, max: 40 }), roll: fc.boolean() }) },
  { weight: 1, arbitrary: fc.nat(6).map((drop) => ({ drop })) },
  { weight: 1, arbitrary: fc.nat(6).map((replace) => ({ replace })) },
)

test('finds the block of each record that was pushed and not dropped, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 1_000_000 }), (steps, start) => {
      const index = new PositionIndex()
      let blocks: Position[] = []
      let next = start
      let segment = 1
      for (const change of steps) {
        if ('push' in change) {
          if (change.roll) segment++
          const block = { segment, offset: next, length: 9, first: next, last: next + change.push - 1 }
          blocks.push(block)
          index.push(block)
          next += change.push
        } else if ('drop' in change) {
          const before = segment - change.drop
          blocks = blocks.filter((block) => block.segment >= before)
          index.dropBefore(before)
        } else {
          const of = segment - change.replace
          const moved = (block: Position) => ({ ...block, offset: block.offset + 1, length: 5 })
          index.replace(of, blocks.filter((block) => block.segment === of).map(moved))
          blocks = blocks.map((block) => (block.segment === of ? moved(block) : block))
        }
        expect(index.first).toBe(blocks[0]?.first ?? null)
        for (let seq = start - 1; seq <= next; seq += 7) {
          expect(index.get(seq)).toEqual(blocks.find(({ first, last }) => first <= seq && seq <= last))
        }
      }
    }),
  )
})

test('forgets nothing that is kept over many thousands of blocks', () => {
  const index = new PositionIndex()
  for (let i = 1; i <= 30_000; i++) {
    index.push({ segment: i, offset: 0, length: 1, first: i * 2, last: i * 2 + 1 })
    if (i % 100 === 0) index.dropBefore(i - 3)
  }
  expect(index.first).toBe(59_994)
  expect(index.get(59_999)).toMatchObject({ segment: 29_999 })
})
