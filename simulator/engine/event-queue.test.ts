import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventQueue } from './event-queue.ts'

test('events come in order of time, and of scheduling where times are equal', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 3000 }), (times) => {
      const queue = new EventQueue()
      const seen: { at: number; i: number }[] = []
      for (const [i, at] of times.entries()) queue.at(at, () => seen.push({ at: queue.nowMs, i }))
      while (queue.step(100));
      const expected = times.map((at, i) => ({ at, i })).sort((a, b) => a.at - b.at || a.i - b.i)
      expect(seen).toEqual(expected)
    }),
    { numRuns: 50 },
  )
})

test('events scheduled while others run keep the order', () => {
  const queue = new EventQueue()
  const seen: string[] = []
  queue.at(10, () => {
    seen.push('a')
    queue.at(5, () => seen.push('past becomes now'))
    queue.after(0, () => seen.push('b'))
  })
  queue.at(10, () => seen.push('c'))
  while (queue.step(10));
  expect(seen).toEqual(['a', 'c', 'past becomes now', 'b'])
})

test('step stops at the time it is given and leaves the rest', () => {
  const queue = new EventQueue()
  queue.at(10, () => {})
  expect(queue.step(9)).toBe(false)
  expect(queue.pending).toBe(1)
  expect(queue.step(10)).toBe(true)
  expect(queue.pending).toBe(0)
})

test('an event without a time is refused', () => {
  expect(() => new EventQueue().at(Number.NaN, () => {})).toThrow(RangeError)
})
