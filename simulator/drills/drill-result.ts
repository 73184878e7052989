// What a drill found: its steps with their times, the way back where it was taken, and every message accounted for.

export type DrillName = 'handoff' | 'rolling-restart' | 'dns-swap'

export type StepOutcome = 'done' | 'failed' | 'taken back' | 'not taken back'

export interface PerformedStep {
  id: string
  title: string
  outcome: StepOutcome
  tookS: number
  /** What was seen, or why it failed. */
  detail: string
}

export interface Account {
  /** By attendees, whether answered or not. */
  published: number
  /** Answered `disk` or more: what the PoPs promised to keep. */
  acknowledged: number
  /** Of attendees, by identity, at central in the end. */
  atCentral: number
  /** Acknowledged and not at central, or not as it was sent. */
  lost: number
  /** Taken to have effect more than once, or published by nobody. */
  appliedTwice: number
  foreign: number
  /** Never answered, though attendees sent it again until the end. */
  unanswered: number
  /** Gaps in a channel that nobody told the subscriber of. */
  silentGaps: number
  /** Times a subscriber was told that it missed some, as it is where another log goes on. */
  toldGaps: number
}

export interface Attendance {
  attendees: number
  /** In a session when the drill ended. */
  present: number
  /** Sessions opened after the first of each attendee. */
  reconnects: number
  /** The longest that a message waited for its acknowledgement, resends included. */
  longestWaitMs: number
}

export interface DrillResult {
  drill: DrillName
  event: string
  venues: string[]
  steps: PerformedStep[]
  /** The way back, in the order it was taken; empty where it was not needed. */
  rollback: PerformedStep[]
  /** The step that failed, and why; null where all were done. */
  failure: { step: string; why: string; onPurpose: boolean } | null
  /** What serves attendees in the end, by name. */
  servedBy: string[]
  account: Account
  attendance: Attendance
  /** What a person types for this event, where a command depends on it. */
  commands: string[]
  tookS: number
  reproduce: string
}

/** All steps done, or all taken back where one was made to fail; and every promise to attendees kept. */
export function wentWell(
  result: Pick<DrillResult, 'failure' | 'rollback' | 'account' | 'attendance'>,
): boolean {
  const { failure, rollback } = result
  const practised = failure?.onPurpose === true && rollback.every(({ outcome }) => outcome === 'taken back')
  return (failure === null || practised) && keptEverything(result)
}

/** Whatever came of the steps: everyone is there, and nothing was lost, taken twice or missed in silence. */
export function keptEverything({
  account: { lost, appliedTwice, foreign, unanswered, silentGaps },
  attendance: { attendees, present },
}: Pick<DrillResult, 'account' | 'attendance'>): boolean {
  return lost + appliedTwice + foreign + unanswered + silentGaps === 0 && present === attendees
}
