// A way of buying in the twin: the same seeds for each (common random numbers), until its days decide or run out.
import type { Calibration } from '../calibration/calibration.ts'
import { quantile, wilsonBounds } from '../monte-carlo/intervals.ts'
import type { DayFigures, Job } from '../monte-carlo/run-day.ts'
import type { TwinThreads } from '../monte-carlo/twin-threads.ts'
import type { FigureId } from '../run-result.ts'
import type { Finalist, Latencies, PlanLevel } from './plan-result.ts'
import type { Screened } from './screen.ts'

/** Of the bound that a level has to be above: one-sided, so of Wilson's interval twice the error. */
export const CONFIDENCE = 0.95
const ALPHA = 2 * (1 - CONFIDENCE)
/** Of ways that are looked at beside the chosen: enough for a median. */
export const SCOUT_DAYS = 4
/** Days between two looks at whether more can still help. */
const BATCH = 4

export interface Tried {
  option: Screened
  days: DayFigures[]
}

export interface Budget {
  days: number
  attendeeDays: number
  /** Most attendee-days; null: none. */
  bound: number | null
  reached: boolean
}

export interface Twin {
  threads: TwinThreads
  calibration: Calibration
  window: { startS: number; endS: number }
  firstSeed: number
  budget: Budget
  /** Whatever has run, by all but its queue: their days may be those of another. */
  ran: Map<string, Set<Tried>>
  progress?: (what: string, days: number) => void
}

/** Fewest days on which all have to be met for the target to be shown: Wilson's bound of n in n is n / (n + z²). */
export function daysNeeded(target: number): number {
  let days = 1
  while (wilsonBounds(days, days, ALPHA).low < target) days += 1
  return days
}

/** Runs `tried` up to `days` days, and stops before where more of them could change nothing. */
export async function tryUpTo(tried: Tried, days: number, target: number, twin: Twin): Promise<void> {
  const { option } = tried
  const { event, topology } = option
  const { calibration, window, firstSeed, budget } = twin
  const job: Job = { event, topology, calibration, window }
  const runner = twin.threads.of(job)
  const attendees = event.venues.reduce((sum, venue) => sum + venue.attendees, 0)
  const key = withoutQueue(option)
  const same = (twin.ran.get(key) ?? new Set()).add(tried)
  twin.ran.set(key, same)
  while (tried.days.length < days && !cannotMeet(tried.days, days, target)) {
    const next = Math.min(BATCH, days - tried.days.length)
    const seeds = Array.from({ length: next }, (_, i) => firstSeed + tried.days.length + i)
    const known = seeds.map((seed) => knownDay(same, tried, seed))
    const missing = seeds.filter((_, i) => known[i] === null)
    if (budget.bound !== null && budget.attendeeDays + missing.length * attendees > budget.bound) {
      budget.reached = true
      return
    }
    const ran = await runner.run(missing.map((seed) => ({ seed, levels: null })))
    tried.days.push(...known.map((day) => day ?? (ran.shift() as DayFigures)))
    budget.days += missing.length
    budget.attendeeDays += missing.length * attendees
    twin.progress?.(option.what, tried.days.length)
  }
}

/**
 * The day of another that differs in its queue only: one on which a smaller queue turned nothing away is the same, bit
 * for bit, with a larger one. All that the twin reads of a queue's size is whether there is room.
 */
function knownDay(same: Iterable<Tried>, { option }: Tried, seed: number): DayFigures | null {
  for (const { option: of, days } of same) {
    if (of.venue.pop.queueBytes > option.venue.pop.queueBytes) continue
    const day = days.find((day) => day.seed === seed && day.refused === 0)
    if (day !== undefined) return day
  }
  return null
}

/** Of what a day is made of, as text. The volume follows the queue, and the twin has no model of a full one. */
function withoutQueue({ event, topology }: Screened): string {
  return JSON.stringify([event, topology], (key, value: unknown) => {
    if (key === 'queueBytes' || key === 'volumeBytes') return undefined
    return typeof value === 'bigint' ? String(value) : value
  })
}

/** Even if every further day met it. */
function cannotMeet(days: readonly DayFigures[], most: number, target: number): boolean {
  return levelsOf(days, target).some(
    ({ met, days: told }) => wilsonBounds(most - (told - met), most, ALPHA).low < target,
  )
}

export function levelsOf(days: readonly DayFigures[], target: number): PlanLevel[] {
  const byLevel = Map.groupBy(
    days.flatMap(({ levels }) => levels),
    ({ level }) => level,
  )
  return [...byLevel.values()].map((told): PlanLevel => {
    const { level, limit, unit } = told[0] as (typeof told)[number]
    const met = told.filter(({ outcome }) => outcome === 'met').length
    const known = met + told.filter(({ outcome }) => outcome === 'missed').length
    const { low, high } = wilsonBounds(met, known, ALPHA)
    const outcome =
      known === 0 ? 'unknown' : low >= target ? 'met' : high < target ? 'missed' : 'inconclusive'
    const values = told.map(({ value }) => value)
    const worst = values.includes(null) ? null : Math.max(...(values as number[]))
    return { level, limit, unit, days: known, met, low, high, outcome, worst }
  })
}

/** Recovery is told only on days with an outage: on the others there was none to recover from. */
export function outcomeOf(levels: readonly PlanLevel[], target: number): Finalist['outcome'] {
  if (levels.length === 0) return 'open'
  if (levels.some(({ outcome }) => outcome === 'missed')) return 'missed'
  return levels.every(({ low, days }) => days === 0 || low >= target) ? 'met' : 'open'
}

export function finalistOf({ option, days }: Tried, target: number): Finalist {
  const { what, keys, cost, spot, formulas, dominated, own } = option
  const levels = levelsOf(days, target)
  // Of the seeds that every finalist has, so that they differ in what is bought and in nothing else.
  const common = days.slice(0, SCOUT_DAYS)
  const twin: Latencies = {
    ackP99Ms: median(common, 'ack-p99'),
    deliveryP99Ms: median(common, 'delivery-p99'),
  }
  const outcome = outcomeOf(levels, target)
  return { what, keys, cost, spot, formulas, dominated, own, twin, days: days.length, levels, outcome }
}

function median(days: readonly DayFigures[], id: FigureId): number | null {
  const values = days
    .map(({ figures }) => figures.find((figure) => figure.id === id)?.value ?? null)
    .filter((value) => value !== null)
    .toSorted((a, b) => a - b)
  return values.length === 0 ? null : quantile(values, 0.5)
}
