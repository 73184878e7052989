// Tiers split a pool without losing any of it, in proportion, and without a jump in cost at their edges.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amountOf, compare, type Decimal, decimal, decimalText, plus, ZERO } from './money.ts'
import { splitOverTiers } from './tiers.ts'

const tier = (from: string, to: string | null) => ({
  from: decimal(from),
  to: to === null ? null : decimal(to),
})
const TIERS = [tier('0', '100'), tier('100', '500'), tier('500', null)]
const PRICES = ['0', '0.09', '0.085'].map(decimal)
const text = (rows: Decimal[][]) => rows.map((row) => row.map(decimalText))

test('one quantity fills tier after tier', () => {
  expect(text(splitOverTiers([decimal('50')], TIERS))).toEqual([['50', '0', '0', '0']])
  expect(text(splitOverTiers([decimal('600')], TIERS))).toEqual([['100', '400', '100', '0']])
})

test('each member bears its share of every tier', () => {
  expect(text(splitOverTiers([decimal('300'), decimal('100')], TIERS))).toEqual([
    ['75', '225', '0', '0'],
    ['25', '75', '0', '0'],
  ])
})

test('what no tier covers is left over', () => {
  expect(text(splitOverTiers([decimal('120')], [tier('0', '100')]))).toEqual([['100', '20']])
  expect(text(splitOverTiers([decimal('120')], []))).toEqual([['120']])
})

test('nothing splits into nothing', () => {
  expect(text(splitOverTiers([ZERO, ZERO], TIERS))).toEqual([
    ['0', '0', '0', '0'],
    ['0', '0', '0', '0'],
  ])
})

const quantity = fc.integer({ min: 0, max: 2_000_000_000 }).map((n) => ({ digits: BigInt(n), scale: 6 }))

test('rows add up exactly, and nothing is negative', () => {
  fc.assert(
    fc.property(fc.array(quantity, { minLength: 1, maxLength: 6 }), (quantities) => {
      splitOverTiers(quantities, TIERS).forEach((row, i) => {
        expect(compare(row.reduce(plus, ZERO), quantities[i] as Decimal)).toBe(0)
        for (const cell of row) expect(cell.digits).toBeGreaterThanOrEqual(0n)
      })
    }),
  )
})

test('cost is continuous over the tiers: a little more costs a little more, at most at the highest price', () => {
  const cost = (of: Decimal) => {
    const [row = []] = splitOverTiers([of], TIERS)
    return PRICES.reduce((sum, price, k) => sum + amountOf(price, row[k] ?? ZERO), 0n)
  }
  const step = decimal('0.001')
  fc.assert(
    fc.property(quantity, (from) => {
      const more = cost(plus(from, step)) - cost(from)
      expect(more).toBeGreaterThanOrEqual(0n)
      // Rounding each of three parts may add a pico-dollar.
      expect(more).toBeLessThanOrEqual(amountOf(decimal('0.09'), step) + 3n)
    }),
  )
})
