// The run of show: segments laid end to end, and where a moment of it lies in the whole event.
import type { Segment } from './event.ts'

export const MAX_DAY_S = 86_400

/** Segments with their start, seconds after the day's show start. */
export function layOut(segments: readonly Omit<Segment, 'startS'>[]): Segment[] {
  let startS = 0
  return segments.map((segment) => {
    const placed = { ...segment, startS }
    startS += segment.durationS
    return placed
  })
}

/** Length of a day's show, seconds. */
export function dayLength(segments: readonly Segment[]): number {
  const last = segments.at(-1)
  return last ? last.startS + last.durationS : 0
}
