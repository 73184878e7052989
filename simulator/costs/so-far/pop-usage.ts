// Measured usage of running PoPs: what each has counted since its process began, as usage of its venue.
import { wallTime } from '../../../infra/event/zoned-time.ts'
import { InvalidInput } from '../../../runtime/errors.ts'
import type { PopUsage } from '../../../runtime/operations/ask-usage.ts'
import type { Scenario } from '../../scenario.ts'
import type { Usage } from '../../usage.ts'
import { eventWindow } from '../window.ts'
import { invalidUsage, type MeasuredUsage } from './read-usage.ts'

/** A PoP to ask; `venue` null: as it says itself. */
export interface PopToMeasure {
  venue: string | null
  origin: string
}

/** Errors: MP_POP_USAGE for a PoP of another event or venue, or one that is named twice. */
export function checkPops(
  asked: readonly { to: PopToMeasure; usage: PopUsage }[],
  { name, venues }: Pick<Scenario['event'], 'name' | 'venues'>,
): void {
  const wrong = (origin: string, what: string) =>
    new InvalidInput(
      'MP_POP_USAGE',
      `${origin} ${what}`,
      `Give the PoPs of ${name} once each: ${venues.map((venue) => venue.name).join(', ')}.`,
    )
  const seen = new Set<string>()
  for (const { to, usage } of asked) {
    const { origin, event, pop } = usage
    if (event !== name) throw wrong(origin, `serves the event ${event}, not ${name}`)
    if (to.venue !== null && to.venue !== pop) throw wrong(origin, `says that it is ${pop}, not ${to.venue}`)
    if (!venues.some((venue) => venue.name === pop))
      throw wrong(origin, `is ${pop}, which is no venue of ${name}`)
    if (seen.has(pop)) throw wrong(origin, `is ${pop}, which was asked already`)
    seen.add(pop)
  }
}

/**
 * Counters begin when the process does: what was used before, they do not know. It is left out of what is measured and of
 * what is expected of the same time alike, so that a restart makes the measured time shorter, and nothing else of it wrong.
 * Errors: MP_USAGE_INVALID where the event's window does not have the present.
 */
export function usageOfPops(
  pops: readonly PopUsage[],
  { event, topology }: Pick<Scenario, 'event' | 'topology'>,
  nowMs: number,
): MeasuredUsage {
  const { startMs, endMs } = eventWindow(event)
  const usages = pops.flatMap(({ origin, pop, upS, egressBytes, uplinkBytes, cpuS }) => {
    const window = {
      startMs: Math.max(startMs, Math.round(nowMs - Math.max(1, upS) * 1_000)),
      endMs: Math.min(endMs, Math.round(nowMs)),
    }
    if (window.startMs >= window.endMs) {
      const clock = (ms: number) => wallTime(ms, event.timezone).replace('T', ' ')
      throw invalidUsage(
        origin,
        `its counters are not of ${event.name}, whose window is ${clock(startMs)} to ${clock(endMs)} (${event.timezone})`,
      )
    }
    const urn = topology.venues.find(({ venue }) => venue === pop)?.urn ?? pop
    const usage = (meter: string, quantity: number | null, unit: string): Usage[] =>
      quantity === null ? [] : [{ urn, meter, quantity, unit, window, source: 'measured' }]
    return [
      ...usage('attendee-egress', egressBytes === null ? null : egressBytes / 1e9, 'GB'),
      ...usage('uplink-sent', uplinkBytes === null ? null : uplinkBytes / 1e9, 'GB'),
      ...usage('cpu-time', cpuS === null ? null : cpuS / 3_600, 'vCPU-hour'),
    ]
  })
  return { usages, share: 1 }
}
