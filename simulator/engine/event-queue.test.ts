import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventQueue } from './event-queue.ts'
import { stream } from './random.ts'

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

test('handlers get the numbers of their event, callbacks between them, all in one order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.boolean()), { maxLength: 3000 }),
      (of) => {
        const queue = new EventQueue()
        const seen: [number, number, number][] = []
        const handler = queue.handler((a, b) => seen.push([queue.nowMs, a, b]))
        for (const [i, [at, typed]] of of.entries()) {
          if (typed) queue.schedule(at, handler, i, i + 0.5)
          else queue.at(at, () => seen.push([queue.nowMs, i, i + 0.5]))
        }
        expect(queue.run(10)).toBe(of.filter(([at]) => at <= 10).length)
        while (queue.run(20, 7) > 0);
        const expected = of
          .map(([at], i) => [at, i, i + 0.5] as const)
          .sort((a, b) => a[0] - b[0] || a[1] - b[1])
        expect(seen).toEqual(expected)
        expect([queue.executed, queue.pending]).toEqual([of.length, 0])
      },
    ),
    { numRuns: 50 },
  )
})

test('slots are used again while events come and go', () => {
  const queue = new EventQueue()
  const random = stream(1, 'hold')
  let last = 0
  let left = 20_000
  const hold = queue.handler((from, n) => {
    expect(queue.nowMs).toBeGreaterThanOrEqual(last)
    expect(from + n).toBe(5_000)
    last = queue.nowMs
    if (left-- > 0) queue.schedule(queue.nowMs + random() * 100, hold, from, n)
  })
  for (let i = 0; i < 5_000; i++) queue.schedule(random() * 100, hold, i, 5_000 - i)
  expect(queue.run(Number.POSITIVE_INFINITY)).toBe(25_000)
})

test('invariants are checked when the clock is asked to', () => {
  const queue = new EventQueue()
  queue.invariant(() => {
    if (queue.executed > 0) throw new Error('broken')
  })
  queue.verify()
  queue.at(1, () => {})
  queue.run(1)
  expect(() => queue.verify()).toThrow('broken')
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
