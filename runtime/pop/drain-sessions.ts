// Sends the sessions of a PoP elsewhere and waits until they are gone, at most until the deadline.
import { setTimeout as sleep } from 'node:timers/promises'
import { drainSchedules, reconnectsPerS } from '../broker/drain.ts'
import type { SessionRouter } from '../broker/session-router.ts'
import type { PopConfig } from '../pop-config.ts'

export async function drainSessions(
  router: SessionRouter,
  fronts: number,
  { deadlineS, ...cost }: PopConfig['drain'],
): Promise<void> {
  router.drain(drainSchedules(fronts, reconnectsPerS(cost)))
  const gone = new AbortController()
  const late = sleep(deadlineS * 1_000, undefined, { signal: gone.signal }).catch(() => undefined)
  await Promise.race([router.empty(), late])
  gone.abort()
}
