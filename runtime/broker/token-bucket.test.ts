// The rate limit: a burst at once, then the rate, and never more saved up than the burst.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

test('lets a burst pass, then as many as come in', () => {
  const bucket = new TokenBucket(10, 3, 1_000)
  const takes = (nowMs: number) => bucket.take(nowMs)
  expect([takes(1_000), takes(1_000), takes(1_000), takes(1_000)]).toEqual([true, true, true, false])
  expect([takes(1_100), takes(1_100)]).toEqual([true, false])
  expect([takes(9_000), takes(9_000), takes(9_000), takes(9_000)]).toEqual([true, true, true, false])
})

test('in any stretch of time, no more pass than the burst and the rate allow, and no fewer than the rate', () => {
  const arrivals = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 400 })
  fc.assert(
    fc.property(
      arrivals,
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 50 }),
      (gaps, rate, burst) => {
        const bucket = new TokenBucket(rate, burst, 0)
        let nowMs = 0
        let passed = 0
        let everRefused = false
        for (const gap of gaps) {
          nowMs += gap
          if (bucket.take(nowMs)) passed++
          else everRefused = true
          expect(passed).toBeLessThanOrEqual(burst + (nowMs / 1_000) * rate + 1e-6)
        }
        if (!everRefused) expect(passed).toBe(gaps.length)
      },
    ),
  )
})
