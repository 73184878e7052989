// The format of a calendar of events: which event files take place when, and how often.
import * as z from 'zod'
import { count, expected, listOf, name, section, text } from './fields.ts'
import { localTime } from './quantity-fields.ts'

/** Occurrences in a calendar, and the days from the first to the last: a year, the shortest commitment. */
export const OCCURRENCES_MAX = 400
export const SPAN_DAYS_MAX = 365

const entry = section('an entry of the calendar', {
  file: text(
    'the path of an event file, relative to this file',
    '../events/hybrid-conference-2000.yaml',
    1_000,
  ),
  starts: localTime
    .optional()
    .describe("Start of the first day by the clocks of the event's zone; without it, the event's own."),
  repeat: section('repeat', {
    everyDays: count('days', 7, 1, SPAN_DAYS_MAX).describe('From one start to the next.'),
    times: count('times', 10, 2, OCCURRENCES_MAX).describe('How often in all.'),
  })
    .optional()
    .describe('The same again, at the same time on the clock.'),
})

export const calendarFileSchema = section('the calendar file', {
  micropop: z
    .literal(1, { error: expected('the version of the format', '1') })
    .describe('Version of this format.'),
  calendar: section('calendar', { name: name('the name of the calendar', 'season-2027') }),
  events: listOf(entry, 'entries', 1, 100),
})
