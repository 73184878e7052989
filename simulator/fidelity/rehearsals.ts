// The live runs that the twin is scored on: they differ in load, in kind of outage and in links.
import { join } from 'node:path'
import { loadEvent } from '../../infra/event/load.ts'
import { PROJECT_ROOT } from '../rehearsal/live-tools.ts'
import { openScenario, planCalibration, planRehearsal, type Scenario } from '../scenario.ts'
import type { DrawnPlan } from '../workload/run-plan.ts'

export interface Rehearsal {
  id: string
  title: string
  /** Below `scenarios/`. */
  event: string
  /** Below `scenarios/`, in place of the event's own; `none`: a quiet window before the event's. */
  outage?: string
  sessions: number
  seed: number
}

const HYBRID = 'events/hybrid-conference-2000.yaml'

export const REHEARSALS: readonly Rehearsal[] = [
  { id: 'quiet', title: 'no outage, 160 sessions', event: HYBRID, outage: 'none', sessions: 160, seed: 11 },
  { id: 'cut', title: 'one cut uplink, 160 sessions', event: HYBRID, sessions: 160, seed: 12 },
  { id: 'small', title: 'the same, half the load', event: HYBRID, sessions: 80, seed: 13 },
  { id: 'large', title: 'the same, half as much again', event: HYBRID, sessions: 240, seed: 14 },
  {
    id: 'flapping',
    title: 'an uplink that goes three times',
    event: HYBRID,
    outage: 'fidelity/uplink-flapping.yaml',
    sessions: 160,
    seed: 15,
  },
  {
    id: 'two-halls',
    title: 'two of three venues cut at once',
    event: 'events/week-long-series.yaml',
    sessions: 160,
    seed: 16,
  },
  {
    id: 'stand',
    title: 'a machine in the region, half of its visitors on 4G',
    event: 'events/pop-up-stand.yaml',
    sessions: 80,
    seed: 17,
  },
  {
    id: 'field',
    title: 'everybody on 4G, an uplink of 4 Mbit/s and 95 ms',
    event: 'fidelity/field-day.yaml',
    sessions: 120,
    seed: 18,
  },
  {
    id: 'rush',
    title: 'everybody joins within half a minute, no outage',
    event: HYBRID,
    outage: 'none',
    sessions: 240,
    seed: 19,
  },
]

export async function openRehearsal(rehearsal: Rehearsal): Promise<{ scenario: Scenario; plan: DrawnPlan }> {
  const { event, outage, seed, sessions } = rehearsal
  const scenarios = join(PROJECT_ROOT, 'scenarios')
  const quiet = outage === 'none'
  const spec = loadEvent(join(scenarios, event), {
    outage: quiet || outage === undefined ? undefined : join(scenarios, outage),
  })
  const scenario = await openScenario(spec)
  const plan = (quiet ? planCalibration : planRehearsal)(scenario, seed, sessions)
  return { scenario, plan }
}
