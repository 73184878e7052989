// The k6 script of a rehearsal: one virtual user a session, each acting at the intended times of the run's plan.
//
// A VU has an event loop of its own; nothing here may block it, or a late action would be our own doing. All raw
// measurements go out through console.log, one JSON object a line (raw-lines.ts), into the console's file.
import { SharedArray } from 'k6/data'
import exec from 'k6/execution'
import { Attendee } from './attendee.ts'
import type { StartLine } from './raw-lines.ts'
import type { Load, ScheduledSession } from './schedule.ts'

const load: Load = JSON.parse(__ENV.LOAD as string)
const sessions = new SharedArray<ScheduledSession>('sessions', () =>
  JSON.parse(open(__ENV.SESSIONS_FILE as string)),
)

export const options = {
  scenarios: {
    attendees: {
      executor: 'per-vu-iterations',
      vus: load.sessions,
      iterations: 1,
      maxDuration: `${Math.ceil(load.limitMs / 1000)}s`,
      gracefulStop: '0s',
    },
  },
  discardResponseBodies: true,
  // Our own lines carry the measurements; tags on k6's metrics would only cost time.
  systemTags: [],
}

/** Runs once all VUs are initialised: the moment that every intended time counts from lies `leadMs` ahead. */
export function setup(): StartLine {
  const start: StartLine = { k: 'start', epochMs: Date.now() + load.leadMs }
  console.log(JSON.stringify(start))
  return start
}

export default function ({ epochMs }: StartLine): void {
  const session = sessions[exec.vu.idInTest - 1] as ScheduledSession
  new Attendee(session, load, epochMs, (line) => console.log(JSON.stringify(line))).plant()
}

/** What the verdict on the generator needs, as a file beside the measurements. */
export function handleSummary({ metrics }: { metrics: Record<string, { values: Record<string, number> }> }) {
  const count = (name: string) => metrics[name]?.values.count ?? 0
  const summary = { iterations: count('iterations'), droppedIterations: count('dropped_iterations') }
  return { [__ENV.SUMMARY_FILE as string]: JSON.stringify(summary) }
}
