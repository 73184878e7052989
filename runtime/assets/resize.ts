// One image at one width: read within limits, turned upright, and encoded at the speed of a request.
import { createHash } from 'node:crypto'
import sharp from 'sharp'
import type { ImageFormat } from './ladder.ts'
import type { Original } from './originals.ts'

/** A larger original is refused by its header, before anything of it is decoded: 50 Mpixel are 150 MB of pixels. */
export const INPUT_PIXELS_MAX = 50_000_000
const TIMEOUT_S = 10
const QUALITY: Record<ImageFormat, number> = { jpeg: 78, webp: 75 }
/** libwebp's 0 to 6; its default 4 takes nearly twice the time for 8 % fewer bytes. */
const WEBP_EFFORT = 2

/** Changes when the same original would give other bytes: part of every cache key. */
const PIPELINE = `1 ${sharp.versions.sharp} ${sharp.versions.vips}`

/**
 * Sets libvips up for a server, for the whole process: one thread an image, as images are made side by side; no
 * cache of operations, as results are kept on disk; and no decoder but those of photos, as SVG, PDF and others can
 * reach for files and run long.
 */
export function setUpImageLibrary(): void {
  sharp.concurrency(1)
  sharp.cache(false)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({
    operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp'],
  })
}

/** The encoded image. Never wider than the original. Errors: libvips's, for what is no image or too large. */
export function resize(file: string, width: number, format: ImageFormat): Promise<Buffer> {
  const image = sharp(file, { limitInputPixels: INPUT_PIXELS_MAX, failOn: 'error', autoOrient: true })
    .resize({ width, withoutEnlargement: true })
    .timeout({ seconds: TIMEOUT_S })
  const quality = QUALITY[format]
  return (
    format === 'webp' ? image.webp({ quality, effort: WEBP_EFFORT }) : image.jpeg({ quality, mozjpeg: false })
  ).toBuffer()
}

/** The same for the same bytes, on every PoP with these originals: key in the cache, and entity tag. */
export function variantKey(name: string, { version }: Original, rung: number, format: ImageFormat): string {
  const parts = JSON.stringify([PIPELINE, name, version, rung, format])
  return createHash('sha256').update(parts).digest('base64url').slice(0, 22)
}
