// What an outage of an uplink leaves behind, by formula: the backlog at its end, and how long it takes to be gone.
import { UPLINK_DEFAULTS } from '../../runtime/queue/uplink-options.ts'

export interface OutageLoad {
  outageMs: number
  /** Records for central, per ms. */
  rate: number
  /** Most records per ms that the uplink and central take. */
  drainRate: number
  rttMs: number
}

export interface Drain {
  /** Records that wait when the drain begins. */
  backlog: number
  /** From the link's return until the PoP sends again, ms. */
  reconnectMs: number
  /** From the link's return until the backlog is what it was, ms; infinite where the load is more than is drained. */
  recoveryMs: number
}

/** A PoP without answers holds its connection for this long before it tries anew. */
const { deadAfterMs, connectTimeoutMs, retryMinMs, retryMaxMs } = UPLINK_DEFAULTS
/** A connection, then the greeting and its answer. */
const HANDSHAKE_ROUND_TRIPS = 2

export function drainOf({ outageMs, rate, drainRate, rttMs }: OutageLoad): Drain {
  const reconnectMs = retryMs(outageMs) + HANDSHAKE_ROUND_TRIPS * rttMs
  const backlog = rate * (outageMs + reconnectMs)
  const recoveryMs = drainRate > rate ? reconnectMs + backlog / (drainRate - rate) : Number.POSITIVE_INFINITY
  return { backlog, reconnectMs, recoveryMs }
}

/**
 * Mean time until the next try. A link that returns closes the connection that is open or being opened, and a try
 * follows after a delay, even between the least and a ceiling that doubles with every try; where a delay is running,
 * what is left of it is met (renewal theory: the second moment over twice the first).
 */
function retryMs(outageMs: number): number {
  const mean = (ceiling: number) => (retryMinMs + ceiling) / 2
  if (outageMs <= deadAfterMs) return mean(2 * retryMinMs)
  const tries = Math.floor((outageMs - deadAfterMs) / (connectTimeoutMs + mean(retryMaxMs)))
  const ceiling = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(20, tries + 1))
  const square = (retryMinMs ** 2 + retryMinMs * ceiling + ceiling ** 2) / 3
  const connecting = connectTimeoutMs / (connectTimeoutMs + mean(ceiling))
  return connecting * mean(ceiling) + (1 - connecting) * (square / (2 * mean(ceiling)))
}
