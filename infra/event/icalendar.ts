// iCalendar files (RFC 5545): VEVENTs that name an event file, with their recurrences written out.
import { basename } from 'node:path'
import ICAL from 'ical.js'
import { OCCURRENCES_MAX, SPAN_DAYS_MAX } from './calendar-schema.ts'
import type { EventSpec } from './event.ts'
import { type IcalendarLines, icalendarLines } from './icalendar-lines.ts'
import { collect, InvalidEvent, type Problem } from './problems.ts'
import { quote } from './quote.ts'
import { readTextFile } from './text-file.ts'
import { MAX_YAML_BYTES } from './yaml-source.ts'
import { instantOf, isTimezone, readLocalTime } from './zoned-time.ts'

const DAY_MS = 86_400_000
const WRITE_TIME = 'write it as 20270326T090000'
const NO_TIME = `has a DTSTART that is no time; ${WRITE_TIME}`

/**
 * Every VEVENT that is not cancelled names its event file by `X-MICROPOP-EVENT` or `ATTACH`. A start without a zone, or
 * with one that is no IANA name, is read by the event's own clocks. Recurrences end a year after their first.
 */
export function icalendarEntries(path: string, load: (named: string) => EventSpec) {
  const read = readTextFile(path, path, 'calendar', MAX_YAML_BYTES)
  if (!read.ok) throw new InvalidEvent([{ place: { file: path }, message: read.why }])
  const problems: Problem[] = []
  const lines = icalendarLines(read.text)
  const events = components(read.text, path, lines).flatMap((component, i) => {
    const refuse = (message: string, ...properties: string[]) => {
      const line = lines.lineOf(i, ...properties)
      problems.push({ place: { file: path, ...(line !== undefined && { line }) }, message })
    }
    if (component.getFirstPropertyValue('status') === 'CANCELLED') return []
    const which = `VEVENT ${i + 1}, ${quote(String(component.getFirstPropertyValue('summary') ?? 'without a summary'))},`
    const named =
      component.getFirstPropertyValue('x-micropop-event') ?? component.getFirstPropertyValue('attach')
    const start = component.getFirstProperty('dtstart')
    if (named === null || start === null) {
      const lacks = named === null ? 'no event file; write X-MICROPOP-EVENT:my-event.yaml' : 'no DTSTART'
      refuse(`${which} names ${lacks}`)
      return []
    }
    const event = collect(problems, () => load(String(named)))
    if (!event) return []
    const zone = String(start.getParameter('tzid') ?? '')
    const times = occurrences(component)
    if (typeof times === 'string') {
      refuse(`${which} ${times}`, ...(times === NO_TIME ? ['DTSTART'] : ['RRULE', 'DTSTART']))
      return []
    }
    if (times.length > OCCURRENCES_MAX) {
      refuse(
        `${which} takes place more than ${OCCURRENCES_MAX} times in a year; write COUNT or UNTIL`,
        'RRULE',
      )
      return []
    }
    return times.flatMap((time) => {
      const instant = instantAt(time, isTimezone(zone) ? zone : event.timezone)
      if (instant.ok) return [{ ...event, startMs: instant.value }]
      refuse(`${which}: ${instant.why}`, 'DTSTART')
      return []
    })
  })
  if (problems.length === 0 && events.length === 0)
    problems.push({ place: { file: path }, message: 'the calendar has no VEVENT that takes place' })
  if (problems.length > 0) throw new InvalidEvent(problems)
  return { name: basename(path, '.ics'), events }
}

function components(text: string, path: string, { broken }: IcalendarLines) {
  try {
    return new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent')
  } catch (error) {
    const message = `this is not an iCalendar file: ${broken?.why ?? (error as Error).message}; export it as .ics again`
    throw new InvalidEvent([{ place: { file: path, ...(broken && { line: broken.line }) }, message }])
  }
}

/** As the file writes it: the parser makes 1 January of a month 13. */
function isWrittenTime(property: InstanceType<typeof ICAL.Property>): boolean {
  return String(property.toJSON()[3]) === String(property.getFirstValue())
}

/** Local times, or why there are none: the parser reads a value when it is asked for, and throws then. */
function occurrences(component: InstanceType<typeof ICAL.Component>): string[] | string {
  try {
    const start = component.getFirstProperty('dtstart')
    if (!start || !isWrittenTime(start)) return NO_TIME
    return recurrences(new ICAL.Event(component))
  } catch (error) {
    return `cannot be placed in time: ${(error as Error).message}; ${WRITE_TIME}`
  }
}

function recurrences(event: InstanceType<typeof ICAL.Event>): string[] {
  if (!event.isRecurring()) return [event.startDate.toString()]
  const iterator = event.iterator()
  const times: string[] = []
  const firstMs = wallMs(event.startDate.toString())
  for (let next = iterator.next(); next && times.length <= OCCURRENCES_MAX; next = iterator.next()) {
    if (wallMs(next.toString()) - firstMs > SPAN_DAYS_MAX * DAY_MS) break
    times.push(next.toString())
  }
  return times
}

function wallMs(text: string): number {
  return Date.parse(text.endsWith('Z') ? text : `${text}Z`)
}

function instantAt(text: string, zone: string) {
  if (text.endsWith('Z')) return { ok: true as const, value: Date.parse(text) }
  const time = readLocalTime(text.includes('T') ? text : `${text}T00:00`)
  return time.ok ? instantOf(time.value, zone) : time
}
