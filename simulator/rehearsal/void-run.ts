// Whether a run's figures can be used at all: a generator that was late or cut short measures itself.
import { VoidRun } from '../../runtime/errors.ts'
import { type Exit, exitText } from './child-failure.ts'
import type { PerformedStep } from './timeline.ts'

/** p99 of how late the generator began its actions. */
export const LATENESS_P99_MS_MAX = 20
export const CLOCK_STEP_MS_MAX = 50
/** An outage that takes hold later than this is not the one that was planned. */
export const TIMELINE_LATE_MS_MAX = 500

export interface RunChecks {
  generator: { iterations: number; droppedIterations: number; clockStepMs: number }
  sessions: number
  /** p99 lateness of all intended actions, ms; null where there was none. */
  latenessP99Ms: number | null
  /** Clients that the PoP never welcomed. */
  neverConnected: readonly string[]
  timeline: readonly PerformedStep[]
}

/** The load generator itself failed. `lines` are the last of its log. */
export function generatorFailed(exit: Exit, lines: readonly string[], log: string): VoidRun {
  const said = lines.map((line) => `\n    ${line}`).join('')
  return new VoidRun(
    'MP_VOID_GENERATOR',
    `k6 ended with ${exitText(exit)}${said}`,
    `Its whole log is ${log}.`,
  )
}

/** The reason why the run is void, or null. */
export function voidReason(checks: RunChecks): VoidRun | null {
  const { generator, sessions, latenessP99Ms, neverConnected, timeline } = checks
  const quieter = 'Close other programs, or rehearse fewer sessions with --attendees.'
  if (generator.droppedIterations > 0 || generator.iterations < sessions) {
    const done = `${generator.iterations} of ${sessions} sessions, ${generator.droppedIterations} dropped`
    return new VoidRun('MP_VOID_DROPPED', `k6 did not finish every session: ${done}`, quieter)
  }
  if (generator.clockStepMs > CLOCK_STEP_MS_MAX) {
    const step = `the wall clock moved ${Math.round(generator.clockStepMs)} ms against the monotonic one`
    return new VoidRun('MP_VOID_CLOCK', step, 'Let the time service settle, then run again.')
  }
  if (latenessP99Ms !== null && latenessP99Ms > LATENESS_P99_MS_MAX) {
    const late = `the load began its actions late: p99 ${latenessP99Ms.toFixed(1)} ms, limit ${LATENESS_P99_MS_MAX} ms`
    return new VoidRun('MP_VOID_LATE', late, quieter)
  }
  if (neverConnected.length > 0) {
    const names = neverConnected.slice(0, 3).join(', ')
    const who = `${neverConnected.length} of ${sessions} sessions never connected (${names})`
    return new VoidRun('MP_VOID_UNCONNECTED', who, 'Look at the PoP logs of the run; then run again.')
  }
  const late = timeline.find((step) => step.doneMs - step.atMs > TIMELINE_LATE_MS_MAX)
  if (late) {
    const by = Math.round(late.doneMs - late.atMs)
    return new VoidRun(
      'MP_VOID_TIMELINE',
      `the ${late.do} of ${late.venue}'s ${late.target} came ${by} ms late`,
      quieter,
    )
  }
  return null
}
