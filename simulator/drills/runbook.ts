// A runbook as data: each step for the person at the venue, beside what the drill does for it on this machine.
import type { VenueTopology } from '../topology.ts'
import type { DrillName } from './drill-result.ts'
import type { DrillSite } from './drill-site.ts'

/** What a person with a phone reads. Commands stand in code fences of their own; names in capitals are theirs to fill in. */
export interface StepText {
  /** Short, lower case, unique in its runbook. */
  id: string
  title: string
  /** What to look at before anything is typed. */
  look: string
  /** Typed as they stand, in this order; none where there is only to look. */
  type: readonly string[]
  /** What is seen when it worked. */
  expect: string
  /** When not to go on. */
  stop: string
  /** How to undo this step. */
  back: string
}

export interface RunbookStep<Stage> extends StepText {
  /** The step fails after this. */
  limitMs: number
  /** Does the step and checks it. Returns what was seen, one line; throws where it is not as expected. */
  perform: (stage: Stage, signal: AbortSignal) => Promise<string>
  /** Undoes it, also where it was done in part. Returns what was seen. Missing: there is nothing to undo. */
  rollback?: (stage: Stage, signal: AbortSignal) => Promise<string>
}

export interface RunbookText {
  name: DrillName
  title: string
  /** When this runbook is the right one, and what it costs attendees. */
  when: string
  /** What has to be there before it begins. */
  needs: readonly string[]
  steps: readonly StepText[]
}

export interface Runbook<Stage> extends RunbookText {
  steps: readonly RunbookStep<Stage>[]
}

/** A runbook with what a drill stands it on. */
export interface Drill<Stage> {
  runbook: Runbook<Stage>
  /** Whether it concerns one venue or all. */
  venues: 'one' | 'all'
  /** Finds the programs that it needs beside Toxiproxy, before anything starts. Error: MP_TOOL_MISSING. */
  programs?: () => Promise<unknown>
  /** Starts what the first step finds. Attendees publish from then on. */
  open: (site: DrillSite, venues: Venues, signal: AbortSignal) => Promise<Stage>
  /** The steps at these venues, where one is repeated for each. Default: as they stand. */
  stepsAt?: (venues: Venues) => readonly RunbookStep<Stage>[]
  /** What a person types at these venues, where a command depends on them. */
  commands?: (venues: Venues, ttlS: number) => string[]
}

export type Venues = readonly [VenueTopology, ...VenueTopology[]]
