// The shapes of cells in deltas: what a copy takes from elsewhere is checked before it changes anything.
import { isCount } from '../protocol/parse-object.ts'

/** A list of [index below `below`, …], each as long as `length`. */
export function areCells(value: unknown, length: number, below: number): value is [number, ...unknown[]][] {
  return (
    Array.isArray(value) &&
    value.length <= below &&
    value.every(
      (cell) => Array.isArray(cell) && cell.length === length && isCount(cell[0]) && cell[0] < below,
    )
  )
}
