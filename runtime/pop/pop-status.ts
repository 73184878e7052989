// A PoP at a glance, for `micropop status`: version, sessions, queue, disk, certificate, ways to central. Nothing of it is
// secret or of a person: counts, times and the system's words for what fails.
import { statfs } from 'node:fs/promises'
import type { PopConfig } from '../pop-config.ts'
import { LANES, type Lane } from '../protocol/lanes.ts'
import { SESSION_SUBPROTOCOL } from '../protocol/session.ts'
import { UPLINK_SUBPROTOCOL } from '../protocol/uplink.ts'
import type { SegmentLog } from '../queue/segment-log.ts'
import { VERSION } from '../version.ts'
import type { Clock } from './clock.ts'
import type { SyncStopped } from './core-driver.ts'
import { type ObservedQueue, type PathState, queueState } from './queue-state.ts'
import { readCertificate } from './tls.ts'

/** Of a lane's backlog, looked at for one that was not shed: how old it is. */
const LOOKED_AT = 16

/** Answer of `GET /v1/status`. */
export interface PopStatus {
  event: string
  pop: string
  version: string
  protocols: { session: string; uplink: string }
  upS: number
  sessions: { open: number; max: number }
  queue: {
    /** Records and bytes that central does not have yet, and the age of the oldest; null where there is none. */
    backlog: number
    backlogBytes: number
    oldestS: number | null
    usedBytes: number
    maxBytes: number
    shed: number
    /** False after a disk error: nothing is admitted until a restart. */
    writable: boolean
  }
  /** Of the data folder. */
  disk: { freeBytes: number; totalBytes: number } | { fault: string }
  /** null: this PoP speaks plain HTTP. */
  certificate: { expiresAtMs: number } | { fault: string } | null
  uplink: {
    connected: boolean
    fault: string | null
    syncStopped: SyncStopped | null
    paths: Pick<PathState, 'name' | 'live' | 'fault' | 'rttMs' | 'central'>[]
  }
  /** The last comparison of log and central; null before the first. */
  compared: { agoS: number; everyS: number; differing: number; repaired: number } | null
  replica: { behind: number | null } | null
}

export interface ObservedPop extends ObservedQueue {
  config: PopConfig
  log: Pick<SegmentLog, 'read'>
  clock: Clock
  /** By the monotonic clock. */
  startedMs: number
}

export async function popStatus(observed: ObservedPop): Promise<PopStatus> {
  const { config, clock, startedMs, uplinks } = observed
  const { event, pop, queue, limits, tls, dataDir } = config
  const state = queueState(observed)
  const nowMs = clock.monotonicMs()
  const { last } = uplinks.comparison
  const [oldestT, disk, certificate] = await Promise.all([
    oldestBacklogT(observed),
    diskOf(dataDir),
    tls && certificateOf(tls, clock.wallMs()),
  ])
  return {
    event,
    pop,
    version: VERSION,
    protocols: { session: SESSION_SUBPROTOCOL, uplink: UPLINK_SUBPROTOCOL },
    upS: wholeS(nowMs - startedMs),
    sessions: { open: state.sessions, max: limits.sessions },
    queue: {
      backlog: state.backlog,
      backlogBytes: state.backlogBytes,
      oldestS: oldestT === null ? null : wholeS(clock.wallMs() - oldestT),
      usedBytes: state.usedBytes,
      maxBytes: queue.maxBytes,
      shed: state.shed,
      writable: state.writable,
    },
    disk,
    certificate,
    uplink: {
      connected: state.connected,
      fault: state.uplinkFault,
      syncStopped: state.syncStopped,
      paths: state.uplinks.map(({ name, live, fault, rttMs, central }) => ({
        name,
        live,
        fault,
        rttMs,
        central,
      })),
    },
    compared: last && {
      agoS: wholeS(nowMs - last.atMs),
      everyS: queue.reconcileS,
      differing: last.differing,
      repaired: last.repaired,
    },
    replica: state.replica,
  }
}

/** When the oldest record came that central lacks, ms since the Unix epoch. */
async function oldestBacklogT({ core, log }: ObservedPop): Promise<number | null> {
  const times = await Promise.all(LANES.map((lane) => oldestOf(lane)))
  const known = times.filter((t) => t !== null)
  return known.length === 0 ? null : Math.min(...known)

  async function oldestOf(lane: Lane): Promise<number | null> {
    const { applied, count } = core.uplink.lanes[lane]
    if (count === 0) return null
    try {
      const records = await log.read(lane, applied + 1, Math.min(count, LOOKED_AT))
      return records.find((record) => record !== null)?.t ?? null
    } catch {
      // Central has it by now, and the log has moved on; a log that is damaged says so by itself.
      return null
    }
  }
}

async function diskOf(folder: string): Promise<PopStatus['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder)
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  } catch (error) {
    return { fault: (error as NodeJS.ErrnoException).code ?? 'unknown' }
  }
}

async function certificateOf(
  files: NonNullable<PopConfig['tls']>,
  wallMs: number,
): Promise<PopStatus['certificate']> {
  try {
    return { expiresAtMs: (await readCertificate(files, wallMs)).expiresAtMs }
  } catch (error) {
    return { fault: (error as Error).message }
  }
}

function wholeS(ms: number): number {
  return Math.max(0, Math.round(ms / 1_000))
}
