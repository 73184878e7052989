import { expect, test } from 'vitest'
import { dayAt } from './show-day.ts'

// Clocks go back on 25 October 2026 in Dublin: that day has 25 hours.
const event = { startMs: Date.parse('2026-10-24T09:00:00+01:00'), timezone: 'Europe/Dublin', days: 3 }

test('days begin at the same local time, also across a change of clocks', () => {
  expect(dayAt(event, 0)).toEqual({ index: 0, startS: 0 })
  expect(dayAt(event, 25 * 3600 - 1)).toEqual({ index: 0, startS: 0 })
  expect(dayAt(event, 25 * 3600)).toEqual({ index: 1, startS: 25 * 3600 })
  expect(dayAt(event, 10 ** 9)).toEqual({ index: 2, startS: 49 * 3600 })
})
