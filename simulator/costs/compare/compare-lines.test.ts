// Differences between forecasts are split exactly into what is new, removed, dearer and more.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { amountOf, decimal } from '../money.ts'
import { type Compared, compareLines } from './compare-lines.ts'

type Line = Compared['lines'][number]

function line(of: Partial<Line> & Pick<Line, 'quantity' | 'rate'>): Line {
  const fixed = { venue: 'remote', urn: 'urn:pulumi:a::micropop::x::m', description: 'hours', unit: 'hour' }
  const rateId = 'ec2.t3.large.on-demand'
  return { ...fixed, rateId, amount: amountOf(decimal(of.rate), decimal(of.quantity)), ...of }
}

const usd = (text: string) => amountOf(decimal('1'), decimal(text))
const of = (...lines: Line[]): Compared => ({ lines, unpriced: [] })

test('a line that is dearer and more is split: more at the old price, then dearer at the new quantity', () => {
  // 24 h × 0.09 = 2.16; 30 h × 0.10 = 3.00. Six hours more at 0.09 are 0.54; 30 h each 0.01 dearer are 0.30.
  const result = compareLines(
    of(line({ quantity: '24', rate: '0.09' })),
    of(line({ quantity: '30', rate: '0.1' })),
  )
  expect(result.lines).toMatchObject([
    {
      reason: 'price and quantity',
      quantityEffect: usd('0.54'),
      priceEffect: usd('0.3'),
      difference: usd('0.84'),
    },
  ])
  expect(result).toMatchObject({ before: usd('2.16'), after: usd('3'), difference: usd('0.84') })
})

test('what is on one side only is new or removed; the same in two stacks is the same', () => {
  const kept = line({ quantity: '24', rate: '0.09' })
  const result = compareLines(
    of(kept, line({ description: 'large', quantity: '2', rate: '3' })),
    of(
      { ...kept, urn: 'urn:pulumi:b::micropop::x::m' },
      line({ description: 'small', quantity: '2', rate: '1' }),
    ),
  )
  expect(result.lines.map(({ description, reason }) => [description, reason])).toEqual([
    ['large', 'removed'],
    ['small', 'new'],
    ['hours', 'same'],
  ])
  expect(result.reasons).toEqual({ added: usd('2'), removed: -usd('6'), price: 0n, quantity: 0n })
})

test('a discount is a matter of price', () => {
  const full = line({ quantity: '10', rate: '1' })
  const result = compareLines(of(full), of({ ...full, amount: usd('9') }))
  expect(result.lines).toMatchObject([{ reason: 'price', priceEffect: -usd('1'), quantityEffect: 0n }])
})

test('what lost its price, or got one, is told', () => {
  const unpriced = {
    ...{ venue: 'hall', urn: 'urn:u', type: 't', description: 'rent', quantity: null, unit: 'day' },
    why: 'no rate',
  }
  const result = compareLines({ lines: [], unpriced: [unpriced] }, { lines: [], unpriced: [] })
  expect(result.unpriced).toEqual({ added: [], removed: [unpriced] })
})

test('reasons sum to the difference, effects to each line’s, totals to the lines, to the pico-dollar', () => {
  const text = fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.integer({ min: 0, max: 9 }))
    .map(([digits, scale]) =>
      scale === 0
        ? `${digits}`
        : `${digits / 10n ** BigInt(scale)}.${String(digits % 10n ** BigInt(scale)).padStart(scale, '0')}`,
    )
  const some = fc.record({
    description: fc.constantFrom('a', 'b', 'c'),
    quantity: text,
    rate: text,
    discounted: fc.boolean(),
  })
  const side = fc.array(some, { maxLength: 6 }).map((lines) =>
    of(
      ...lines.map(({ discounted, ...rest }) => {
        const full = line(rest)
        return discounted ? { ...full, amount: full.amount - full.amount / 10n } : full
      }),
    ),
  )
  fc.assert(
    fc.property(side, side, (a, b) => {
      const { lines, before, after, difference, reasons } = compareLines(a, b)
      const total = (compared: Compared) => compared.lines.reduce((sum, { amount }) => sum + amount, 0n)
      expect([before, after, difference]).toEqual([total(a), total(b), total(b) - total(a)])
      expect(reasons.added + reasons.removed + reasons.price + reasons.quantity).toBe(difference)
      for (const { priceEffect, quantityEffect, difference: own } of lines)
        expect(priceEffect + quantityEffect).toBe(own)
    }),
  )
})
