// Wall clocks and instants agree, on the days when clocks change too.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { dayStarts, instantOf, isTimezone, readLocalTime, wallTime } from './zoned-time.ts'

function instant(text: string, timezone: string): number | string {
  const time = readLocalTime(text)
  if (!time.ok) return time.why
  const read = instantOf(time.value, timezone)
  return read.ok ? read.value : read.why
}

test.each([
  ['2026-12-03T09:00', 'Europe/Dublin', '2026-12-03T09:00Z'],
  ['2026-07-03T09:00', 'Europe/Dublin', '2026-07-03T08:00Z'],
  ['2026-07-03T09:00', 'America/New_York', '2026-07-03T13:00Z'],
  ['2026-07-03T09:00', 'Asia/Kolkata', '2026-07-03T03:30Z'],
  ['2026-07-03T09:00', 'UTC', '2026-07-03T09:00Z'],
  ['2026-07-03T09:00', 'Pacific/Kiritimati', '2026-07-02T19:00Z'],
  ['2027-03-28T03:00', 'Europe/Berlin', '2027-03-28T01:00Z'],
  ['2027-03-28T01:59', 'Europe/Berlin', '2027-03-28T00:59Z'],
  ['2026-10-25T02:30+02:00', 'Europe/Berlin', '2026-10-25T00:30Z'],
  ['2026-10-25T02:30+01:00', 'Europe/Berlin', '2026-10-25T01:30Z'],
])('%s in %s is %s', (text, timezone, utc) => {
  expect(instant(text, timezone)).toBe(Date.parse(utc))
})

test('a time that the clocks skip names the one that the clocks show instead', () => {
  expect(instant('2027-03-28T02:30', 'Europe/Berlin')).toBe(
    '"2027-03-28T02:30" does not exist in Europe/Berlin: the clocks skip it; write 2027-03-28T03:30',
  )
  expect(instant('2026-10-04T02:10', 'Australia/Lord_Howe')).toContain('write 2026-10-04T02:40')
})

test('a time that happens twice asks which', () => {
  expect(instant('2026-10-25T02:30', 'Europe/Berlin')).toBe(
    '"2026-10-25T02:30" happens twice in Europe/Berlin: the clocks are set back; write 2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00',
  )
})

test('an offset that the zone does not have is refused', () => {
  expect(instant('2026-12-03T09:00+05:00', 'Europe/Berlin')).toBe(
    '"2026-12-03T09:00+05:00" does not have the UTC offset of Europe/Berlin; write 2026-12-03T09:00+01:00, or 2026-12-03T09:00',
  )
})

test.each([
  '2026-13-01T09:00',
  '2026-02-29T09:00',
  '2026-12-03T24:00',
  '2026-12-03T09:60',
  '1998-07-07T20:45',
  'tomorrow',
])('%s is not a local time', (text) => {
  expect(readLocalTime(text).ok).toBe(false)
})

test('each day of an event starts at the same time on the wall clock', () => {
  const timezone = 'Europe/Dublin'
  const startMs = Date.parse('2027-03-27T10:00Z')
  const starts = dayStarts({ startMs, timezone, days: 3 })
  expect(starts.map((ms) => wallTime(ms, timezone))).toEqual([
    '2027-03-27T10:00',
    '2027-03-28T10:00',
    '2027-03-29T10:00',
  ])
  expect(starts.map((ms) => (ms - startMs) / 3_600_000)).toEqual([0, 23, 47])
})

test('a later day’s start that the clocks skip moves with the clocks', () => {
  const startMs = Date.parse('2027-03-27T01:30Z')
  const starts = dayStarts({ startMs, timezone: 'Europe/Berlin', days: 2 })
  expect(wallTime(startMs, 'Europe/Berlin')).toBe('2027-03-27T02:30')
  expect(wallTime(starts[1] ?? 0, 'Europe/Berlin')).toBe('2027-03-28T03:30')
})

test('zones are known by their names', () => {
  expect(isTimezone('Europe/Dublin')).toBe(true)
  expect(isTimezone('Europe/Dubln')).toBe(false)
  expect(isTimezone('')).toBe(false)
})

test('the instant of a wall clock’s reading is that instant, or the clock reads it twice', () => {
  const zone = fc.constantFrom(
    'Europe/Dublin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'UTC',
  )
  const minutes = fc.integer({ min: Date.UTC(2021, 0) / 60_000, max: Date.UTC(2050, 0) / 60_000 })
  fc.assert(
    fc.property(minutes, zone, (minute, timezone) => {
      const ms = minute * 60_000
      const found = instant(wallTime(ms, timezone), timezone)
      if (typeof found === 'string') expect(found).toContain('happens twice')
      else expect(found).toBe(ms)
    }),
    { numRuns: 500 },
  )
})
