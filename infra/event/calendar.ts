// Loads a calendar of events, from YAML or iCalendar, and places each occurrence by the clocks of its event's zone.
import { dirname, join } from 'node:path'
import { calendarFileSchema, OCCURRENCES_MAX, SPAN_DAYS_MAX } from './calendar-schema.ts'
import type { EventSpec } from './event.ts'
import { icalendarEntries } from './icalendar.ts'
import { loadEvent } from './load.ts'
import { collect, InvalidEvent, type Problem } from './problems.ts'
import { readYaml } from './yaml-source.ts'
import { parseWith } from './zod-problems.ts'
import { dayStarts, instantOf } from './zoned-time.ts'

export interface EventCalendar {
  name: string
  /** One for each occurrence, in the order of their starts. */
  events: EventSpec[]
}

const DAY_MS = 86_400_000

/** A calendar, or one event as a calendar of one. Throws one `InvalidEvent` with every mistake. */
export function loadEventOrCalendar(path: string): EventCalendar {
  if (path.endsWith('.ics')) return checked(path, icalendarEntries(path, eventLoader(path)))
  const source = readYaml(path, path, 'event or calendar file')
  if (!Object.hasOwn(source.data as object, 'calendar')) {
    const event = loadEvent(path)
    return { name: event.name, events: [event] }
  }
  const problems: Problem[] = []
  const file = parseWith(calendarFileSchema, source, problems)
  const load = eventLoader(path)
  const events = (file?.events ?? []).flatMap(({ file: named, starts, repeat }, i) => {
    const event = collect(problems, () => load(named))
    if (!event) return []
    const instant = starts ? instantOf(starts, event.timezone) : { ok: true as const, value: event.startMs }
    if (!instant.ok) {
      problems.push({ place: source.valueAt(['events', i, 'starts']), message: instant.why })
      return []
    }
    const { everyDays, times } = repeat ?? { everyDays: 1, times: 1 }
    if (everyDays * (times - 1) > SPAN_DAYS_MAX) {
      const message = `this repeats over ${everyDays * (times - 1)} days; write a calendar of at most ${SPAN_DAYS_MAX} days`
      problems.push({ place: source.valueAt(['events', i, 'repeat']), message })
      return []
    }
    const { timezone } = event
    const days = dayStarts({ startMs: instant.value, timezone, days: everyDays * (times - 1) + 1 })
    return days.filter((_, day) => day % everyDays === 0).map((startMs) => ({ ...event, startMs }))
  })
  if (!file || problems.length > 0) throw new InvalidEvent(problems)
  return checked(path, { name: file.calendar.name, events })
}

/** Each event file is read once, by its path relative to the calendar. */
function eventLoader(calendar: string): (named: string) => EventSpec {
  const loaded = new Map<string, EventSpec>()
  return (named) => {
    const event = loaded.get(named) ?? loadEvent(join(dirname(calendar), named))
    loaded.set(named, event)
    return event
  }
}

function checked(path: string, { name, events }: EventCalendar): EventCalendar {
  const sorted = events.toSorted((a, b) => a.startMs - b.startMs)
  const spanDays = ((sorted.at(-1)?.startMs ?? 0) - (sorted[0]?.startMs ?? 0)) / DAY_MS
  const refuse = (message: string) => new InvalidEvent([{ place: { file: path }, message }])
  if (sorted.length > OCCURRENCES_MAX) {
    throw refuse(`the calendar has ${sorted.length} events; write at most ${OCCURRENCES_MAX}`)
  }
  if (spanDays > SPAN_DAYS_MAX) {
    throw refuse(
      `the calendar spans ${Math.ceil(spanDays)} days; write at most ${SPAN_DAYS_MAX}, and the next year in a file of its own`,
    )
  }
  return { name, events: sorted }
}
