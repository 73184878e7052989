// What the log holds: published messages, what is left of those that were shed, and checkpoints.
import type { Durability, Lane } from '../protocol/lanes.ts'

/** One published message, as logged, delivered and synced. */
export interface LogRecord {
  lane: Lane
  /** Position in its lane of this log: 1, 2, 3… without holes; 0 for a record that stays here and is not synced. */
  laneSeq: number
  ch: string
  /** Partition of the channel, where it has several: order and offsets are those of the partition. */
  part?: number
  /** Offset in its channel or partition: 1, 2, 3… without holes. */
  off: number
  /** The PoP that a relayed record was published at, and that syncs it; missing for a record of this one. */
  origin?: string
  client: string
  seq: number
  /** Intended send time by the client's clock, ms since the Unix epoch. */
  at: number
  /** When it came to the PoP, by the PoP's clock, ms since the Unix epoch. */
  t: number
  ack: Durability
  body: unknown
  /** Size of the publish on the wire, bytes: what lanes and windows count. */
  bytes: number
}

/** Sequence numbers done with of one client and lane: all up to `through`, and those in `above`. */
export interface SeenSnapshot {
  client: string
  lane: Lane
  /** Below here the client gave up what was missing; 0 where it never did. */
  settled: number
  /** Up to here it is not remembered which numbers were passed over. */
  blurred: number
  /** Numbers passed over above that, first and last of each run. */
  holes: [number, number][]
  through: number
  above: number[]
}

/** Of a log's format, as its checkpoints say. */
export const LOG_VERSION = 3

/** Opens every segment, so that older segments can go without losing what the log knows. */
export interface Checkpoint {
  version: typeof LOG_VERSION
  /** Identity of this log; the epoch of its channels. */
  log: string
  lastLaneSeq: Partial<Record<Lane, number>>
  applied: Partial<Record<Lane, number>>
  /** Records of the log before this, counted from its beginning. */
  position: number
  /** Newest offset by stream: see `streamOf`. */
  channels: Record<string, number>
  seen: SeenSnapshot[]
  /** What hangs on the log, by the name of the part: see `broker/part.ts`. */
  parts: Record<string, unknown>
}

/** What has an order and offsets of its own: a channel, or one partition of it. */
export function streamOf(ch: string, part?: number): string {
  return part === undefined ? ch : `${ch}/${part}`
}

/**
 * What stays of a record that was let go when space ran out: all but its content, so that lanes and streams keep their
 * numbers and what was seen stays seen.
 */
export type ShedRecord = Pick<
  LogRecord,
  'lane' | 'laneSeq' | 'ch' | 'part' | 'off' | 'client' | 'seq' | 'origin'
>

export type LogEntry = { checkpoint: Checkpoint } | { message: LogRecord } | { shed: ShedRecord }

/** Whether a record may be let go when space runs out: nobody was promised that it is on disk, and it can be missed. */
export function isSheddable({ ack, lane }: Pick<LogRecord, 'ack' | 'lane'>): boolean {
  return ack === 'memory' && (lane === 'bulk' || lane === 'state')
}
