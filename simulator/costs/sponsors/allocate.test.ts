import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventWith, hallVenue, remoteVenue } from '../../../infra/testing/events.ts'
import { CENT, nearestEven } from '../largest-remainder.ts'
import { decimal, decimalText, plus, ZERO } from '../money.ts'
import { allocate, allocateLines } from './allocate.ts'
import { ALLOCATIONS } from './allocation-result.ts'

const EVENT = eventWith({
  venues: [hallVenue({ costCentre: 'hall-77' }), remoteVenue()],
  finance: { costCentre: 'events', discounts: [], vat: null },
})
const LINES = [
  { venue: 'hall', amount: 10_000n * CENT },
  { venue: 'remote', amount: 5_000n * CENT },
  { venue: 'central', amount: 1_001n * CENT },
]
const USES = [
  { sponsor: 'acme', venue: 'hall', userMs: 3_000 },
  { sponsor: 'globex', venue: 'hall', userMs: 1_000 },
]

const amounts = (by: (typeof ALLOCATIONS)[number], event = EVENT, uses = USES) =>
  allocate(LINES, by, event, uses).parts.map(({ of, amount }) => [of, amount / CENT])

test('by sponsor: the venue’s by the seconds there, the shared by all, the rest by nobody', () => {
  // Hall 100.00: 75.00 and 25.00. Central 10.01: 7.5075 and 2.5025. Together 82.5075 and 27.5025: 0.75 of a cent is the
  // larger remainder, so 82.51 and 27.50. Nobody is at `remote`.
  expect(amounts('sponsor')).toEqual([
    ['acme', 8_251n],
    ['globex', 2_750n],
    [null, 5_000n],
  ])
  expect(amounts('sponsor', EVENT, [])).toEqual([[null, 16_001n]])
})

test('by venue and by cost centre, which is the event’s where the venue has none', () => {
  expect(amounts('venue')).toEqual([
    ['central', 1_001n],
    ['hall', 10_000n],
    ['remote', 5_000n],
  ])
  expect(amounts('cost-centre')).toEqual([
    ['events', 6_001n],
    ['hall-77', 10_000n],
  ])
  const without = { ...EVENT, finance: { ...EVENT.finance, costCentre: null } }
  expect(amounts('cost-centre', without).at(-1)).toEqual([null, 6_001n])
})

test('whatever is split: the exact parts sum to the total, and the cents to its cents', () => {
  const venue = fc.constantFrom('hall', 'remote', 'central')
  const lines = fc.array(fc.record({ venue, amount: fc.bigInt(0n, 10n ** 16n) }), { maxLength: 12 })
  const uses = fc.array(
    fc.record({
      sponsor: fc.constantFrom('a', 'b', 'c'),
      venue: fc.constantFrom('hall', 'remote'),
      userMs: fc.nat(1e9),
    }),
    { maxLength: 6 },
  )
  fc.assert(
    fc.property(lines, uses, fc.constantFrom(...ALLOCATIONS), (some, use, by) => {
      const { parts, total } = allocate(some, by, EVENT, use)
      const sum = some.reduce((all, { amount }) => all + amount, 0n)
      expect(parts.reduce((all, { exact }) => all + exact, 0n)).toBe(sum)
      expect(parts.reduce((all, { amount }) => all + amount, 0n)).toBe(total)
      expect(total).toBe(nearestEven(sum, CENT) * CENT)
    }),
  )
})

test('line by line: two who share a line have parts of each figure, one alone has all of it', () => {
  // 7 pico-dollars by 3 to 1: 5.25 and 1.75, so 5 and 2. A third of nothing is nothing.
  const line = { venue: 'hall', quantity: '10', discount: 3n, amount: 7n }
  expect(allocateLines([line, { ...line, venue: 'remote' }], 'sponsor', EVENT, USES)).toEqual({
    by: 'sponsor',
    lines: [
      [
        { of: 'acme', ratio: '0.75', quantity: '7.5', list: 7n, amount: 5n, userSeconds: '3' },
        { of: 'globex', ratio: '0.25', quantity: '2.5', list: 3n, amount: 2n, userSeconds: '1' },
      ],
      [{ of: null, ratio: '1', quantity: '10', list: 10n, amount: 7n, userSeconds: null }],
    ],
  })
  expect(allocateLines([line], 'cost-centre', EVENT, USES).lines).toEqual([
    [{ of: 'hall-77', ratio: '1', quantity: '10', list: 10n, amount: 7n, userSeconds: null }],
  ])
})

test('whatever is split: a line’s parts sum to each of its figures, and all lines’ to the split of the total', () => {
  const digits = fc.record({ digits: fc.bigInt(0n, 10n ** 15n), scale: fc.nat(16) })
  const line = fc.record({
    venue: fc.constantFrom('hall', 'remote', 'central'),
    quantity: digits.map(decimalText),
    discount: fc.bigInt(0n, 10n ** 15n),
    amount: fc.bigInt(0n, 10n ** 16n),
  })
  const use = fc.record({
    sponsor: fc.constantFrom('a', 'b', 'c'),
    venue: fc.constantFrom('hall', 'remote'),
    userMs: fc.nat(1e9),
  })
  const lists = [fc.array(line, { maxLength: 8 }), fc.array(use, { maxLength: 6 })] as const
  fc.assert(
    fc.property(...lists, fc.constantFrom(...ALLOCATIONS), (some, uses, by) => {
      const split = allocateLines(some, by, EVENT, uses).lines
      const exact = new Map<string | null, bigint>()
      some.forEach(({ quantity, discount, amount }, i) => {
        const parts = split[i] ?? []
        const sum = (of: (part: (typeof parts)[number]) => bigint) =>
          parts.reduce((total, part) => total + of(part), 0n)
        const sumOf = (key: 'ratio' | 'quantity') =>
          decimalText(parts.reduce((total, part) => plus(total, decimal(part[key])), ZERO))
        expect([sum((part) => part.amount), sum((part) => part.list)]).toEqual([amount, amount + discount])
        expect([sumOf('ratio'), sumOf('quantity')]).toEqual(['1', quantity])
        expect(new Set(parts.map(({ of }) => of)).size).toBe(parts.length)
        for (const part of parts) exact.set(part.of, (exact.get(part.of) ?? 0n) + part.amount)
      })
      const whole = allocate(some, by, EVENT, uses).parts.map((part) => [part.of, part.exact] as const)
      expect(exact).toEqual(new Map(whole))
    }),
  )
})
