// The shape of a day's arrivals: a slice of a real trace, or uniform over the first segment.
import type { Arrivals, Segment } from './event.ts'
import { quote } from './quote.ts'
import { readTrace } from './trace-csv.ts'

export interface ArrivalTrace {
  /** Start of the first minute, ms since the Unix epoch. */
  startMs: number
  /** Requests in each consecutive minute. */
  perMinute: number[]
}

const MINUTE_MS = 60_000

/**
 * Reads `minute_gmt,requests`: one row for each consecutive minute, such as `1998-07-07T20:45:00Z,209863`. Throws
 * `InvalidEvent` with the trace's line.
 */
export function readArrivalTrace(text: string, file: string): ArrivalTrace {
  const perMinute: number[] = []
  let startMs = 0
  const trace = readTrace(text, file, ['minute_gmt', 'requests'])
  for (const [row, [minute = '', requests = '']] of trace.rows.entries()) {
    const ms = readMinute(minute)
    if (ms === undefined) {
      throw trace.wrong(
        row,
        'minute_gmt',
        `${quote(minute)} is not a minute; write one such as 1998-07-07T20:45:00Z`,
      )
    }
    if (row === 0) startMs = ms
    const expectedMs = startMs + row * MINUTE_MS
    if (ms !== expectedMs) {
      const next = minuteText(expectedMs)
      const why =
        ms < expectedMs
          ? `goes back in time; the next minute is ${next}`
          : `leaves out a minute; the next one is ${next}: write 0 requests where there were none`
      throw trace.wrong(row, 'minute_gmt', `${minute} ${why}`)
    }
    if (!/^\d{1,12}$/.test(requests)) {
      const negative = requests.startsWith('-') ? 'is negative' : 'is not a count'
      throw trace.wrong(
        row,
        'requests',
        `${quote(requests)} ${negative}; write a whole number of requests, 0 or more`,
      )
    }
    perMinute.push(Number(requests))
  }
  return { startMs, perMinute }
}

/** The weights of one day's minutes, or a sentence that says why the trace cannot give them. */
export type Cut = { ok: true; perMinute: number[] } | { ok: false; why: string }

/** Cuts the minutes of a show of `dayS` seconds out of a trace, from `from` (`1998-07-07T20:45:00Z`) or its start. */
export function cutArrivals(trace: ArrivalTrace, from: string | undefined, dayS: number): Cut {
  const fromMs = from === undefined ? trace.startMs : readMinute(from)
  if (fromMs === undefined) {
    return {
      ok: false,
      why: `${quote(from ?? '')} is not a minute of the trace; write one such as ${minuteText(trace.startMs)}`,
    }
  }
  const minutes = Math.ceil(dayS / 60)
  const first = (fromMs - trace.startMs) / MINUTE_MS
  const latest = trace.perMinute.length - minutes
  if (latest < 0) {
    return {
      ok: false,
      why: `the trace has ${trace.perMinute.length} minutes, the show ${minutes}; name a longer trace`,
    }
  }
  if (first < 0 || first > latest) {
    const bounds = `${minuteText(trace.startMs)} to ${minuteText(trace.startMs + latest * MINUTE_MS)}`
    return {
      ok: false,
      why: `the trace has no ${minutes} minutes from ${minuteText(fromMs)}; write a minute from ${bounds}`,
    }
  }
  const perMinute = wholeDay(trace.perMinute.slice(first, first + minutes), dayS)
  if (perMinute.every((weight) => weight === 0)) {
    return { ok: false, why: 'the trace has no requests in these minutes; choose others with `from`' }
  }
  return { ok: true, perMinute }
}

/** Everybody arrives in the first segment, evenly. */
export function uniformArrivals(first: Segment, dayS: number): Arrivals {
  const perMinute = Array.from({ length: Math.ceil(dayS / 60) }, (_, minute) =>
    Math.min(Math.max(first.durationS - minute * 60, 0) / 60, 1),
  )
  return { perMinute, source: `uniform over the first segment ("${first.name}")` }
}

/** The last minute counts for the part of it that lies in the show. */
function wholeDay(perMinute: number[], dayS: number): number[] {
  const last = perMinute.length - 1
  const part = dayS / 60 - last
  return perMinute.map((weight, minute) => (minute === last ? weight * part : weight))
}

function readMinute(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:00)?Z$/.test(text)) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) || !minuteText(ms).startsWith(text.slice(0, 16)) ? undefined : ms
}

function minuteText(ms: number): string {
  return new Date(ms).toISOString().replace('.000', '')
}
