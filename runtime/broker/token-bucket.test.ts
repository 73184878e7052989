// The rate limit: a burst at once, then the rate, and never more saved up than the burst.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

test('lets a burst pass, says how long to wait for what goes beyond, and saves up no more than a burst', () => {
  const bucket = new TokenBucket({ ratePerS: 10, burst: 3 }, 1_000)
  const takes = (nowMs: number) => bucket.take(nowMs)
  expect([takes(1_000), takes(1_000), takes(1_000), takes(1_000), takes(1_000)]).toEqual([0, 0, 0, 100, 200])
  expect(takes(1_200)).toBe(100)
  expect([takes(9_000), takes(9_000), takes(9_000), takes(9_000)]).toEqual([0, 0, 0, 100])
})

test('with callers that wait as told, no more pass than burst and rate allow, and no fewer than the rate', () => {
  const arrivals = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 400 })
  fc.assert(
    fc.property(
      arrivals,
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 50 }),
      (gaps, rate, burst) => {
        const bucket = new TokenBucket({ ratePerS: rate, burst }, 0)
        let nowMs = 0
        for (const [i, gap] of gaps.entries()) {
          nowMs += gap
          const waitMs = bucket.take(nowMs)
          expect(i + 1).toBeLessThanOrEqual(burst + 1 + (nowMs / 1_000) * rate + 1e-6)
          expect(waitMs).toBeLessThanOrEqual(1_000 / rate + 1e-6)
          nowMs += waitMs
        }
      },
    ),
  )
})
