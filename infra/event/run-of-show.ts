// The run of show: segments laid end to end, and where a moment of it lies in the whole event.
import type { Engagement, Segment } from './event.ts'

export const MAX_DAY_S = 86_400

/** Segments as the file has them (durations in seconds), with their start after the day's show start. */
export function layOut(
  segments: readonly { name: string; duration: number; engagement: Engagement }[],
): Segment[] {
  let startS = 0
  return segments.map(({ name, duration, engagement }) => {
    const placed = { name, startS, durationS: duration, engagement }
    startS += duration
    return placed
  })
}

/** Length of a day's show, seconds. */
export function dayLength(segments: readonly Segment[]): number {
  const last = segments.at(-1)
  return last ? last.startS + last.durationS : 0
}
