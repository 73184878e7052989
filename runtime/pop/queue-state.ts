// The state of a PoP's queue as operations ask for it: what waits for central, by which ways, and who else has it.
import type { PopCore } from '../broker/pop-core.ts'
import type { SessionRouter } from '../broker/session-router.ts'
import type { ReplicaLeader } from '../replica/replica-leader.ts'
import type { CoreDriver, SyncStopped } from './core-driver.ts'
import type { Uplinks } from './uplinks.ts'

export interface ObservedQueue {
  core: PopCore
  sessions: SessionRouter
  uplinks: Uplinks
  replica: ReplicaLeader | null
  driver: CoreDriver
  pop: string
}

/** One way to central. */
export interface PathState {
  name: string
  live: boolean
  /** Why there is no connection, in the system's words (`Unexpected server response: 401`: a wrong secret). */
  fault: string | null
  /** Smoothed round trip, and the time within which 95 % of batches were acknowledged, ms; null until measured. */
  rttMs: number | null
  ackP95Ms: number | null
  /** Delivered to central, bit/s, at most in the last seconds. */
  rateBps: number
  /** Share of heartbeats without an answer in time, and of connections that broke, smoothed. */
  loss: number
  sentBytes: number
  receivedBytes: number
  connects: number
  /** Version of the software of central; null until it has told, and of one that does not. */
  central: string | null
}

/** Answer of `GET /v1/queue`. */
export interface QueueState {
  pop: string
  log: string
  /** Records that central does not have yet: what a PoP that is destroyed with its disk loses, without a replica. */
  backlog: number
  backlogBytes: number
  usedBytes: number
  /** Records whose content was let go for want of space. */
  shed: number
  connected: boolean
  uplinks: PathState[]
  uplinkFault: string | null
  /** Not null: syncing has stopped for good, the log on this disk is not what central was sent. */
  syncStopped: SyncStopped | null
  uplinkSentBytes: number
  uplinkReceivedBytes: number
  /** Null where pop.json names none; `behind` is null where nobody follows. */
  replica: { behind: number | null } | null
  /** What the last comparison of log and central found; null before the first. */
  compared: { differing: number; repaired: number } | null
  sessions: number
  committed: number
  /** False after a disk error: nothing is admitted until a restart. */
  writable: boolean
}

export function queueState({ core, sessions, uplinks, replica, driver, pop }: ObservedQueue): QueueState {
  const paths = pathStates(core, uplinks)
  const sum = (of: (path: PathState) => number) => paths.reduce((total, path) => total + of(path), 0)
  const { last } = uplinks.comparison
  return {
    pop,
    log: core.log,
    backlog: core.uplink.backlog,
    backlogBytes: core.uplink.backlogBytes,
    usedBytes: core.usedBytes,
    shed: core.counters.shed,
    connected: core.uplink.connected,
    uplinks: paths,
    uplinkFault: core.uplink.connected ? null : (paths.find(({ fault }) => fault !== null)?.fault ?? null),
    syncStopped: driver.syncStopped,
    uplinkSentBytes: sum(({ sentBytes }) => sentBytes),
    uplinkReceivedBytes: sum(({ receivedBytes }) => receivedBytes),
    replica: replica && { behind: replica.behind },
    compared: last && { differing: last.differing, repaired: last.repaired },
    sessions: sessions.sessions,
    committed: core.counters.committed,
    writable: !core.broken,
  }
}

export function pathStates(core: PopCore, { clients }: Uplinks): PathState[] {
  return clients.flatMap((client, i) => {
    const path = core.uplink.paths[i]
    if (!path) return []
    return {
      name: client.name,
      live: path.live,
      fault: client.fault,
      rttMs: path.roundTrip.srttMs,
      ackP95Ms: path.answerP95.value,
      rateBps: Math.round(path.bytesPerMs * 8_000),
      loss: path.loss.share,
      sentBytes: client.sentBytes,
      receivedBytes: client.receivedBytes,
      connects: client.connects,
      central: client.central,
    }
  })
}
