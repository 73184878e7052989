// How far the twin is off, rehearsal by rehearsal: what was measured, what it said, and whether that is near enough.
import type { Figure } from '../run-result.ts'

export type ScoredUnit = Figure['unit'] | 'CPU ms'

/** What is kept of the live runs and of the twin's run of the same plan. */
export interface MeasuredFigure {
  id: string
  label: string
  unit: ScoredUnit
  /** One value a repeated live run. */
  live: number[]
  /** The median of its runs. */
  twin: number
}

export interface MeasuredRehearsal {
  id: string
  title: string
  event: string
  sessions: number
  publishes: number
  durationS: number
  /** Other rehearsals, whose runs the twin was calibrated on. */
  calibratedOn: string[]
  /** Why live runs were void and repeated; empty where none was. */
  voidRuns: string[]
  figures: MeasuredFigure[]
}

export interface MeasuredFidelity {
  /** Day of the last run, `YYYY-MM-DD`. */
  date: string
  /** That the runs were made at; more than one where they are of several. */
  commit: string
  /** e.g. `2 × Intel(R) Xeon(R) Processor, linux 6.1 x64, Node v24.21.0`. */
  machine: string
  /** Runs of the twin a rehearsal, each with other draws. */
  twinRuns: number
  rehearsals: MeasuredRehearsal[]
}

export interface ScoredFigure extends MeasuredFigure {
  /** Of the live runs. */
  median: number
  /** Largest less smallest live value, over the median. */
  spread: number
  /** Twin less median, over the median. */
  error: number
  /** Most that the error may be: the goal, or the spread where that is larger. */
  allowed: number
  met: boolean
}

export interface Fidelity extends Omit<MeasuredFidelity, 'rehearsals'> {
  rehearsals: (Omit<MeasuredRehearsal, 'figures'> & { figures: ScoredFigure[] })[]
}

/** One event, attendance and outage: the formulas beside the mean of some runs of the twin. */
export interface ComparedCase {
  event: string
  /** Of the attendees planned. */
  attendance: number
  outageS: number
  sessions: number
  /** What the formulas took, ms. */
  tookMs: number
  figures: ComparedFigure[]
}

export interface ComparedFigure {
  id: string
  formula: number
  twin: number
}
