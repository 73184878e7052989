// What a run must remember beside its measurements: where and when it ran, what was done to it, how the load went.
import type { Machine } from '../calibration/calibration.ts'
import type { Buckets } from '../calibration/histogram.ts'
import type { PerformedStep } from './timeline.ts'

/** Of what a run remembers; a run of another version is not read. */
export const FACTS_VERSION = 3

export interface RunFacts {
  version: typeof FACTS_VERSION
  outage: string | null
  /** Day of the run, `YYYY-MM-DD`. */
  date: string
  commit: string | null
  machine: Machine
  /** Command that repeats the run. */
  reproduce: string
  /** ms after the start that the drain took after the last session ended; null: it did not end in time. */
  drainedMs: number | null
  tookS: number
  timeline: PerformedStep[]
  generator: {
    iterations: number
    droppedIterations: number
    /** Largest difference between the wall clock and the monotonic one over the run, ms. */
    clockStepMs: number
  }
  /** Bytes of the page as every venue serves it, without headers. */
  pageBytes: { html: number; images: number }
  /** Central's transactions during the run, seconds. */
  applySeconds: Buckets
  /** Durable writes of all PoPs' logs during the run, seconds; absent in a run from before they were timed. */
  logWriteSeconds?: Buckets
  /** ms from the start of each killed PoP's process until it was ready; absent in a run from before they were timed. */
  popStartMs?: number[]
  /** `cpuS`: processor time of the venue's PoP over `cpuOverS` seconds, from warm caches to the end of the drain. */
  venues: { name: string; urn: string; cpuS: number; cpuOverS: number }[]
  ackLimitMs: number
  /** The event's show start, ms since the Unix epoch: usage is told in the event's time. */
  showStartMs: number
}
