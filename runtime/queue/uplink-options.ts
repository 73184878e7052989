// What the uplink's state machine is told from outside, what it answers, and its settings.
import type { Lane } from '../protocol/lanes.ts'

export interface UplinkSyncOptions {
  /** Ways to central, each with a connection of its own. */
  paths: number
  /** Most records in one batch. */
  batchRecords: number
  beatEveryMs: number
  /** Silence after which a connection is given up, besides the time that what is on its way may need. */
  deadAfterMs: number
  /** From the first byte to central's `ready`. */
  connectTimeoutMs: number
  /** Least retry delay. Delays lie between it and a ceiling, twice it at first, that doubles up to the maximum. */
  retryMinMs: number
  retryMaxMs: number
}

export const UPLINK_DEFAULTS: UplinkSyncOptions = {
  paths: 1,
  batchRecords: 128,
  beatEveryMs: 1_000,
  deadAfterMs: 5_000,
  connectTimeoutMs: 3_000,
  retryMinMs: 200,
  retryMaxMs: 3_000,
}

/** `path` counts from 0, the first where it is left out. */
export type UplinkInput = { path?: number } & (
  | { is: 'opened' }
  | { is: 'ready'; watermarks: Partial<Record<Lane, number>> }
  | { is: 'applied'; lane: Lane; through: number }
  | { is: 'gap'; lane: Lane; expected: number }
  | { is: 'beat'; n: number }
  /** Central found other messages under numbers that it has: the log went back in time. */
  | { is: 'rewound' }
  /** Another PoP has taken this log over. */
  | { is: 'fenced' }
  | { is: 'closed' }
)

/** What one path is to do. */
export type PathEffect =
  | { do: 'connect'; path: number }
  | { do: 'disconnect'; path: number; why: string }
  | { do: 'hello'; path: number }
  | { do: 'send'; path: number; lane: Lane; first: number; count: number; bytes: number }
  | { do: 'beat'; path: number; n: number }

export type UplinkEffect =
  | PathEffect
  | { do: 'applied'; lane: Lane; through: number }
  /** Central has records of this log that the log itself lost: the disk lied. Syncing stops for good. */
  | { do: 'regressed'; lane: Lane; central: number; local: number }
  /** Central has other messages under this log's numbers: it is an old copy of itself. Syncing stops for good. */
  | { do: 'rewound' }
  /** Another PoP writes this log now. Syncing stops for good. */
  | { do: 'fenced' }
  /** Central lost records that it had acknowledged, and this log still has them: they are sent again. */
  | { do: 'refill'; lane: Lane; central: number; applied: number }
  /** Central lost records that it had acknowledged and this log has let go. Tried again, for a central restored. */
  | { do: 'forgotten'; lane: Lane; central: number; applied: number }
