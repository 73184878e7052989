// Exact decimals: nothing is lost on the way in, and rounding happens where it is said.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amountOf, compare, decimal, decimalText, minus, plus, quantityOf, scaled } from './money.ts'

test('a decimal comes back as it was written, without zeros that say nothing', () => {
  expect(['0', '0.0456', '12', '1.50', '-0.5', '100'].map((text) => decimalText(decimal(text)))).toEqual([
    '0',
    '0.0456',
    '12',
    '1.5',
    '-0.5',
    '100',
  ])
})

test.each(['', '1e3', '.5', '1,5', 'NaN', '1.', '0x10', '1.0000000000000000000000001'])(
  '%j is no decimal',
  (text) => {
    expect(() => decimal(text)).toThrow(RangeError)
  },
)

test('an amount is rate × quantity to the pico-dollar', () => {
  // 0.0456 USD × 24 h = 1.0944 USD
  expect(amountOf(decimal('0.0456'), decimal('24'))).toBe(1_094_400_000_000n)
  // 0.0000004 USD × 1 request = 0.4 µUSD
  expect(amountOf(decimal('0.0000004'), decimal('1'))).toBe(400_000n)
  // 0.0000004 × 0.0000015 = 6e-13 USD: 0.6 pico-dollars round to 1; 0.4 round to 0
  expect(amountOf(decimal('0.0000004'), decimal('0.0000015'))).toBe(1n)
  expect(amountOf(decimal('0.0000004'), decimal('0.000001'))).toBe(0n)
})

test('a share is rounded to nine places, halves up', () => {
  expect(decimalText(scaled(decimal('1'), 1n, 3n))).toBe('0.333333333')
  expect(decimalText(scaled(decimal('2'), 1n, 3n))).toBe('0.666666667')
  expect(decimalText(scaled(decimal('1'), 1n, 2_000_000_000n))).toBe('0.000000001')
})

test('a number enters as the decimal a reader sees, and what is no number does not', () => {
  expect(decimalText(quantityOf(0.1))).toBe('0.1')
  expect(decimalText(quantityOf(1e-10))).toBe('0')
  expect(decimalText(quantityOf(123456789.123))).toBe('123456789.123')
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e21])
    expect(() => quantityOf(value)).toThrow(RangeError)
})

const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.integer({ min: 0, max: 12 }))
  .map(([digits, scale]) => ({ digits, scale }))

test('adding and taking away again changes nothing, and text keeps the value', () => {
  fc.assert(
    fc.property(decimals, decimals, (a, b) => {
      expect(compare(minus(plus(a, b), b), a)).toBe(0)
      expect(compare(decimal(decimalText(a)), a)).toBe(0)
    }),
  )
})
