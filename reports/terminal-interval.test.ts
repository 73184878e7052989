// The interval, the window and what was approved as people read them.
import { expect, test } from 'vitest'
import type { ApprovedComparison } from '../simulator/costs/ledger/approved-result.ts'
import { approvedLines } from './terminal-approved.ts'
import { phaseLines, tailLines } from './terminal-event-window.ts'
import { intervalLines } from './terminal-interval.ts'
import { fixtureInterval } from './testing/fixture-interval.ts'

const USD = 10n ** 12n
const unscored = { scored: 0, inside: 0, underP99: 0, low: 0, high: 1, outcome: 'unknown' } as const
const of = { interval: fixtureInterval(), anHourLonger: 5n * USD, coverage: unscored, attendees: 100 }
const flat = (lines: string[]) => lines.join(' ').replaceAll(/\s+/g, ' ')

test('quantiles have their own interval, and one that is not bounded says so', () => {
  const lines = intervalLines(of)
  expect(flat(lines.slice(0, 5))).toBe(
    'Before tax Bill at most 95 % interval of it An attendee ' +
      'P10 $170.00 $169.00 to $171.00 $1.70 P50 $187.00 $186.00 to $188.00 $1.87 ' +
      'P90 $210.00 $209.00 to $211.00 $2.10 P99 $240.00 $239.00 to not bounded $2.40',
  )
})

test('the budget, what drives the cost, the range and the coverage are said', () => {
  const text = flat(intervalLines(of))
  expect(text).toContain('0 % of bills are above $400.00 (the chance is 0 % to 0.8 %): within the budget.')
  expect(text).toContain('Attendance −10 % −$15.00 +10 % +$17.00 rank correlation 0.93')
  expect(text).not.toContain('Start of the outage')
  expect(text).toContain('sessions at one venue: 2610, compared up to 2400 (12 of 500 bills)')
  expect(text).toContain('an hour more costs $5.00')
  expect(text).toContain('No bill has been held against a forecast')
  const coverage = {
    scored: 10,
    inside: 3,
    underP99: 9,
    low: 0.108,
    high: 0.603,
    outcome: 'too-narrow',
  } as const
  expect(flat(intervalLines({ ...of, coverage }))).toContain(
    'Of 10 events with a bill 3 fell in P10 to P90 (10.8 % to 60.3 %), FEWER than eight in ten',
  )
})

test('a drawn spot price and overrun are named with what is assumed of them, and no longer as planned', () => {
  expect(flat(intervalLines(of))).toContain('Prices and hours stay as planned; an hour more')
  const interval = fixtureInterval()
  const end = (at: number, usd: bigint) => ({ at, value: usd * USD })
  interval.uncertainty = { ...interval.uncertainty, overrun: { within: 1_800, distribution: 'uniform' } }
  interval.drivers.push(
    { factor: 'spot-price', low: end(0.65, 180n), high: end(1.55, 198n), correlation: 0.3 },
    { factor: 'overrun', low: end(180, 188n), high: end(1_620, 190n), correlation: 0.2 },
  )
  const text = flat(intervalLines({ ...of, interval }))
  expect(text).toContain("Prices other than the spot market's stay as planned; an hour more")
  expect(text).toContain('Spot price −35 % −$7.00 +55 % +$11.00 rank correlation 0.30')
  expect(text).toContain('Overrun of the show 3 min over +$1.00 27 min over +$3.00 rank correlation 0.20')
  expect(text).toContain("The price of spot machines is within 55 % (lognormal) of the price book's")
  expect(text).toContain('Each day of the show runs over by 30 min at most (uniform)')
})

test('phases have their clocks and hours, tails their month', () => {
  const phase = {
    day: 1,
    startMs: 0,
    endMs: 1,
    startsAt: '2027-03-27T17:00',
    endsAt: '2027-03-28T09:00',
  } as const
  expect(flat(phaseLines([{ ...phase, name: 'night', hours: 15, amount: USD }], 'Europe/Dublin'))).toBe(
    ' Phase (clocks of Europe/Dublin) From To Hours Amount night 2027-03-27 17:00 2027-03-28 09:00 15 $1.00',
  )
  const tail = {
    venue: 'central',
    urn: 'u',
    what: 'snapshot',
    atMost: true,
    ends: 'by-hand',
    why: 'it stays',
  } as const
  expect(
    flat(
      tailLines([
        { ...tail, monthly: 4n * USD },
        { ...tail, monthly: null },
      ]),
    ),
  ).toContain(
    'central: snapshot, $4.00 at most, until somebody deletes it: it stays central: snapshot, not known,',
  )
})

test('what changed since the approval is listed, names from outside cannot steer the terminal', () => {
  const side = { quantity: '2', rate: '1', amount: 2n * USD }
  const comparison: ApprovedComparison = {
    approved: {
      createdAt: '2026-11-01T12:00:00.000Z',
      by: 'A\u001b[2J',
      commit: null,
      hash: 'f'.repeat(64),
      priceBookDate: '2026-11-23',
      quantiles: { p10: '1', p50: '2', p90: '3', p99: '4' },
      file: 'x.json',
      expected: 2n * USD,
    },
    sameEventFile: false,
    difference: USD,
    changes: [
      {
        reason: 'quantity',
        venue: 'hall',
        urn: 'urn:hall',
        rateId: null,
        priceEffect: 0n,
        quantityEffect: USD,
        description: 'rent',
        unit: 'day',
        before: side,
        after: { ...side, quantity: '3' },
        difference: USD,
      },
    ],
  }
  const text = flat(approvedLines(comparison))
  expect(text).toContain('Approved 2026-11-01 by A\ufffd[2J: $2.00, +$1.00 since; the event file is ANOTHER')
  expect(text).toContain('hall: rent quantity 2 → 3 day +$1.00')
  expect(approvedLines(null)).toEqual([])
})
