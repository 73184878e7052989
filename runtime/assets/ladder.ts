// The image ladder: the widths that images are served at, so that caches meet the same few sizes again and again.

/** Pixels, ascending. */
export const LADDER = [160, 320, 640, 960, 1280, 1920] as const

/** The smallest rung that is at least `width`; the largest one for anything wider. */
export function rungFor(width: number): number {
  return LADDER.find((rung) => rung >= width) ?? (LADDER.at(-1) as number)
}
