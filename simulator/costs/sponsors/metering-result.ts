// User-seconds of sponsors as metered from session logs: no names of people.

/** What one sponsor's feature came to at one venue on one day. */
export interface MeteredLine {
  /** null: the feature has none. */
  sponsor: string | null
  venue: string
  feature: string
  /** On the calendar of the event's time zone, e.g. `2026-12-03`. */
  day: string
  /** Of all people together. */
  ms: number
  people: number
}

/** A log whose last sessions have no end in it: it is being written, or its PoP never came back. */
export interface OpenSessions {
  venue: string
  sessions: number
  /** The last heartbeat, which they are counted to; ms since the Unix epoch. */
  atMs: number
}

export interface Metering {
  /** By sponsor, venue, day and feature. */
  lines: MeteredLine[]
  open: OpenSessions[]
  /** Venues of the event that no log is of: nothing is metered there. */
  withoutLog: string[]
  /** Of the sponsors' time, what is outside the event's window, ms: a rehearsal, or a log of another event. */
  outsideMs: number
}
