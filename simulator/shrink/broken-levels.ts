// Which service levels a schedule of outages breaks: the window of the day around it, in the twin, with everyone.
import type { OutageStep } from '../../infra/event/event.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { RECOVERED_HOLD_S } from '../recovery.ts'
import type { OutageWindow, Verdict } from '../run-result.ts'
import type { Scenario } from '../scenario.ts'
import { runTwin } from '../twin.ts'
import { judgeAll } from '../verdict.ts'
import { planRun } from '../workload/plan.ts'
import { dayAt } from '../workload/show-day.ts'

/** Seconds before the first cut: sessions connect over the first five. */
const LEAD_S = 20
/** The run goes on for so many times the recovery that is allowed, so that it says by how much one takes longer. */
const RECOVERIES_SEEN = 3

export interface JudgeOptions {
  seed: number
  calibration: Calibration
  signal?: AbortSignal
}

/** Verdicts on the window around `steps`, with them or (`calm`) without any of them. */
export async function judgeWindow(
  { event, topology }: Pick<Scenario, 'event' | 'topology'>,
  steps: readonly OutageStep[],
  { seed, calibration, signal }: JudgeOptions,
  calm = false,
): Promise<Verdict[]> {
  const window = windowOf(event, steps)
  const outages = calm
    ? []
    : steps.map(({ venue, target, startS, durationS }): OutageWindow => {
        const cutS = startS - window.startS
        return { venue, target, startS: cutS, endS: cutS + durationS }
      })
  const result = await runTwin({
    event,
    topology,
    plan: planRun(event, topology, { seed, window, outages }),
    calibration,
    reproduce: '',
    wallMs: () => 0,
    ...(signal && { signal }),
  })
  return judgeAll(result, event.serviceLevels)
}

function windowOf(event: Scenario['event'], steps: readonly OutageStep[]): { startS: number; endS: number } {
  const firstS = Math.min(...steps.map(({ startS }) => startS))
  const lastS = Math.max(...steps.map(({ startS, durationS }) => startS + durationS))
  const day = dayAt(event, firstS)
  return {
    startS: Math.max(day.startS, firstS - LEAD_S),
    endS: Math.min(
      day.startS + event.dayS,
      lastS + RECOVERIES_SEEN * event.serviceLevels.recoveryS + RECOVERED_HOLD_S,
    ),
  }
}

/** Levels that are missed with these outages and not in the same window without them. */
export async function brokenLevels(
  scenario: Pick<Scenario, 'event' | 'topology'>,
  steps: readonly OutageStep[],
  options: JudgeOptions,
): Promise<Verdict[]> {
  const missed = (await judgeWindow(scenario, steps, options)).filter(isMissed)
  if (missed.length === 0) return []
  const before = (await judgeWindow(scenario, steps, options, true)).filter(isMissed)
  return missed.filter(({ level }) => !before.some((verdict) => verdict.level === level))
}

function isMissed({ outcome }: Verdict): boolean {
  return outcome === 'missed'
}
