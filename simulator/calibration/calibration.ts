// What the twin learns from measured runs: how long the real processes take beyond what the links explain.
import type { QuantileTable } from './quantile-table.ts'

export const CALIBRATION_VERSION = 3

export interface Machine {
  cpu: string
  cores: number
  memoryBytes: number
  /** e.g. `linux 6.1 x64`. */
  system: string
  /** e.g. `v24.21.0`. */
  node: string
}

export interface CalibratedMachine extends Machine {
  /**
   * Iterations of CoreMark a second of one core, others idle: a processor's name alone does not tell it where machines
   * are virtual. Absent: that of the catalogue, by `cpu`.
   */
  coremarkPerCoreS?: number
}

export interface CalibrationSource {
  event: string
  outage: string | null
  seed: number
  sessions: number
  durationS: number
  /** Day of the run, `YYYY-MM-DD`. */
  date: string
  /** Commit of the code that ran, with `-dirty` where files had changed; null outside a checkout. */
  commit: string | null
}

/** Processor time of a PoP, ms: what is found from the run and what is stated, says cpu-cost.ts. */
export interface CpuCost {
  idleMsPerMinute: number
  /** One session that connects, for the first time or again. */
  joinMs: number
  /** One publish until it is at central. */
  publishMs: number
  /** One message to one subscriber. */
  deliveryMs: number
  /** One page with its images, from a warm cache. */
  pageMs: number
}

/**
 * Every table is the *residual* in ms: the measured time less the round trip and serialization of the links
 * (link-time.ts has the formulas), so the twin adds its own links back. Sampled outside outages and their
 * recovery, from messages whose session was connected.
 */
export interface Calibration {
  version: typeof CALIBRATION_VERSION
  /** That all the runs were made on. */
  machine: CalibratedMachine
  /** The runs; at least one. */
  from: CalibrationSource[]
  /** Publish arrives at the PoP → its `disk` acknowledgement leaves: parsing, group commit, fsync, generator. */
  ackServiceMs: QuantileTable
  /** Publish arrives at the PoP → the message leaves towards its first subscriber. Includes the wait for the disk. */
  deliveryServiceMs: QuantileTable
  /**
   * From one subscriber of a message to the next, ms: of the live runs, whose load generator and emulated links share the
   * processor. At a show it is `cpu.deliveryMs`. Absent: part of `deliveryServiceMs`.
   */
  fanOutMs?: number
  /** All server time of one page view: the page and its images, from a warm cache. */
  pageServiceMs: QuantileTable
  /** One transaction that applies batches at central, from central's own histogram (resolution: its buckets). */
  applyMs: QuantileTable
  /**
   * One durable write of the queue's log, which the two times above include; from the PoPs' own histograms. Absent: the
   * runs did not time their writes.
   */
  fsyncMs?: QuantileTable
  /** Uplink returns → the PoP is connected again: one value an outage, empty without one. A check, not an input. */
  reconnectMs: number[]
  /** Started again after `kill -9` → the PoP takes sessions: one value a start. Absent: no run killed one. */
  popStartMs?: number[]
  cpu: CpuCost
  /** JSON bytes of one record inside a batch on the uplink, its comma included, the batch's frame not. */
  uplinkBytesPerRecord: number
  /** Bytes of one page view as sent: HTML, images, response headers left out. */
  pageBytes: { html: number; images: number }
  /** What the run covered; an answer outside it is an extrapolation and is reported as one. */
  range: {
    sessions: number
    /** Most in any second. */
    publishesPerS: number
    deliveriesPerS: number
    backlog: number
  }
  /** Samples behind each table, of the run that has most. */
  samples: { ack: number; delivery: number; page: number; apply: number }
}
