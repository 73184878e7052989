// What happens to the links of a run and when: a pure schedule, and its performance with measured lateness.
import type { OutageTarget } from '../../infra/event/event.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import type { RunPlan } from '../workload/run-plan.ts'
import type { RehearsalClock } from './clock.ts'

export interface TimelineStep {
  /** ms after the run's start. */
  atMs: number
  do: 'cut' | 'restore'
  venue: string
  target: OutageTarget
}

export interface PerformedStep extends TimelineStep {
  /** When the step took hold, ms after the run's start by the monotonic clock. */
  doneMs: number
}

/** The plan's outages as steps in order of time. Error: MP_OUTAGE where they overlap, leave the run or name no venue. */
export function timelineOf(plan: Pick<RunPlan, 'outages' | 'durationMs' | 'venues'>): TimelineStep[] {
  const steps: TimelineStep[] = []
  for (const { venue, target, startS, endS } of plan.outages) {
    const atMs = Math.round(startS * 1000)
    const endMs = Math.round(endS * 1000)
    const where = `the outage of ${venue}'s ${target} from ${startS} s to ${endS} s`
    const at = plan.venues.find(({ name }) => name === venue)
    if (at === undefined) throw wrong(`${where} names no venue of the event`)
    if (target === 'backup-uplink' && at.backupUplink === null)
      throw wrong(`${where} names a link that is not there`)
    if (!(atMs >= 0 && atMs < endMs)) throw wrong(`${where} ends before it starts, or starts before the run`)
    if (endMs >= plan.durationMs) throw wrong(`${where} lasts beyond the run of ${plan.durationMs / 1000} s`)
    steps.push({ atMs, do: 'cut', venue, target }, { atMs: endMs, do: 'restore', venue, target })
  }
  steps.sort((a, b) => a.atMs - b.atMs)
  for (const { venue, target } of plan.outages) {
    const own = steps.filter((step) => step.venue === venue && step.target === target)
    if (own.some((step, i) => step.do !== (i % 2 === 0 ? 'cut' : 'restore'))) {
      throw wrong(`outages of ${venue}'s ${target} overlap`)
    }
  }
  return steps
}

function wrong(message: string): InvalidInput {
  return new InvalidInput(
    'MP_OUTAGE',
    message,
    'Give each outage a start and an end inside the run, one at a time.',
  )
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
