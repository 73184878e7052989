// The smallest schedule of outages that breaks a service level: drawn and shrunk by fast-check, judged by the twin.
import fc from 'fast-check'
import type { OutageStep } from '../../infra/event/event.ts'
import type { Verdict } from '../run-result.ts'
import type { Scenario } from '../scenario.ts'
import { brokenLevels, type JudgeOptions } from './broken-levels.ts'
import { APART_MAX_MIN, CUT_STEP_S, linksOf, type Schedule, startMinutes, stepsOf } from './schedule.ts'
import type { ShrinkBounds, ShrinkResult } from './shrink-result.ts'

/** Schedules drawn for each that is run, at most. */
const DRAWN_A_RUN = 4

export interface ShrinkOptions extends JudgeOptions {
  bounds: ShrinkBounds
  /** After each schedule: how many were tried, and the smallest that breaks so far. */
  progress?: (runs: number, smallest: OutageStep[] | null) => void
}

/**
 * The same for equal scenario and options. The first that is tried is the worst within the bounds: every link cut as long as
 * may be in the busiest minute. Shrinking makes for fewer cuts, the busiest minute, and shorter cuts.
 */
export async function shrink(
  scenario: Pick<Scenario, 'event' | 'topology'>,
  options: ShrinkOptions,
): Promise<ShrinkResult> {
  const { event } = scenario
  const { bounds, seed, signal, progress } = options
  const starts = startMinutes(event)
  const search = { runs: 0, fault: null as unknown, usedUp: false }
  const judged = new Map<string, Verdict[]>()
  let found: { steps: OutageStep[]; broken: Verdict[] } | null = null

  /** Whether no level breaks. Once the search is over nothing does, so that fast-check comes to its end. */
  const holds = async (schedule: Schedule): Promise<boolean> => {
    const steps = stepsOf(event, starts, schedule)
    if (steps === null || search.fault !== null) return true
    const key = JSON.stringify(steps)
    let broken = judged.get(key)
    if (broken === undefined) {
      if (search.runs >= bounds.runsMax) {
        search.usedUp = true
        return true
      }
      search.runs++
      try {
        signal?.throwIfAborted()
        broken = await brokenLevels(scenario, steps, options)
      } catch (error) {
        search.fault = error
        return true
      }
      judged.set(key, broken)
      if (broken.length > 0) found = { steps, broken }
      progress?.(search.runs, found?.steps ?? null)
    }
    return broken.length === 0
  }
  await fc.check(fc.asyncProperty(schedules(event, starts.length, bounds), holds), {
    seed,
    // Schedules that cannot be are no runs of the twin.
    numRuns: bounds.runsMax * DRAWN_A_RUN,
    examples: [[worst(event, bounds)]],
  })
  if (search.fault !== null) throw search.fault
  return {
    event: event.name,
    seed,
    bounds,
    runs: search.runs,
    found: found && { ...(found as { steps: OutageStep[]; broken: Verdict[] }), smallest: !search.usedUp },
  }
}

function schedules(
  event: Scenario['event'],
  minutes: number,
  { cutsMax, longestS }: ShrinkBounds,
): fc.Arbitrary<Schedule> {
  const cut = fc.record({
    link: fc.nat(linksOf(event).length - 1),
    after: fc.nat(APART_MAX_MIN),
    steps: fc.integer({ min: 1, max: Math.floor(longestS / CUT_STEP_S) }),
  })
  return fc.record({
    cuts: fc.array(cut, { minLength: 1, maxLength: cutsMax }),
    start: fc.nat(minutes - 1),
  })
}

function worst(event: Scenario['event'], { cutsMax, longestS }: ShrinkBounds): Schedule {
  const cuts = linksOf(event).map((_, link) => {
    return { link, after: 0, steps: Math.floor(longestS / CUT_STEP_S) }
  })
  return { start: 0, cuts: cuts.slice(0, cutsMax) }
}
