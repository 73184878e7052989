// How long the durable writes of a PoP's log take: what an acknowledgement waits for, and what another disk would change.
import { Histogram, type Registry } from 'prom-client'

/** From a drive with power loss protection to one that stalls. Seconds. */
const BUCKETS_S = [
  0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02,
  0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
]

/** Returns what takes the time of one write, ms. */
export function writeTimes(registry: Registry): (tookMs: number) => void {
  const seconds = new Histogram({
    name: 'micropop_log_write_seconds',
    help: 'Durable writes of the log, a commit each',
    buckets: BUCKETS_S,
    registers: [registry],
  })
  return (tookMs) => seconds.observe(tookMs / 1000)
}
