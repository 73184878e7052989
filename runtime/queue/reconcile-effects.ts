// What the comparison of log and central is told, and what it wants done: see `reconcile.ts`.
import type { Lane } from '../protocol/lanes.ts'
import type {
  CentralUplinkFrame,
  DocumentVersions,
  LaneDigests,
  Reconcile,
  RecordDigests,
} from '../protocol/uplink.ts'

/** Records of a lane that both sides should have: the log still has them, and central acknowledged them. */
export interface Span {
  from: number
  through: number
}

export interface DigestedRecord {
  /** `NO_RECORD` where the log shed it, or cannot read it. */
  digest: bigint
  /** On the wire, about. */
  bytes: number
}

export type ReconcileAnswer = Extract<
  CentralUplinkFrame,
  { t: 'reconciling' | 'differing' | 'missing' | 'repaired' }
>

export type ReconcileInput =
  | { is: 'link'; live: boolean; draining: boolean }
  /** Answers a `read`: all that was asked for. */
  | { is: 'read'; records: readonly DigestedRecord[] }
  /** What was asked for has left the log meanwhile. */
  | { is: 'gone' }
  | { is: 'unreadable'; why: string }
  | { is: 'answer'; frame: ReconcileAnswer }

/** What a round found. */
export interface RoundTally {
  blocks: number
  /** Blocks that differed, without those whose difference was known and cannot be repaired. */
  differing: number
  /** Records sent again, and those of them that became messages: the others another path had brought. */
  sentAgain: number
  repaired: number
  unreadable: number
}

export type ReconcileEffect =
  | { do: 'read'; lane: Lane; from: number; count: number }
  | { do: 'compare'; frame: Reconcile | LaneDigests | RecordDigests }
  /** Read these and send them in a `repair`. */
  | { do: 'repair'; n: number; lane: Lane; laneSeqs: number[] }
  /**
   * Central has `extra` records that the log shed or cannot read, and `other` contents under some numbers: neither is
   * repaired.
   */
  | { do: 'differs'; lane: Lane; from: number; lacks: number; extra: number; other: number }
  | { do: 'unreadable'; lane: Lane; from: number; through: number; why: string }
  | { do: 'reconciled'; tally: RoundTally }
  | { do: 'abandoned'; why: string }

export interface ReconcileOptions {
  everyMs: number
  /** [0, 1) */
  random: () => number
  spans: () => Partial<Record<Lane, Span>>
  versions: () => DocumentVersions
}
