// What central takes at most. Beyond a limit a peer waits or is refused; memory is bounded by their product.

export interface CentralLimits {
  /** Uplinks connected at once; the next is told 503. */
  uplinks: number
  /** Batches of one uplink read and not yet applied, above which its socket is paused. A PoP's own window is smaller. */
  waitingBatches: number
  /** Bytes of the same, frames as they came. */
  waitingBytes: number
  /** Records of one transaction; batches that wait are applied together up to here. */
  transactionRecords: number
  /** Time from connecting to the first frame, and silence after it, before an uplink is given up. */
  helloWithinMs: number
  silenceMs: number
  /** How often both are checked. */
  silenceCheckEveryMs: number
  /** Bytes of answers waiting on one socket before its peer is given up as not reading. */
  answerBytes: number
}

export const CENTRAL_LIMITS: CentralLimits = {
  uplinks: 256,
  waitingBatches: 512,
  waitingBytes: 1024 * 1024,
  transactionRecords: 1_000,
  helloWithinMs: 10_000,
  silenceMs: 30_000,
  silenceCheckEveryMs: 5_000,
  answerBytes: 1024 * 1024,
}

/** Connections to PostgreSQL, and with them transactions at once, at most. The embedded store has one. */
export const DATABASE_CONNECTIONS = 10
