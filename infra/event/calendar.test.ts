// Calendars: occurrences by the clocks of the event's zone, recurrences, bounds and what is refused.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { loadEventOrCalendar } from './calendar.ts'
import type { InvalidEvent } from './problems.ts'

const SCENARIOS = fileURLToPath(new URL('../../scenarios/', import.meta.url))
const CONFERENCE = join(SCENARIOS, 'events', 'hybrid-conference-2000.yaml')
const folder = mkdtempSync(join(tmpdir(), 'micropop-calendar-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}
const event = join('..', '..', CONFERENCE)
const yaml = (entries: string) =>
  written('some.yaml', `micropop: 1\ncalendar: { name: some }\nevents:\n${entries}\n`)
const ics = (lines: string[]) =>
  written(
    'some.ics',
    ['BEGIN:VCALENDAR', 'VERSION:2.0', 'BEGIN:VEVENT', ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join(
      '\r\n',
    ),
  )
const starts = (file: string) =>
  loadEventOrCalendar(file).events.map(({ startMs }) => new Date(startMs).toISOString())
function refusal(file: string): InvalidEvent {
  try {
    loadEventOrCalendar(file)
  } catch (error) {
    return error as InvalidEvent
  }
  throw new Error('nothing was refused')
}

test('the shipped calendar loads, and an event is a calendar of one', () => {
  expect(loadEventOrCalendar(join(SCENARIOS, 'calendars', 'season-2027.yaml')).events).toHaveLength(13)
  expect(loadEventOrCalendar(CONFERENCE).events).toHaveLength(1)
})

// Dublin goes from UTC to UTC+1 on 28 March 2027.
const WEEKLY = ['2027-03-26T09:00:00.000Z', '2027-04-02T08:00:00.000Z']

test('a weekly event keeps its time on the clock when the clocks change', () => {
  const entry = `  - { file: ${event}, starts: '2027-03-26T09:00', repeat: { everyDays: 7, times: 2 } }`
  expect(starts(yaml(entry))).toEqual(WEEKLY)
})

test('the same as RRULE, with the file named by ATTACH or by X-MICROPOP-EVENT', () => {
  const rule = ['DTSTART:20270326T090000', 'RRULE:FREQ=WEEKLY;COUNT=2']
  expect(starts(ics([`X-MICROPOP-EVENT:${event}`, ...rule]))).toEqual(WEEKLY)
  expect(starts(ics([`ATTACH:${event}`, ...rule]))).toEqual(WEEKLY)
})

test('a start in a zone of its own is read by that zone, one in UTC as it is', () => {
  const named = `X-MICROPOP-EVENT:${event}`
  expect(starts(ics([named, 'DTSTART;TZID=Europe/Berlin:20270326T090000']))).toEqual([
    '2027-03-26T08:00:00.000Z',
  ])
  expect(starts(ics([named, 'DTSTART:20270326T090000Z']))).toEqual(['2027-03-26T09:00:00.000Z'])
})

test('an endless recurrence ends 365 days after its first: 26 March 2028 is the 366th, for 2028 is a leap year', () => {
  const rule = ['DTSTART:20270326T090000', 'RRULE:FREQ=MONTHLY']
  expect(starts(ics([`X-MICROPOP-EVENT:${event}`, ...rule]))).toHaveLength(12)
})

test('mistakes are told with their line, and what to write', () => {
  const gap = refusal(yaml(`  - { file: ${event}, starts: '2027-03-28T01:30' }`))
  expect(gap.place).toMatchObject({ line: 4 })
  expect(gap.message).toContain('the clocks skip it; write 2027-03-28T02:30')
  const slip = refusal(yaml(`  - { file: ${event}, start: '2027-03-26T09:00' }`))
  expect(slip.message).toContain('did you mean "starts"?')
  expect(refusal(ics(['SUMMARY:Gala', 'DTSTART:20270326T090000'])).message).toContain(
    'VEVENT 1, "Gala", names no event file; write X-MICROPOP-EVENT',
  )
  expect(refusal(written('bad.ics', 'hello')).message).toContain('not an iCalendar file')
  const daily = ['DTSTART:20270326T000000', 'RRULE:FREQ=HOURLY']
  expect(refusal(ics([`X-MICROPOP-EVENT:${event}`, ...daily])).message).toContain('more than 400 times')
})

test.each([
  ['a line that is none', ['DTSTART:20270326T090000', 'hello'], 6, 'invalid line'],
  ['a frequency that is none', ['DTSTART:20270326T090000', 'RRULE:FREQ=SOMETIMES'], 6, 'SOMETIMES'],
  [
    'a start in month 13',
    ['SUMMARY:Gala', 'DTSTART:20271301T090000'],
    6,
    'no time; write it as 20270326T090000',
  ],
  ['a start that is a year', ['DTSTART:2027'], 5, '; write it as 20270326T090000'],
  ['a start that the clocks skip', ['DTSTART:20270328T013000'], 5, 'write 2027-03-28T02:30'],
  ['too many times', ['DTSTART:20270326T000000', 'RRULE:FREQ=HOURLY'], 6, 'more than 400 times'],
  ['a folded line before', ['SUMMARY:a long', ' summary', 'DTSTART:2027'], 7, 'write it as'],
])('in an .ics file %s is told with its file and line', (_, lines, line, said) => {
  const file = ics([`X-MICROPOP-EVENT:${event}`, ...lines])
  const { place, message } = refusal(file)
  expect(place).toEqual({ file, line })
  expect(message).toContain(said)
})

test('a component of an .ics file that is not ended is told where it begins', () => {
  const file = written('cut.ics', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\n')
  expect(refusal(file)).toMatchObject({ place: { file, line: 2 }, exitCode: 2 })
})
