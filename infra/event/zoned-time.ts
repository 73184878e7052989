// Local wall-clock times in a time zone, daylight saving included, by Intl (Node 24 has no Temporal).
import { quote } from './quote.ts'
import type { Read } from './units.ts'

/** `2026-12-03T09:00`, seconds and a UTC offset optional. */
export const LOCAL_TIME_PATTERN = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?(Z|[+-]\\d{2}:\\d{2})?$'

export interface LocalTime {
  /** As it was written. */
  text: string
  /** The wall clock's reading, as if it were UTC, ms since the Unix epoch. */
  wallMs: number
  /** Offset from UTC that was written after the time, ms; null: none. */
  offsetMs: number | null
}

const EXAMPLE = '2026-12-03T09:00'
const FIRST_YEAR = 2020
const LAST_YEAR = 2099
const DAY_MS = 86_400_000

/** Reads a local time without judging it by a time zone yet. */
export function readLocalTime(text: string): Read<LocalTime> {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?(Z|([+-])(\d{2}):(\d{2}))?$/.exec(text)
  if (!match) {
    const spaced = /^(\d{4}-\d{2}-\d{2}) +(\d{2}:\d{2})$/.exec(text.trim())
    const instead = spaced ? `${spaced[1]}T${spaced[2]}` : `a date and a time such as ${EXAMPLE}`
    return { ok: false, why: `${quote(text)} is not a local time; write ${instead}` }
  }
  const part = (index: number) => Number(match[index] ?? 0)
  const wallMs = Date.UTC(part(1), part(2) - 1, part(3), part(4), part(5), part(6))
  if (new Date(wallMs).toISOString().slice(0, 16) !== text.slice(0, 16) || part(6) > 59) {
    return {
      ok: false,
      why: `${quote(text)} is not in the calendar; write a date and a time such as ${EXAMPLE}`,
    }
  }
  if (part(1) < FIRST_YEAR || part(1) > LAST_YEAR) {
    return { ok: false, why: `${quote(text)} lies outside the years ${FIRST_YEAR} to ${LAST_YEAR}` }
  }
  const sign = match[8] === '-' ? -1 : 1
  const offsetMs = match[7] === undefined ? null : sign * (part(9) * 60 + part(10)) * 60_000
  return { ok: true, value: { text, wallMs, offsetMs } }
}

/**
 * The instant of a local time in a zone, ms since the Unix epoch. A time that the change of clocks skips is
 * refused, and one that happens twice needs its UTC offset.
 */
export function instantOf(time: LocalTime, timezone: string): Read<number> {
  const { wallMs, offsetMs, text } = time
  const wall = wallText(wallMs)
  const instants = instantsOf(wallMs, timezone)
  const withOffsets = instants.map((instant) => `${wall}${offsetText(wallMs - instant)}`).join(' or ')

  const [first, second] = instants
  if (first === undefined) {
    const instead = wallTime(afterGap(wallMs, timezone), timezone)
    return {
      ok: false,
      why: `${quote(text)} does not exist in ${timezone}: the clocks skip it; write ${instead}`,
    }
  }
  if (offsetMs !== null) {
    const written = instants.find((instant) => wallMs - instant === offsetMs)
    if (written !== undefined) return { ok: true, value: written }
    const instead = `${withOffsets}, or ${wall}`
    return { ok: false, why: `${quote(text)} does not have the UTC offset of ${timezone}; write ${instead}` }
  }
  if (second !== undefined) {
    return {
      ok: false,
      why: `${quote(text)} happens twice in ${timezone}: the clocks are set back; write ${withOffsets}`,
    }
  }
  return { ok: true, value: first }
}

/** Whether Intl knows the zone. */
export function isTimezone(timezone: string): boolean {
  try {
    formatOf(timezone)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/**
 * Instants at which each day of an event starts: the same time on the wall clock, on consecutive dates. Where a
 * change of clocks skips that time on a later day, the day starts as much later; where it doubles it, at the first.
 */
export function dayStarts(event: { startMs: number; timezone: string; days: number }): number[] {
  const { startMs, timezone } = event
  const firstWallMs = startMs + offsetAt(startMs, timezone)
  return Array.from({ length: event.days }, (_, day) => {
    const wallMs = firstWallMs + day * DAY_MS
    return day === 0 ? startMs : (instantsOf(wallMs, timezone)[0] ?? afterGap(wallMs, timezone))
  })
}

/** Instants at which the wall clock reads `wallMs`, ascending: one, or two, or none in a gap. */
function instantsOf(wallMs: number, timezone: string): number[] {
  return offsetsAround(wallMs, timezone)
    .map((offset) => wallMs - offset)
    .filter((instant) => instant + offsetAt(instant, timezone) === wallMs)
    .sort((a, b) => a - b)
}

/** The instant of a skipped time, as the clocks before the gap would have counted it. */
function afterGap(wallMs: number, timezone: string): number {
  return wallMs - Math.min(...offsetsAround(wallMs, timezone))
}

/** The zone's offsets a day before and a day after; no zone changes its clocks twice in that time. */
function offsetsAround(wallMs: number, timezone: string): number[] {
  return [...new Set([wallMs - DAY_MS, wallMs + DAY_MS].map((ms) => offsetAt(ms, timezone)))]
}

/** What the wall clock reads at an instant, `2026-12-03T09:00`, with seconds where they are not zero. */
export function wallTime(instantMs: number, timezone: string): string {
  return wallText(instantMs + offsetAt(instantMs, timezone))
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formats.set(timezone, format)
  }
  return format
}

/** What the zone's clocks are ahead of UTC at an instant, ms. */
function offsetAt(instantMs: number, timezone: string): number {
  const parts = new Map(
    formatOf(timezone)
      .formatToParts(instantMs)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  return wall - Math.floor(instantMs / 1_000) * 1_000
}

function wallText(wallMs: number): string {
  const text = new Date(wallMs).toISOString().slice(0, 19)
  return text.endsWith(':00') ? text.slice(0, 16) : text
}

function offsetText(offsetMs: number): string {
  const minutes = Math.abs(offsetMs) / 60_000
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0')
  return `${offsetMs < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}
