import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drainMs, drainSchedules, reconnectsPerS } from './drain.ts'

test('reconnects take the share of the cores that they may', () => {
  expect(reconnectsPerS({ handshakeMs: 2, cores: 4, share: 0.5 })).toBe(1_000)
  expect(reconnectsPerS({ handshakeMs: 10, cores: 1, share: 1 })).toBe(100)
})

test('sessions of all threads together leave evenly, at no more than the rate', () => {
  const rates = fc.integer({ min: 1, max: 10_000 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), rates, fc.nat(200), (threads, ratePerS, perThread) => {
      const leaves = drainSchedules(threads, ratePerS)
        .flatMap(({ firstMs, stepMs }) => Array.from({ length: perThread }, (_, n) => firstMs + n * stepMs))
        .sort((a, b) => a - b)
      for (const [i, atMs] of leaves.entries()) expect(atMs).toBeCloseTo((i * 1_000) / ratePerS, 3)
      for (const atMs of leaves) expect(atMs).toBeLessThan(drainMs(leaves.length, ratePerS))
    }),
  )
})
