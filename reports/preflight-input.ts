// What a preflight report is made from: everything the renderers show, and nothing they have to work out elsewhere.
import type { Segment, ServiceLevels } from '../infra/event/event.ts'
import type { Forecast } from '../simulator/costs/forecast-result.ts'
import type { CostInterval } from '../simulator/costs/interval/interval-result.ts'
import type { JudgedRun, RunResult, Verdict } from '../simulator/run-result.ts'

/** `no-go`: a service level or the budget is missed. `inconclusive`: the runs do not allow an answer. */
export type Decision = 'go' | 'no-go' | 'inconclusive'

export interface JudgedVerdict extends Verdict {
  run: JudgedRun
}

export interface ReportVenue {
  name: string
  placement: 'on-site' | 'region' | 'local-zone' | 'outpost'
  attendees: number
  platform: 'k3s' | 'ec2'
  /** EC2 instance type, or what the box is; null where the event does not name one. */
  instance: string | null
}

export interface ReportEvent {
  name: string
  title: string
  /** The event file, as the reader would type it. */
  file: string
  /** First day's show start, ms since the Unix epoch. */
  startsMs: number
  /** IANA name, e.g. `Europe/London`. */
  timezone: string
  days: number
  venues: ReportVenue[]
  /** Of one day; every day repeats it. */
  runOfShow: Segment[]
  serviceLevels: ServiceLevels
}

/** A live run and the twin's run of exactly that window. */
export interface ScoredRehearsal {
  measured: RunResult
  twin: RunResult
  /** Which other run the twin's parameters came from, e.g. `live run of seed 7, 60 s`. */
  calibratedOn: string
}

/** Why there was no live run, and how to get what it needs. */
export interface LeftOutRehearsal {
  leftOut: string
}

export interface Assumption {
  text: string
  /** Where it comes from: a file, a key of the event, a dated publication. */
  source: string
}

export interface PreflightReport {
  event: ReportEvent
  forecast: Forecast
  interval: CostInterval
  /** The twin's run of the day of the show that has the outage (the first where there is none), whole. */
  day: RunResult
  rehearsal: ScoredRehearsal | LeftOutRehearsal
  verdicts: JudgedVerdict[]
  decision: Decision
  /** Full sentences, the weightiest first. */
  reasons: string[]
  /** Shell commands that repeat this report, in order. */
  reproduce: string[]
  /** ms since the Unix epoch. */
  generatedMs: number
  /** Revision of the checkout; null where it is not one. */
  commit: string | null
  /** Tool to version, e.g. `node` to `24.21.0`. */
  versions: Record<string, string>
  assumptions: Assumption[]
}

export function isScored(rehearsal: PreflightReport['rehearsal']): rehearsal is ScoredRehearsal {
  return 'measured' in rehearsal
}
