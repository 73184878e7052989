import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventWith, hallVenue, remoteVenue } from '../../../infra/testing/events.ts'
import { CENT, nearestEven } from '../largest-remainder.ts'
import { allocate } from './allocate.ts'
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
