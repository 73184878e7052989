// An event's window as phases on the clocks of its time zone, and what each costs.
import type { EventSpec } from '../../infra/event/event.ts'
import { dayStarts, wallTime } from '../../infra/event/zoned-time.ts'
import type { PhaseCost } from './forecast-report-result.ts'
import type { Forecast } from './forecast-result.ts'
import { divideRounded } from './money.ts'
import { eventWindow } from './window.ts'

const HOUR_MS = 3_600_000
type Phase = Omit<PhaseCost, 'amount'>

/** Set-up, each day's show with the night after it, tear-down: contiguous over the window; one that takes no time is left out. */
export function phasesOf(event: EventSpec): Phase[] {
  const starts = dayStarts(event)
  const { startMs, endMs } = eventWindow(event)
  const phases = starts.flatMap((startsMs, i): [PhaseCost['name'], number, number, number][] => {
    const overMs = startsMs + event.dayS * 1_000
    const next = starts[i + 1]
    return [
      ['show', i + 1, startsMs, overMs],
      next === undefined ? ['tear-down', i + 1, overMs, endMs] : ['night', i + 1, overMs, next],
    ]
  })
  return [['set-up', 1, startMs, starts[0] ?? startMs] as const, ...phases]
    .filter(([, , from, to]) => to > from)
    .map(([name, day, from, to]) => ({
      ...{ name, day, startMs: from, endMs: to, hours: (to - from) / HOUR_MS },
      startsAt: wallTime(from, event.timezone),
      endsAt: wallTime(to, event.timezone),
    }))
}

/**
 * What is used by those who come is the shows', each day's alike; everything else is spread over the time of its line.
 * The last phase of a line takes what rounding left, so that phases add up to the total.
 */
export function phaseCosts(event: EventSpec, { lines }: Pick<Forecast, 'lines'>): PhaseCost[] {
  const phases = phasesOf(event).map((phase) => ({ ...phase, amount: 0n }))
  for (const line of lines) {
    const of = phases.filter(({ name }) => line.quantitySource === 'stated' || name === 'show')
    const shared = of.reduce((sum, { startMs, endMs }) => sum + BigInt(endMs - startMs), 0n)
    let left = line.amount
    of.forEach((phase, i) => {
      const ms = BigInt(phase.endMs - phase.startMs)
      const part = i === of.length - 1 ? left : divideRounded(line.amount * ms, shared)
      phase.amount += part
      left -= part
    })
  }
  return phases
}
