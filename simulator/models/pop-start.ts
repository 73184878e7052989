// How long a killed PoP takes to be back once its process is started: measured where a run of the calibration killed one.
import type { Calibration } from '../calibration/calibration.ts'

/** Middle of 1.2 to 1.4 s until the command was ready, on a 2-core machine on 2026-11-29: docs/speed.md. */
export const STATED_POP_START_MS = 1_300

export interface PopStart {
  /** From the start of the process until it takes sessions. */
  ms: number
  /** Why it is not what was measured; null: it is. */
  unverified: string | null
}

/** The median of the starts that were measured. */
export function popStartOf({ popStartMs = [] }: Pick<Calibration, 'popStartMs'>): PopStart {
  const sorted = popStartMs.toSorted((a, b) => a - b)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  if (low !== undefined && high !== undefined) return { ms: (low + high) / 2, unverified: null }
  const unverified = `start of a killed PoP: ${STATED_POP_START_MS / 1_000} s are stated, no run of the calibration killed one`
  return { ms: STATED_POP_START_MS, unverified }
}
