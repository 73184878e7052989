// One way from a plan and its recording to a run's result, for the twin and the live run alike.
import type { Recording } from './recording.ts'
import type { RunResult } from './run-result.ts'
import type { RunPlan } from './workload/run-plan.ts'

type Told = Pick<
  RunResult,
  'source' | 'outage' | 'conservation' | 'usage' | 'outsideRange' | 'tookS' | 'reproduce'
>

/** `ackLimitMs`: the service level that recovery is measured against. */
export function resultOfRun(plan: RunPlan, recording: Recording, ackLimitMs: number, told: Told): RunResult {
  const series = recording.series()
  return {
    ...told,
    event: plan.event,
    seed: plan.seed,
    window: plan.window,
    attendees: plan.venues.reduce((sum, venue) => sum + venue.attendees, 0),
    sessions: plan.sessions.length,
    outages: plan.outages,
    series,
    figures: recording.figures(series, plan.outages, ackLimitMs),
  }
}
