// From intervals of a session log to user-seconds: each instant of each person counts once a sponsor.
import { wallTime } from '../../../infra/event/zoned-time.ts'
import type { Window } from '../window.ts'
import type { LoggedInterval } from './interval-store.ts'
import type { MeteredLine, Metering } from './metering-result.ts'

/** No day has more hours on any calendar. */
const DAY_MS_MAX = 26 * 3_600_000

/**
 * What is counted of intervals sorted as `IntervalStore` sorts them. Where a person has several features of a sponsor at
 * once, on one device or several, the instant belongs to the one that began first; then by the names of venue and
 * feature.
 */
export function* countedOnce(sorted: Iterable<LoggedInterval>): Generator<LoggedInterval> {
  let of: Counted | null = null
  let countedMs = 0
  for (const interval of sorted) {
    if (!isSame(of, interval)) {
      of = interval
      countedMs = Number.NEGATIVE_INFINITY
    }
    const startMs = Math.max(countedMs, interval.startMs)
    if (interval.stopMs <= startMs) continue
    countedMs = interval.stopMs
    yield { ...interval, startMs }
  }
}

/** `window`: the event's. */
export function meter(
  sorted: Iterable<LoggedInterval>,
  timezone: string,
  window: Window,
): Omit<Metering, 'open' | 'withoutLog'> {
  const calendar = new Calendar(timezone)
  const lines = new Map<string, MeteredLine>()
  let outsideMs = 0
  let of: Counted | null = null
  let ofPerson = new Set<MeteredLine>()
  for (const counted of countedOnce(sorted)) {
    const { sponsor, venue, feature, startMs, stopMs } = counted
    if (!isSame(of, counted)) {
      of = counted
      ofPerson = new Set()
    }
    const insideMs = Math.min(stopMs, window.endMs) - Math.max(startMs, window.startMs)
    if (sponsor !== null) outsideMs += stopMs - startMs - Math.max(0, insideMs)
    for (const { day, ms } of calendar.days(startMs, stopMs)) {
      const key = JSON.stringify([sponsor, venue, day, feature])
      const line = lines.get(key) ?? { sponsor, venue, feature, day, ms: 0, people: 0 }
      lines.set(key, line)
      line.ms += ms
      if (!ofPerson.has(line)) line.people++
      ofPerson.add(line)
    }
  }
  return {
    lines: [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line),
    outsideMs,
  }
}

type Counted = Pick<LoggedInterval, 'sponsor' | 'client'>

function isSame(a: Counted | null, b: Counted): boolean {
  return a?.sponsor === b.sponsor && a.client === b.client
}

/** Days of a time zone, each looked up once. */
class Calendar {
  readonly #timezone: string
  readonly #known: { day: string; startMs: number; endMs: number }[] = []

  constructor(timezone: string) {
    this.#timezone = timezone
  }

  /** The days that a time is on, with how much of it. */
  *days(startMs: number, stopMs: number): Generator<{ day: string; ms: number }> {
    for (let atMs = startMs; atMs < stopMs; ) {
      const { day, endMs } = this.#dayOf(atMs)
      const untilMs = Math.min(stopMs, endMs)
      yield { day, ms: untilMs - atMs }
      atMs = untilMs
    }
  }

  #dayOf(atMs: number): { day: string; endMs: number } {
    const known = this.#known.find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs)
    if (known) return known
    const day = this.#date(atMs)
    // The last instant on that day is found by halving; of its start only what was asked for is kept.
    let [lowMs, highMs] = [atMs, atMs + DAY_MS_MAX]
    while (highMs - lowMs > 1) {
      const middleMs = Math.floor((lowMs + highMs) / 2)
      if (this.#date(middleMs) === day) lowMs = middleMs
      else highMs = middleMs
    }
    const found = { day, startMs: atMs, endMs: highMs }
    const same = this.#known.find((one) => one.endMs === highMs)
    if (same) same.startMs = Math.min(same.startMs, atMs)
    else this.#known.push(found)
    return found
  }

  #date(atMs: number): string {
    return wallTime(atMs, this.#timezone).slice(0, 10)
  }
}
