// One image at one width: decoded within limits, turned upright, and encoded for the request path.
import { availableParallelism } from 'node:os'
import sharp from 'sharp'

export type ImageFormat = 'jpeg' | 'webp'

/** A larger original is refused before it is decoded. */
const INPUT_PIXELS_MAX = 100_000_000
/** Leaves a core to the sessions. */
sharp.concurrency(Math.max(1, availableParallelism() - 1))

/** The encoded image, or null where `file` does not exist. Throws for what is not an image. */
export async function resize(file: string, width: number, format: ImageFormat): Promise<Buffer | null> {
  const image = sharp(file, { limitInputPixels: INPUT_PIXELS_MAX })
    .rotate()
    .resize({ width, withoutEnlargement: true })
  try {
    return await (format === 'webp' ? image.webp({ quality: 75 }) : image.jpeg({ quality: 78 })).toBuffer()
  } catch (error) {
    if (/missing/i.test((error as Error).message)) return null
    throw error
  }
}
