// The clocks of a running process. The monotonic one drives all decisions: it does not jump when the wall clock is set.

export interface Clock {
  /** ms, monotonic, from an arbitrary start. */
  monotonicMs: () => number
  /** ms since the Unix epoch. */
  wallMs: () => number
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
}
