// What a seed draws: the venue's sizes, and which faults happen when.
import { pick } from '../../runtime/testing/seeded-random.ts'
import type { PopSettings } from './pop-process.ts'

export type Fault = { atMs: number } /** An attendee's connection is cut. */ & (
  | { do: 'drop-client'; client: number }
  /** Nothing passes between attendees and the PoP. */
  | { do: 'stall-clients'; forMs: number }
  | { do: 'reset-path'; path: number; forMs: number }
  | { do: 'silence-path'; path: number; forMs: number }
  | { do: 'crash-central'; forMs: number }
  | { do: 'back-up-central' }
  | { do: 'restore-central' }
  | { do: 'kill-pop'; forMs: number }
  | { do: 'cut-power'; forMs: number }
  /** The next write fails; an operator then takes the machine through a cold start. */
  | { do: 'fail-write'; forMs: number }
  | { do: 'fill-disk'; roomBytes: number; forMs: number }
  | { do: 'slow-disk'; times: number; forMs: number }
  | { do: 'step-clock'; byMs: number }
  /** `disk`: its machine comes back without what its disk held; `write`: a write fails, and then it is started cold. */
  | { do: 'lose-follower'; how: 'kill' | 'power' | 'disk' | 'write'; forMs: number }
  | { do: 'silence-follower'; forMs: number }
  /** The leader's machine is gone with its disk. */
  | { do: 'destroy-leader'; forMs: number }
)

export interface Plan {
  settings: PopSettings
  attendees: number
  /** Between two messages of one attendee, on average. */
  everyMs: number
  hasFollower: boolean
  faults: Fault[]
  /** When the load and the faults end. */
  endMs: number
}

const LOAD_MS = 25_000
const FAULTS_MOST = 14
const MB = 1_000_000

export function drawPlan(random: () => number): Plan {
  const chance = (p: number) => random() < p
  const hasFollower = chance(0.4)
  const paths = chance(0.6) ? 2 : 1
  const crowded = chance(0.25)
  const settings: PopSettings = {
    paths,
    segmentBytes: 2_000 + pick(random, 8_000),
    queueBytesMax: crowded ? 60_000 + pick(random, 60_000) : 100 * MB,
    historyMessages: chance(0.3) ? 10 : 1_000,
  }
  // What a central from a backup lacks must still be in the log: not where that is small, or was lost.
  const restores = !crowded && chance(0.25)
  const destroys = !restores && chance(hasFollower ? 0.6 : 0.25)
  const faults: Fault[] = []
  const count = pick(random, FAULTS_MOST)
  for (let i = 0; i < count; i++) {
    const fault = drawFault(random, { ...settings, hasFollower, restores })
    // A full disk lets go of what central has, and then cannot refill a central that went back.
    if (!restores || fault.do !== 'fill-disk') faults.push(fault)
  }
  if (restores) faults.push({ do: 'back-up-central', atMs: random() * LOAD_MS * 0.7 })
  if (destroys) faults.push({ do: 'destroy-leader', atMs: random() * LOAD_MS, forMs: 100 + random() * 3_000 })
  faults.sort((a, b) => a.atMs - b.atMs)
  return {
    settings,
    attendees: 3 + pick(random, 5),
    everyMs: 150 + random() * 500,
    hasFollower,
    faults,
    endMs: LOAD_MS,
  }
}

function drawFault(
  random: () => number,
  { paths, hasFollower, restores }: { paths: number; hasFollower: boolean; restores: boolean },
): Fault {
  const atMs = random() * LOAD_MS
  const forMs = 50 + random() ** 3 * 9_000
  const path = pick(random, paths)
  const client = pick(random, 100)
  const draws: (() => Fault)[] = [
    () => ({ do: 'drop-client', atMs, client }),
    () => ({ do: 'drop-client', atMs, client }),
    () => ({ do: 'stall-clients', atMs, forMs }),
    () => ({ do: 'reset-path', atMs, path, forMs }),
    () => ({ do: 'silence-path', atMs, path, forMs }),
    () => ({ do: 'crash-central', atMs, forMs }),
    () => ({ do: 'kill-pop', atMs, forMs: forMs / 4 }),
    () => ({ do: 'kill-pop', atMs, forMs: forMs / 4 }),
    () => ({ do: 'cut-power', atMs, forMs: forMs / 4 }),
    () => ({ do: 'fail-write', atMs, forMs }),
    () => ({ do: 'fill-disk', atMs, roomBytes: pick(random, 5_000), forMs }),
    () => ({ do: 'slow-disk', atMs, times: 5 + random() * 200, forMs }),
    () => ({ do: 'step-clock', atMs, byMs: Math.floor((random() - 0.5) * 10 ** 8) }),
  ]
  if (restores) draws.push(() => ({ do: 'restore-central', atMs }))
  if (hasFollower) {
    const how = (['kill', 'power', 'disk', 'write'] as const)[pick(random, 4)] as 'kill'
    draws.push(
      () => ({ do: 'lose-follower', atMs, how, forMs }),
      () => ({ do: 'silence-follower', atMs, forMs }),
    )
  }
  return (draws[pick(random, draws.length)] as () => Fault)()
}
