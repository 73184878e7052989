// Changes of an event that bring its cost under the budget.
import type { PicoUsd } from '../../../infra/event/event.ts'
import type { Figure } from '../../run-result.ts'

export interface CheaperChange {
  /** e.g. `remote: a t3.medium`. */
  what: string
  /** Line of the event file to change, and what to write there. */
  line: number
  write: string
  /** What it puts at risk that no formula shows; null: nothing. */
  risk: string | null
}

export interface MissedLevel {
  label: string
  value: number
  limit: number
  unit: Figure['unit']
}

export interface CheaperWay {
  changes: CheaperChange[]
  /** Expected, re-priced, before tax. */
  total: PicoUsd
  saves: PicoUsd
  /** False: no set of changes that was tried gets under it, and this comes closest. */
  underBudget: boolean
  /** Levels that are missed by formulas and are met as the event is; null: beyond what the formulas were compared with. */
  missed: MissedLevel[] | null
}
