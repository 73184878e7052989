// The clock of a rehearsal: the runtime's two clocks, and waiting that ends early when the run is given up.
import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, systemClock } from '../../runtime/pop/clock.ts'

export interface RehearsalClock extends Clock {
  /** Resolves after `ms`; rejects with the signal's reason when that comes first. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

export const rehearsalClock: RehearsalClock = {
  ...systemClock,
  sleep: async (ms, signal) => {
    signal?.throwIfAborted()
    await delay(Math.max(0, ms), undefined, signal && { signal }).catch((error) => {
      signal?.throwIfAborted()
      throw error
    })
  },
}

/** Asks `probe` every `everyMs` until it answers something other than undefined. `onLate` makes the error. */
export async function until<T>(
  probe: () => Promise<T | undefined>,
  { clock, everyMs, limitMs, signal, onLate }: UntilOptions,
): Promise<T> {
  const giveUpMs = clock.monotonicMs() + limitMs
  for (;;) {
    const found = await probe()
    if (found !== undefined) return found
    if (clock.monotonicMs() >= giveUpMs) throw onLate()
    await clock.sleep(everyMs, signal)
  }
}

export interface UntilOptions {
  clock: RehearsalClock
  everyMs: number
  limitMs: number
  signal?: AbortSignal
  onLate: () => Error
}
