// The event's window and billed time, by hand.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compare, decimal, decimalText } from './money.ts'
import { billedHours, billedMonths, eventWindow, months, startedDays, startedHours } from './window.ts'

const H = 3_600_000
const at = (text: string) => Date.parse(text)

test('the window runs from set-up before the first show to tear-down after the last, nights included', () => {
  const window = eventWindow({
    startMs: at('2026-12-03T09:00:00Z'),
    timezone: 'Europe/Dublin',
    days: 3,
    dayS: 8 * 3600,
    setupS: 12 * 3600,
    teardownS: 4 * 3600,
  })
  expect(new Date(window.startMs).toISOString()).toBe('2026-12-02T21:00:00.000Z')
  expect(new Date(window.endMs).toISOString()).toBe('2026-12-05T21:00:00.000Z')
})

test('a change of clocks inside the event moves its end', () => {
  // Ireland sets its clocks back on 25 October 2026: the second day starts 25 h after the first.
  const event = { timezone: 'Europe/Dublin', dayS: 3600, setupS: 0, teardownS: 0 }
  const window = eventWindow({ ...event, startMs: at('2026-10-24T08:00:00Z'), days: 2 })
  expect(new Date(window.endMs).toISOString()).toBe('2026-10-25T10:00:00.000Z')
})

test('months are cut in UTC, each with its own length', () => {
  const parts = months({ startMs: at('2026-11-30T12:00:00Z'), endMs: at('2026-12-01T06:00:00Z') })
  expect(
    parts.map(({ month, startMs, endMs, monthMs }) => [month, (endMs - startMs) / H, monthMs / H]),
  ).toEqual([
    ['2026-11', 12, 720],
    ['2026-12', 6, 744],
  ])
})

test('31 GB for 24 hours of a 31-day month are one GB-month, as AWS says', () => {
  const window = { startMs: at('2026-12-03T00:00:00Z'), endMs: at('2026-12-04T00:00:00Z') }
  expect(decimalText(billedMonths(decimal('31'), window))).toBe('1')
})

test('over the end of a month each part counts by the length of its own month', () => {
  // 12 of 720 h and 6 of 744 h: 0.016666667 + 0.008064516
  const window = { startMs: at('2026-11-30T12:00:00Z'), endMs: at('2026-12-01T06:00:00Z') }
  expect(decimalText(billedMonths(decimal('1'), window))).toBe('0.024731183')
})

test('seconds are billed, but no fewer than the minimum', () => {
  const seconds = (s: number) => ({ startMs: 0, endMs: s * 1000 })
  expect(decimalText(billedHours(decimal('1'), seconds(5400), 60))).toBe('1.5')
  // 60 s are 0.016666667 h, 600 s are 0.166666667 h.
  expect(decimalText(billedHours(decimal('1'), seconds(10), 60))).toBe('0.016666667')
  expect(decimalText(billedHours(decimal('1'), seconds(10), 600))).toBe('0.166666667')
  expect(decimalText(billedHours(decimal('2'), seconds(3600), 60))).toBe('2')
})

test('an hour of a load balancer and a rented day count once they have started', () => {
  expect([1, H, H + 1].map((endMs) => startedHours({ startMs: 0, endMs }))).toEqual([1, 1, 2])
  expect([1, 24 * H, 24 * H + 1].map((endMs) => startedDays({ startMs: 0, endMs }))).toEqual([1, 1, 2])
})

test('a longer window never has fewer hours, months or days', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: at('2026-01-01'), max: at('2027-12-31') }),
      fc.integer({ min: 1, max: 40 * 24 * H }),
      fc.integer({ min: 0, max: 40 * 24 * H }),
      (startMs, length, more) => {
        const short = { startMs, endMs: startMs + length }
        const long = { startMs, endMs: short.endMs + more }
        const one = decimal('1')
        expect(compare(billedHours(one, long, 60), billedHours(one, short, 60))).toBeGreaterThanOrEqual(0)
        expect(compare(billedMonths(one, long), billedMonths(one, short))).toBeGreaterThanOrEqual(0)
        expect(startedDays(long)).toBeGreaterThanOrEqual(startedDays(short))
      },
    ),
  )
})
