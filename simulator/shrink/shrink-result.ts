// What a search for the smallest breaking outage found, and within which bounds it looked.
import type { OutageStep, OutageTarget } from '../../infra/event/event.ts'
import type { Verdict } from '../run-result.ts'

export interface ShrinkBounds {
  /** Which links are cut, and whether PoPs are killed. */
  targets: readonly OutageTarget[]
  /** Cuts and kills in a schedule, at most. */
  cutsMax: number
  /** Of one cut, or of a process that is gone, seconds. */
  longestS: number
  /** Runs of the twin, at most. */
  runsMax: number
}

export interface ShrinkResult {
  event: string
  seed: number
  bounds: ShrinkBounds
  /** Schedules tried. */
  runs: number
  /** null: nothing that was tried broke a level. */
  found: {
    steps: OutageStep[]
    broken: Verdict[]
    /** Nothing smaller breaks, as far as shrinking looks; false where the runs had been used up before. */
    smallest: boolean
  } | null
}

/** A live run of what was found. */
export interface Confirmation {
  confirmed: boolean
  /** Those that broke in the twin, as the live run has them and as the twin of that very run has them. */
  levels: { level: string; live: Verdict | null; twin: Verdict | null }[]
  /** Why it did not break, in sentences; empty where it did. */
  why: string[]
}
