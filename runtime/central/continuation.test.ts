// What continues a lane, what is applied already, and what is a gap.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { continueFrom } from './continuation.ts'

test('a batch that continues the watermark is applied whole', () => {
  expect(continueFrom(0, 1, 3)).toEqual({ is: 'next', skip: 0, apply: 3 })
  expect(continueFrom(7, 8, 1)).toEqual({ is: 'next', skip: 0, apply: 1 })
})

test('what is applied already is skipped, in part or whole', () => {
  expect(continueFrom(7, 6, 4)).toEqual({ is: 'next', skip: 2, apply: 2 })
  expect(continueFrom(7, 1, 7)).toEqual({ is: 'next', skip: 7, apply: 0 })
  expect(continueFrom(7, 1, 2)).toEqual({ is: 'next', skip: 2, apply: 0 })
})

test('a batch past the next record is a gap', () => {
  expect(continueFrom(7, 9, 2)).toEqual({ is: 'gap', expected: 8 })
})

test.each([
  [-1, 1, 1],
  [0, 0, 1],
  [0, 1, 0],
  [0.5, 1, 1],
  [0, 1, Number.NaN],
])('watermark %s, first %s, count %s is refused', (watermark, first, count) => {
  expect(() => continueFrom(watermark, first, count)).toThrow(RangeError)
})

test('any sequence of batches applies every record once and in order', () => {
  const batch = fc.record({ first: fc.integer({ min: 1, max: 40 }), count: fc.integer({ min: 1, max: 12 }) })
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 60 }), (batches) => {
      const applied: number[] = []
      for (const { first, count } of batches) {
        const next = continueFrom(applied.length, first, count)
        if (next.is === 'gap') {
          expect(next.expected).toBe(applied.length + 1)
          continue
        }
        const records = Array.from({ length: count }, (_, i) => first + i)
        applied.push(...records.slice(next.skip, next.skip + next.apply))
      }
      expect(applied).toEqual(applied.map((_, i) => i + 1))
    }),
  )
})
