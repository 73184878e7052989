// A schedule of outages as a search varies it, and the steps of an outage file that it stands for.
import type { EventSpec, OutageStep, OutageTarget } from '../../infra/event/event.ts'
import { dayStarts } from '../../infra/event/zoned-time.ts'

/** The longest that a step of a live rehearsal may take, seconds: `rehearse` in an outage file. */
export const REHEARSE_MAX_S = 120
/** A cut lasts, and a killed process is gone, for so many seconds or a multiple of it. */
export const CUT_STEP_S = 10
/** Most minutes from the first cut to the start of another. */
export const APART_MAX_MIN = 10

export interface Schedule {
  /** Place in `startMinutes`: 0 is the busiest. */
  start: number
  cuts: Cut[]
}

/** A link that is cut, or a process that is killed. */
export interface Cut {
  /** Place in `targetsOf`. */
  target: number
  /** Minutes after the schedule's start. */
  after: number
  /** Steps of `CUT_STEP_S`. */
  steps: number
}

export interface Target {
  venue: string
  target: OutageTarget
}

/** What of an event can go, of what is `searched`: at each venue its links, then its PoP. */
export function targetsOf(
  { venues }: Pick<EventSpec, 'venues'>,
  searched: readonly OutageTarget[],
): Target[] {
  return venues.flatMap(({ name, backupUplink }) => {
    const there: OutageTarget[] = [
      'uplink',
      ...(backupUplink === null ? [] : ['backup-uplink' as const]),
      'pop',
    ]
    return there.filter((target) => searched.includes(target)).map((target) => ({ venue: name, target }))
  })
}

/**
 * The minutes of the show, seconds after its first day's start: those first in which most is published, by the run of
 * show and by how many have arrived. A minute that begins a segment is none of them: recovery is reckoned by the backlog before
 * the cut, which there is that of another crowd.
 */
export function startMinutes(event: EventSpec): number[] {
  const { arrivals, engagement, runOfShow, dayS } = event
  const all = arrivals.perMinute.reduce((sum, weight) => sum + weight, 0)
  let come = 0
  const loads = Array.from({ length: Math.floor(dayS / 60) }, (_, minute) => {
    come += arrivals.perMinute[minute] ?? 0
    const atS = minute * 60
    const segment = runOfShow.find(({ startS, durationS }) => startS <= atS && atS < startS + durationS)
    const { chat, vote } = segment ? engagement[segment.engagement] : { chat: 0, vote: 0 }
    return { atS, load: ((chat + vote) * come) / all, begins: segment?.startS === atS }
  })
  return dayStarts(event)
    .flatMap((ms) =>
      loads
        .filter(({ begins }) => !begins)
        .map(({ atS, load }) => ({ atS: (ms - event.startMs) / 1000 + atS, load })),
    )
    .toSorted((a, b) => b.load - a.load || a.atS - b.atS)
    .map(({ atS }) => atS)
}

/**
 * The steps of a schedule, ended with the day; null where it cannot be: a link cut while it is cut, a process killed
 * while it is gone, or either after the day.
 */
export function stepsOf(
  event: EventSpec,
  targets: readonly Target[],
  starts: readonly number[],
  schedule: Schedule,
): OutageStep[] | null {
  const startS = starts[schedule.start] as number
  const day = dayStarts(event).findLast((ms) => (ms - event.startMs) / 1000 <= startS) ?? event.startMs
  const dayEndS = (day - event.startMs) / 1000 + event.dayS
  const steps = schedule.cuts.map(({ target, after, steps: length }): OutageStep => {
    const durationS = Math.min(length * CUT_STEP_S, dayEndS - startS - after * 60)
    return {
      ...(targets[target] as Target),
      startS: startS + after * 60,
      durationS,
      rehearseS: Math.min(durationS, REHEARSE_MAX_S),
    }
  })
  const fits = steps.every(
    (step, i) =>
      step.durationS > 0 &&
      !steps.slice(0, i).some((other) => sameTarget(other, step) && overlap(other, step)),
  )
  return fits ? steps.toSorted((a, b) => a.startS - b.startS) : null
}

function sameTarget(a: OutageStep, b: OutageStep): boolean {
  return a.venue === b.venue && a.target === b.target
}

/** Of one target. A PoP that was started again is given time to be there before it is killed anew. */
function overlap(a: OutageStep, b: OutageStep): boolean {
  const apartS = a.target === 'pop' ? CUT_STEP_S : 0
  return a.startS < b.startS + b.durationS + apartS && b.startS < a.startS + a.durationS + apartS
}
