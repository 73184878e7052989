// What the queues of a measured run tell: the most that waited, and how long a PoP took to be connected again.
import type { MeasuredRun } from '../rehearsal/run-files.ts'
import type { PerformedStep } from '../rehearsal/timeline.ts'

export async function queueFacts(
  run: MeasuredRun,
): Promise<{ backlog: number; reconnectMs: number[]; polls: number }> {
  const restores = run.facts.timeline.filter((step) => step.do === 'restore')
  const back = new Map<PerformedStep, number>()
  const newest = new Map<string, number>()
  let backlog = 0
  let polls = 0
  for await (const { venue, tMs, connected, backlog: waiting } of run.queue()) {
    polls++
    newest.set(venue, waiting)
    backlog = Math.max(
      backlog,
      [...newest.values()].reduce((sum, of) => sum + of, 0),
    )
    const restore = restores.find((step) => step.venue === venue && step.doneMs < tMs && !back.has(step))
    if (restore && connected) back.set(restore, Math.round(tMs - restore.doneMs))
  }
  return { backlog, reconnectMs: restores.flatMap((step) => back.get(step) ?? []), polls }
}
