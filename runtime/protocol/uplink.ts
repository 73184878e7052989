// The uplink wire: JSON text frames over the one WebSocket between a PoP and central, `micropop-uplink.v1`.
//
// Each lane of a PoP's log numbers its records 1, 2, 3…; central keeps one watermark per (pop, log, lane) and
// applies a batch only when it continues that watermark, in one transaction with the watermark's advance.
// `log` is made with the PoP's log, so a replaced disk starts over instead of colliding with its past.
import type { Lane } from './lanes.ts'

export const UPLINK_SUBPROTOCOL = 'micropop-uplink.v1'

/** Largest frame central reads, bytes of UTF-8; a larger one closes the connection. */
export const UPLINK_FRAME_BYTES_MAX = 1024 * 1024
/** Most records in one batch. */
export const UPLINK_BATCH_RECORDS_MAX = 1_000

/** First frame from the PoP. The shared secret travels in the `Authorization: Bearer` header, never here. */
export interface UplinkHello {
  t: 'uplink'
  event: string
  pop: string
  log: string
}

export interface UplinkRecord {
  client: string
  seq: number
  ch: string
  body: unknown
  /** Intended send time by the client's clock, ms since the Unix epoch. */
  at: number
}

/** `records[i]` is record `first + i` of the lane. */
export interface Batch {
  t: 'batch'
  lane: Lane
  first: number
  records: UplinkRecord[]
}

/** Heartbeat; answered with the same `n` at once, ahead of any data. */
export interface Beat {
  t: 'beat'
  n: number
}

export type PopUplinkFrame = UplinkHello | Batch | Beat

/** Answer to `uplink`: what central already has of this log. The PoP continues after it. */
export interface UplinkReady {
  t: 'ready'
  watermarks: Partial<Record<Lane, number>>
}

/** Committed: everything of `lane` up to and including record `through`. */
export interface Applied {
  t: 'applied'
  lane: Lane
  through: number
}

/** A batch did not continue the watermark: send again from `expected`. */
export interface Gap {
  t: 'gap'
  lane: Lane
  expected: number
}

export interface UplinkRefusal {
  t: 'err'
  code: string
  why: string
}

export type CentralUplinkFrame = UplinkReady | Applied | Gap | Beat | UplinkRefusal
