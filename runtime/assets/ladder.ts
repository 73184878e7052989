// The image ladder: the few widths and formats that images are served in, so that caches meet the same ones again.

/** Pixels, ascending. */
export const LADDER = [160, 320, 640, 960, 1280, 1920] as const

/** What a request gets that names no width. */
export const DEFAULT_WIDTH = 640

export const IMAGE_FORMATS = ['jpeg', 'webp'] as const
export type ImageFormat = (typeof IMAGE_FORMATS)[number]

/** The smallest rung that is at least `width`; the largest one for anything wider. */
export function rungFor(width: number): number {
  return LADDER.find((rung) => rung >= width) ?? (LADDER.at(-1) as number)
}

/** WebP where the Accept header names it; a wildcard does not, as old clients send one too (RFC 9110, 12.5.1). */
export function formatFor(accept: string | undefined): ImageFormat {
  const webp = (accept ?? '').split(',').find((range) => /^\s*image\/webp\s*(;|$)/i.test(range))
  return webp !== undefined && !/;\s*q=0(\.0*)?\s*(;|$)/i.test(webp) ? 'webp' : 'jpeg'
}
