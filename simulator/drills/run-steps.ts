// Performs a runbook's steps in order, each within its time; where one fails, takes back what was done, the newest first.

import type { RehearsalClock } from '../rehearsal/clock.ts'
import { DrillFailed } from './drill-failed.ts'
import type { DrillResult, PerformedStep, StepOutcome } from './drill-result.ts'
import type { RunbookStep } from './runbook.ts'

export interface RunOptions {
  clock: RehearsalClock
  /** Cancels: nothing is taken back then, for the processes of a drill end with it. */
  signal: AbortSignal
  /** Practises the way back: this step fails once it was done. */
  failAt?: string
  onBegin?: (step: { id: string; title: string; back: boolean }) => void | Promise<void>
  onEnd?: (step: PerformedStep) => void
}

export type StepsRun = Pick<DrillResult, 'steps' | 'rollback' | 'failure'>

/** Rejects only with the signal's reason, once it is aborted. */
export async function runSteps<Stage>(
  steps: readonly RunbookStep<Stage>[],
  stage: Stage,
  options: RunOptions,
): Promise<StepsRun> {
  const run: StepsRun = { steps: [], rollback: [], failure: null }
  for (const [i, step] of steps.entries()) {
    let onPurpose = false
    const performed = await one(step, options, false, async (signal) => {
      const seen = await step.perform(stage, signal)
      onPurpose = options.failAt === step.id
      if (onPurpose) throw new DrillFailed('failed on purpose, to practise the way back')
      return seen
    })
    run.steps.push(performed)
    if (performed.outcome === 'done') continue
    run.failure = { step: step.id, why: performed.detail, onPurpose }
    for (const done of steps.slice(0, i + 1).toReversed()) {
      const { rollback } = done
      // What cannot be taken back does not keep the others from it: every step that helps attendees is tried.
      if (rollback) run.rollback.push(await one(done, options, true, (signal) => rollback(stage, signal)))
    }
    break
  }
  return run
}

async function one<Stage>(
  { id, title, limitMs }: RunbookStep<Stage>,
  { clock, signal, onBegin, onEnd }: RunOptions,
  back: boolean,
  act: (signal: AbortSignal) => Promise<string>,
): Promise<PerformedStep> {
  signal.throwIfAborted()
  await onBegin?.({ id, title, back })
  const startedMs = clock.monotonicMs()
  const outcomes: [good: StepOutcome, bad: StepOutcome] = back
    ? ['taken back', 'not taken back']
    : ['done', 'failed']
  let outcome = outcomes[0]
  let detail: string
  try {
    detail = await within(limitMs, clock, signal, act)
  } catch (error) {
    signal.throwIfAborted()
    outcome = outcomes[1]
    detail = error instanceof Error ? error.message : String(error)
  }
  const performed = { id, title, outcome, detail, tookS: (clock.monotonicMs() - startedMs) / 1_000 }
  onEnd?.(performed)
  return performed
}

/** Gives up after the limit also on what does not heed its signal. */
async function within(
  limitMs: number,
  clock: RehearsalClock,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<string>,
): Promise<string> {
  const over = new AbortController()
  const late = new AbortController()
  const timer = clock.sleep(limitMs, AbortSignal.any([over.signal, signal])).then(() => {
    const error = new DrillFailed(`was not done within ${limitMs / 1_000} s`)
    late.abort(error)
    throw error
  })
  try {
    return await Promise.race([act(AbortSignal.any([signal, late.signal])), timer])
  } finally {
    over.abort()
  }
}
