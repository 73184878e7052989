import fc from 'fast-check'
import { expect, test } from 'vitest'
import { apportion, CENT, inCents, nearestEven } from './largest-remainder.ts'

test('a third each: the cent that is left goes to the first', () => {
  // 1.00 USD in three: 0.33 each, one cent left.
  const third = (100n * CENT) / 3n
  expect(inCents([third, third, 100n * CENT - 2n * third])).toEqual([33n * CENT, 33n * CENT, 34n * CENT])
  expect(apportion(10n, [1n, 1n, 1n])).toEqual([4n, 3n, 3n])
  expect(apportion(-10n, [1n, 1n, 1n])).toEqual([-3n, -3n, -4n])
  expect(() => apportion(10n, [0n])).toThrow(RangeError)
})

test('halves go to the even neighbour, on both sides of zero', () => {
  expect([25n, 35n, -25n, -35n, 26n, -26n].map((value) => nearestEven(value, 10n))).toEqual([
    2n,
    4n,
    -2n,
    -4n,
    3n,
    -3n,
  ])
})

const amount = fc.bigInt(-(10n ** 16n), 10n ** 16n)

test('parts sum to the whole, and each is off by less than one', () => {
  fc.assert(
    fc.property(fc.array(amount, { minLength: 1, maxLength: 20 }), (amounts) => {
      const parts = inCents(amounts)
      const sum = amounts.reduce((total, one) => total + one, 0n)
      expect(parts.reduce((total, one) => total + one, 0n)).toBe(nearestEven(sum, CENT) * CENT)
      for (const [i, part] of parts.entries()) {
        const off = part - (amounts[i] as bigint)
        expect(off < CENT && off > -CENT).toBe(true)
        expect(part % CENT).toBe(0n)
      }
    }),
  )
  fc.assert(
    fc.property(
      amount,
      fc.array(fc.bigInt(0n, 10n ** 12n), { minLength: 1, maxLength: 20 }),
      (total, weights) => {
        fc.pre(weights.some((weight) => weight > 0n))
        expect(apportion(total, weights).reduce((sum, one) => sum + one, 0n)).toBe(total)
      },
    ),
  )
})
