// What a run of the twin and a live rehearsal both report, so that one can be laid over the other.
import type { OutageTarget } from '../infra/event/event.ts'
import type { Usage } from './usage.ts'

/** One-second bins over the run. `null`: nothing was measured in that second. All arrays have equal length. */
export interface Series {
  /** Seconds after the window's start, of each bin's start. */
  tS: number[]
  ackP50Ms: (number | null)[]
  ackP99Ms: (number | null)[]
  deliveryP99Ms: (number | null)[]
  /** Records waiting for central, summed over PoPs, at the bin's end. */
  backlog: (number | null)[]
  uplinkBytes: (number | null)[]
  sessions: (number | null)[]
}

export type FigureId =
  | 'ack-p50'
  | 'ack-p95'
  | 'ack-p99'
  | 'delivery-p50'
  | 'delivery-p95'
  | 'delivery-p99'
  | 'page-p50'
  | 'page-p95'
  | 'sync-p99'
  | 'recovery'
  | 'backlog-peak'
  | 'uplink-bytes'

export interface Figure {
  id: FigureId
  label: string
  unit: 'ms' | 's' | 'messages' | 'bytes'
  /** null: the run had nothing to measure it on (no outage: no recovery). */
  value: number | null
  /** 95 % confidence interval of a latency quantile; null for figures that are counted, not estimated. */
  interval: { low: number; high: number } | null
  samples: number
}

/** Messages counted at both ends; `lost` and `appliedTwice` are the promise. */
export interface Conservation {
  published: number
  acknowledged: number
  atCentral: number
  /** Acknowledged `disk` or better and not at central after the drain. */
  lost: number
  appliedTwice: number
  refused: number
}

export interface OutageWindow {
  venue: string
  target: OutageTarget
  startS: number
  endS: number
}

export interface RunResult {
  source: 'twin' | 'measured'
  event: string
  /** null: no outage in this run. */
  outage: string | null
  seed: number
  /** Seconds after the show's start, first day. */
  window: { startS: number; endS: number }
  attendees: number
  /** Sessions in this run; fewer than attendees when thinned. */
  sessions: number
  outages: OutageWindow[]
  series: Series
  figures: Figure[]
  conservation: Conservation
  usage: Usage[]
  /** Where the twin goes beyond what it was calibrated on, in sentences: there its figures are not verified. */
  outsideRange: string[]
  /** Wall-clock seconds the run took, and the command that repeats it. */
  tookS: number
  reproduce: string
}

export interface Verdict {
  level: string
  limit: number
  unit: 'ms' | 's' | 'messages'
  value: number | null
  /** `inconclusive`: the limit lies inside the figure's confidence interval. `unknown`: nothing was measured. */
  outcome: 'met' | 'missed' | 'inconclusive' | 'unknown'
}

/** The run a verdict was reached on: the live rehearsal, the twin of it, or the twin of the whole day. */
export type JudgedRun = 'measured' | 'twin' | 'day'
