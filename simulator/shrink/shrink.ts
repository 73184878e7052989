// The smallest schedule of outages that breaks a service level: drawn and shrunk by fast-check, judged by the twin.
import fc from 'fast-check'
import type { OutageStep } from '../../infra/event/event.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import type { Verdict } from '../run-result.ts'
import type { Scenario } from '../scenario.ts'
import { brokenLevels, type JudgeOptions } from './broken-levels.ts'
import { APART_MAX_MIN, CUT_STEP_S, type Schedule, startMinutes, stepsOf, targetsOf } from './schedule.ts'
import type { ShrinkBounds, ShrinkResult } from './shrink-result.ts'

/** Schedules drawn for each that is run, at most. */
const DRAWN_A_RUN = 4

export interface ShrinkOptions extends JudgeOptions {
  bounds: ShrinkBounds
  /** After each schedule: how many were tried, and the smallest that breaks so far. */
  progress?: (runs: number, smallest: OutageStep[] | null) => void
}

/**
 * The same for equal scenario and options. The first that is tried is the worst within the bounds: every link and process
 * of the searched gone as long as may be in the busiest minute. Shrinking makes for fewer of them, a link rather
 * than the PoP, the busiest minute, and shorter. Error: MP_NO_TARGET.
 */
export async function shrink(
  scenario: Pick<Scenario, 'event' | 'topology'>,
  options: ShrinkOptions,
): Promise<ShrinkResult> {
  const { event } = scenario
  const { bounds, seed, signal, progress } = options
  const targets = targetsOf(event, bounds.targets)
  if (targets.length === 0) {
    throw new InvalidInput(
      'MP_NO_TARGET',
      `no venue of ${event.name} has a ${bounds.targets.join(' or a ')}`,
      'Write uplink or pop, which every venue has.',
      { file: event.file },
    )
  }
  const starts = startMinutes(event)
  const search = { runs: 0, fault: null as unknown, usedUp: false }
  const judged = new Map<string, Verdict[]>()
  let found: { steps: OutageStep[]; broken: Verdict[] } | null = null

  /** Whether no level breaks. Once the search is over nothing does, so that fast-check comes to its end. */
  const holds = async (schedule: Schedule): Promise<boolean> => {
    const steps = stepsOf(event, targets, starts, schedule)
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
  await fc.check(fc.asyncProperty(schedules(targets.length, starts.length, bounds), holds), {
    seed,
    // Schedules that cannot be are no runs of the twin.
    numRuns: bounds.runsMax * DRAWN_A_RUN,
    examples: [[worst(targets.length, bounds)]],
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
  targets: number,
  minutes: number,
  { cutsMax, longestS }: ShrinkBounds,
): fc.Arbitrary<Schedule> {
  const cut = fc.record({
    target: fc.nat(targets - 1),
    after: fc.nat(APART_MAX_MIN),
    steps: fc.integer({ min: 1, max: Math.floor(longestS / CUT_STEP_S) }),
  })
  return fc.record({
    cuts: fc.array(cut, { minLength: 1, maxLength: cutsMax }),
    start: fc.nat(minutes - 1),
  })
}

function worst(targets: number, { cutsMax, longestS }: ShrinkBounds): Schedule {
  const cuts = Array.from({ length: Math.min(targets, cutsMax) }, (_, target) => {
    return { target, after: 0, steps: Math.floor(longestS / CUT_STEP_S) }
  })
  return { start: 0, cuts }
}
