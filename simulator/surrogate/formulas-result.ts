// What the formulas say of a window of the show.
import type { Figure, FigureId } from '../run-result.ts'

export interface FormulasResult {
  figures: {
    id: FigureId | 'cpu'
    label: string
    unit: Figure['unit'] | 'CPU ms'
    /** null: there is nothing to tell it from. */
    value: number | null
  }[]
  /** Share of the busiest minute in which the main thread, and the threads of sessions, of each PoP are busy. */
  busiest: { venue: string; main: number; sessions: number }[]
}
