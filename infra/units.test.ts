// Sizes are never rounded down, and money is never rounded at all.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decimalUsd, wholeGib, wholeMib } from './units.ts'

test('a size in GB is rounded up to the GiB a volume is sold in', () => {
  expect(wholeGib(40e9)).toBe(38)
  expect(wholeGib(2 ** 30)).toBe(1)
  expect(wholeMib(1)).toBe(1)
})

test('the rounded size always holds what was asked for, with less than one unit to spare', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 ** 14 }), (bytes) => {
      const held = wholeGib(bytes) * 2 ** 30
      expect(held).toBeGreaterThanOrEqual(bytes)
      expect(held - bytes).toBeLessThan(2 ** 30)
    }),
  )
})

test.each([
  [0n, '0'],
  [1n, '0.000000000001'],
  [1_500_000_000_000n, '1.5'],
  [45_000_000_000_000n, '45'],
  [-250_000_000_000n, '-0.25'],
])('%s pico-dollars are written %s', (pico, text) => {
  expect(decimalUsd(pico)).toBe(text)
})
