// A clock for tests: sleeping is what makes time pass, and takes none.
import type { RehearsalClock } from '../clock.ts'

export interface InstantClock extends RehearsalClock {
  nowMs: number
}

export function instantClock(startMs = 0): InstantClock {
  const clock: InstantClock = {
    nowMs: startMs,
    monotonicMs: () => clock.nowMs,
    wallMs: () => clock.nowMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      clock.nowMs += Math.max(0, ms)
    },
  }
  return clock
}
