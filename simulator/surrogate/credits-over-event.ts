// The CPU credits of a PoP's machine over the whole event: the load minute by minute, and rest around it.
import { loadCatalog } from '../../infra/catalog/catalog.ts'
import type { EventSpec } from '../../infra/event/event.ts'
import { atLaunch, runLoad } from '../costs/cpu-credits.ts'
import type { LoadedVenue } from './surrogate.ts'

/** The longest rest that still earns credits. */
const DAY_S = 86_400

export interface EventCredits {
  /** Spent beyond those earned and not paid back by the end of the window; 0 in standard mode. */
  surplus: number
  /** Hours in which the machine has its baseline only; 0 in unlimited mode. */
  throttledHours: number
}

/** `creditsLeft`: share of those earned during set-up that it has at the show's start. null: a machine without credits. */
export function creditsOverEvent(
  event: EventSpec,
  { venue, load, other }: LoadedVenue,
  creditsLeft: number,
): EventCredits | null {
  const { pop } = venue
  if (pop.platform !== 'ec2' || pop.creditMode === null) return null
  const mode = pop.creditMode
  const type = loadCatalog().instanceTypes.get(pop.instanceType)
  if (!type?.burst || type.vcpus === null) return null
  const size = {
    vcpus: type.vcpus,
    creditsPerHour: type.burst.creditsPerHour,
    maxCredits: type.burst.maxCredits,
  }
  let state = atLaunch(pop.instanceType, size, mode)
  let throttledHours = 0
  const run = (hours: number, cpuPct: number) => {
    const ran = runLoad(size, mode, state, { hours, cpuPct })
    state = ran.state
    throttledHours += ran.throttledHours
  }
  // A machine that has some of its credits left has as many as one that has rested for less.
  run((creditsLeft === 1 ? event.setupS : creditsLeft * Math.min(event.setupS, DAY_S)) / 3600, 0)
  for (let day = 0; day < event.days; day++) {
    if (day > 0) run((DAY_S - event.dayS) / 3600, 0)
    for (const cpuMs of other?.cpuMsByMinute.get(day) ?? load.cpuMsByMinute) {
      // One event loop: it cannot use more than one vCPU, whatever the load.
      const busy = Math.min(1, cpuMs / 60_000)
      run(1 / 60, (busy / size.vcpus) * 100)
    }
  }
  run(event.teardownS / 3600, 0)
  return { surplus: state.charged + state.surplus, throttledHours }
}
