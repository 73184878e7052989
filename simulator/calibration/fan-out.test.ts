import { expect, test } from 'vitest'
import { stream } from '../engine/random.ts'
import { fanOut } from './fan-out.ts'

/** 50 messages to `to` subscribers, `gapMs` apart, after a wait of 5 to 15 ms; each delivery is kept with `share`. */
function messages(to: number, gapMs: number, share: number): number[][] {
  const random = stream(1, 'fan-out')
  return Array.from({ length: 50 }, () => {
    const waitMs = 5 + 10 * random()
    const all = Array.from({ length: to }, (_, i) => waitMs + (i + 0.5) * gapMs)
    return all.filter(() => random() < share)
  })
}

test.each([
  [120, 0.08, 1],
  [2_000, 0.01, 0.2],
])('the gap of %i subscribers, %d ms, is found from a share of %d', (to, gapMs, share) => {
  const found = fanOut(messages(to, gapMs, share), share)
  expect(found.gapMs).toBeCloseTo(gapMs, 2)
  // What is left is the wait, which all subscribers of a message have alike.
  expect(Math.min(...found.restMs)).toBeGreaterThan(4)
  expect(Math.max(...found.restMs)).toBeLessThan(16)
})

test('few deliveries, or few messages, tell nothing and stay as they are', () => {
  expect(fanOut([[3, 1, 2]], 1)).toEqual({ gapMs: null, restMs: [1, 2, 3] })
  expect(fanOut(messages(120, 0.08, 1).slice(0, 9), 1).gapMs).toBeNull()
})
