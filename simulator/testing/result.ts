// Single values of a run's result, for tests.
import type { FigureId, RunResult } from '../run-result.ts'

export function figureOf({ figures }: RunResult, id: FigureId): number | null {
  return figures.find((figure) => figure.id === id)?.value ?? null
}

/** Sum over all venues; null where no venue has the meter. */
export function meterOf({ usage }: RunResult, meter: string): number | null {
  const found = usage.filter((one) => one.meter === meter)
  return found.length === 0 ? null : found.reduce((sum, { quantity }) => sum + quantity, 0)
}
