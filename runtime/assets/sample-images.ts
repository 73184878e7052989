// Original images for rehearsals and tests, drawn from random numbers: they compress as photos do and are free of rights.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'

const WIDTH = 1_600
const HEIGHT = 1_066
/** Soft shapes from a coarse grid; finer grids compress worse. */
const GRID = { width: 100, height: 67, channels: 3 } as const
const QUALITY = 85

/**
 * Writes `count` JPEG files of 1600 × 1066 pixels, `sample-01.jpg`…, into `folder`, which is made where it is
 * missing. `randomOf` gives each image, by its number from 0, numbers in [0, 1): the same numbers give the same
 * picture. Returns the file names.
 */
export async function makeSampleImages(
  folder: string,
  count: number,
  randomOf: (image: number) => () => number,
): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const names = Array.from({ length: count }, (_, i) => `sample-${String(i + 1).padStart(2, '0')}.jpg`)
  for (const [i, name] of names.entries()) {
    const random = randomOf(i)
    const grid = Uint8Array.from({ length: GRID.width * GRID.height * GRID.channels }, () => random() * 256)
    await sharp(grid, { raw: GRID })
      .resize(WIDTH, HEIGHT, { kernel: 'cubic', fit: 'fill' })
      .jpeg({ quality: QUALITY })
      .toFile(join(folder, name))
  }
  return names
}
