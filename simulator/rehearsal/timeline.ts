// What happens to the links and processes of a run and when: a pure schedule, and its performance with measured lateness.
import type { OutageTarget } from '../../infra/event/event.ts'
import { checkOutages, named, wrong } from '../workload/check-outages.ts'
import type { RunPlan } from '../workload/run-plan.ts'
import type { RehearsalClock } from './clock.ts'

export interface TimelineStep {
  /** ms after the run's start. */
  atMs: number
  /** A link is cut and restored, a process killed and started again. */
  do: 'cut' | 'restore' | 'kill' | 'start'
  venue: string
  target: OutageTarget
}

export interface PerformedStep extends TimelineStep {
  /** When the step took hold, ms after the run's start by the monotonic clock. */
  doneMs: number
}

/** The plan's outages as steps in order of time. Error: MP_OUTAGE where they overlap, leave the run or name no venue. */
export function timelineOf(plan: Pick<RunPlan, 'outages' | 'durationMs' | 'venues'>): TimelineStep[] {
  checkOutages(plan)
  const steps: TimelineStep[] = []
  for (const outage of plan.outages) {
    const { venue, target, startS, endS } = outage
    const atMs = Math.round(startS * 1000)
    const endMs = Math.round(endS * 1000)
    if (atMs < 0) throw wrong(`${named(outage)} starts before the run`)
    if (endMs >= plan.durationMs)
      throw wrong(`${named(outage)} lasts beyond the run of ${plan.durationMs / 1000} s`)
    const [begin, end] = target === 'pop' ? (['kill', 'start'] as const) : (['cut', 'restore'] as const)
    steps.push({ atMs, do: begin, venue, target }, { atMs: endMs, do: end, venue, target })
  }
  // Of two outages that touch, the first is over before the second begins.
  return steps.sort((a, b) => a.atMs - b.atMs || (isEnd(a) ? -1 : 1))
}

function isEnd(step: TimelineStep): boolean {
  return step.do === 'restore' || step.do === 'start'
}

/** Performs the steps at their times. `startMs` is the run's start on the monotonic clock. */
export async function performTimeline(
  steps: readonly TimelineStep[],
  { clock, startMs, signal, act }: PerformOptions,
): Promise<PerformedStep[]> {
  const performed: PerformedStep[] = []
  for (const step of steps) {
    await clock.sleep(startMs + step.atMs - clock.monotonicMs(), signal)
    await act(step)
    performed.push({ ...step, doneMs: clock.monotonicMs() - startMs })
  }
  return performed
}

export interface PerformOptions {
  clock: RehearsalClock
  startMs: number
  signal: AbortSignal
  act: (step: TimelineStep) => Promise<void>
}
