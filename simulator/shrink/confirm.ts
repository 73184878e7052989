// A schedule that breaks a level in the twin, live: whether it breaks the same one, or why not.
import type { EventSpec } from '../../infra/event/event.ts'
import type { RunResult, Verdict } from '../run-result.ts'
import { judgeAll } from '../verdict.ts'
import type { Confirmation } from './shrink-result.ts'

/**
 * `broken`: levels that the twin of the whole event breaks. `twin`: the twin of the very run that was live, which is
 * thinned, and shorter where a cut may not last as long live.
 */
export function confirm(
  event: EventSpec,
  broken: readonly Verdict[],
  live: RunResult,
  twin: RunResult,
): Confirmation {
  const of = (run: RunResult) => judgeAll(run, event.serviceLevels)
  const [inLive, inTwin] = [of(live), of(twin)]
  const levels = broken.map(({ level }) => ({
    level,
    live: inLive.find((verdict) => verdict.level === level) ?? null,
    twin: inTwin.find((verdict) => verdict.level === level) ?? null,
  }))
  const confirmed = levels.some(({ live: verdict }) => verdict?.outcome === 'missed')
  return { confirmed, levels, why: confirmed ? [] : reasons(event, levels, live) }
}

function reasons(event: EventSpec, levels: Confirmation['levels'], live: RunResult): string[] {
  const shorter = (event.outage?.steps ?? []).filter(({ durationS, rehearseS }) => rehearseS < durationS)
  const expected = levels.some(({ twin }) => twin?.outcome === 'missed')
  const unseen = levels.some(({ live: verdict }) => verdict?.value === null)
  return [
    ...shorter.map(
      ({ venue, target, durationS, rehearseS }) =>
        `Live the ${target} of ${venue} was ${target === 'pop' ? 'gone' : 'cut'} for ${rehearseS} s, not for ${durationS} s.`,
    ),
    ...(live.sessions < live.attendees
      ? [
          `Live there were ${live.sessions} sessions for ${live.attendees} attendees: queues, disks and central are not thinned with them.`,
        ]
      : []),
    ...(unseen ? ['The live run ended before it could be seen.'] : []),
    expected
      ? 'The twin of this very run says that it breaks: there the twin is wrong.'
      : 'The twin of this very run says the same: it needs more of an outage, or more attendees.',
  ]
}
