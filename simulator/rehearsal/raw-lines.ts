// The raw measurements of a run, one JSON object a line: what the load script writes and measure.ts reads.
//
// Times are ms after the run's start by the generator's wall clock, whole ms: `at` is the intended moment of an
// action, and every duration counts from it. `late` is how long after it the generator began to act.

/** The run's t = 0, ms since the Unix epoch. The first line of the file. */
export interface StartLine {
  k: 'start'
  epochMs: number
}

/** A session's first connection. `ms`: until the PoP's welcome; null where it never came. */
export interface ConnectLine {
  k: 'connect'
  c: string
  at: number
  late: number
  ms: number | null
}

/** A publish, once its fate is known. `ack`: ms until acknowledged `disk`; null where that never came. */
export interface PublishLine {
  k: 'pub'
  c: string
  lane: 'interactive'
  seq: number
  kind: 'chat' | 'vote'
  at: number
  late: number
  ack: number | null
  /** Times it was sent; 0 where there was no session to send it in. */
  sends: number
  /** Code of the last refusal, where there was one. */
  refused?: string
}

/** Messages received by session `c`: sender, `at` as the sender stamped it, ms until received. */
export interface DeliveryLine {
  k: 'in'
  c: string
  d: [from: string, at: number, ms: number][]
}

/** A page with all its images. `ok` false: some part of it failed. */
export interface PageLine {
  k: 'page'
  c: string
  at: number
  late: number
  ms: number
  ok: boolean
}

/** A socket lost at `at`; `ms` until the session was welcomed again, null where it was not. */
export interface DropLine {
  k: 'drop'
  c: string
  at: number
  ms: number | null
}

/** Offsets between `after` and `off` never came. `told`: the PoP said so; else the gap was silent. */
export interface GapLine {
  k: 'gap'
  c: string
  ch: string
  after: number
  off: number
  told: boolean
}

/** End of a session. `received` counts every delivery, `sampled` those that DeliveryLines carry. */
export interface EndLine {
  k: 'end'
  c: string
  received: number
  sampled: number
  errors: number
}

export type RawLine =
  | StartLine
  | ConnectLine
  | PublishLine
  | DeliveryLine
  | PageLine
  | DropLine
  | GapLine
  | EndLine

/** One PoP's queue at `tMs` after the start, by the rehearsal's monotonic clock. */
export interface QueueSample {
  venue: string
  tMs: number
  backlog: number
  backlogBytes: number
  connected: boolean
  sessions: number
  /** Counters since the PoP's start. */
  committed: number
  uplinkSentBytes: number
  uplinkReceivedBytes: number
}
