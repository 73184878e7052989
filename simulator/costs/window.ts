// The time an event's resources exist, and how AWS turns such a time into billed hours and months.
import type { EventSpec } from '../../infra/event/event.ts'
import { dayStarts } from '../../infra/event/zoned-time.ts'
import { type Decimal, plus, scaled, ZERO } from './money.ts'

/** Milliseconds since the Unix epoch; the end is not part of it. */
export interface Window {
  startMs: number
  endMs: number
}

export interface MonthPart extends Window {
  /** UTC, e.g. `2026-11`. */
  month: string
  /** Length of the whole month. */
  monthMs: number
}

const SECOND_MS = 1000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/**
 * From the set-up before the first day's show to the end of the tear-down after the last day's show. Over several days
 * it is contiguous: resources are kept overnight.
 */
export function eventWindow(
  event: Pick<EventSpec, 'startMs' | 'timezone' | 'days' | 'dayS' | 'setupS' | 'teardownS'>,
): Window {
  const lastShowStartMs = dayStarts(event).at(-1) ?? event.startMs
  return {
    startMs: event.startMs - event.setupS * SECOND_MS,
    endMs: lastShowStartMs + (event.dayS + event.teardownS) * SECOND_MS,
  }
}

/** The window cut at the starts of calendar months in UTC, the clock of AWS's bills. */
export function months({ startMs, endMs }: Window): MonthPart[] {
  const parts: MonthPart[] = []
  for (let at = startMs; at < endMs; ) {
    const date = new Date(at)
    const monthStart = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
    const nextMonth = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
    const end = Math.min(endMs, nextMonth)
    parts.push({
      month: date.toISOString().slice(0, 7),
      monthMs: nextMonth - monthStart,
      startMs: at,
      endMs: end,
    })
    at = end
  }
  return parts
}

/**
 * Hours of `count` things over the window, billed per second with a minimum: 60 s for EC2 instances and Fargate tasks,
 * 600 s for RDS instances (AWS, "DB instance billing": one-second increments, minimum of ten minutes).
 */
export function billedHours(count: Decimal, { startMs, endMs }: Window, minimumS: number): Decimal {
  const ms = BigInt(Math.max(endMs - startMs, minimumS * SECOND_MS))
  return scaled(count, ms, BigInt(HOUR_MS))
}

/**
 * `size` things held over the window in thing-months, each month's share by that month's own length, as AWS does: a
 * 31 GB volume kept for 24 hours of a 31-day month is one GB-month (AWS knowledge centre, "Understand charges for
 * Amazon EBS volumes"; the worked example of the S3 price page divides byte-hours by 744 for March).
 */
export function billedMonths(size: Decimal, window: Window): Decimal {
  return months(window).reduce(
    (sum, part) => plus(sum, scaled(size, BigInt(part.endMs - part.startMs), BigInt(part.monthMs))),
    ZERO,
  )
}

/** Started hours of the window: how load balancers are billed, "for each hour or partial hour". */
export function startedHours({ startMs, endMs }: Window): number {
  return Math.ceil((endMs - startMs) / HOUR_MS)
}

/** Started periods of 24 hours: how hardware is rented by the day. */
export function startedDays({ startMs, endMs }: Window): number {
  return Math.ceil((endMs - startMs) / DAY_MS)
}
