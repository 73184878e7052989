import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fifo } from './fifo.ts'

test('a queue gives back what it was given, in order, whatever is put in and taken out between', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -900, max: 1_000 }), { maxLength: 20 }), (moves) => {
      const fifo = new Fifo<number>()
      const model: number[] = []
      let next = 0
      for (const move of moves) {
        for (let i = 0; i < move; i++) {
          fifo.push(next)
          model.push(next++)
        }
        for (let i = 0; i < -move && model.length > 0; i++) expect(fifo.shift()).toBe(model.shift())
        expect(fifo.size).toBe(model.length)
        expect(fifo.at(0)).toBe(model[0])
        expect(fifo.at(model.length)).toBeUndefined()
        expect(fifo.slice(2, 5)).toEqual(model.slice(2, 7))
      }
    }),
    { numRuns: 100 },
  )
})

test('nothing can be taken from an empty one', () => {
  expect(() => new Fifo().shift()).toThrow(RangeError)
})
