// Original images for a rehearsal's page, drawn from the seed: photograph-like in how they compress, free of rights.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { stream } from '../engine/random.ts'

const WIDTH = 1_600
const HEIGHT = 1_066
/** Soft shapes from a coarse grid; finer grids compress worse. */
const GRID_WIDTH = 100
const GRID_HEIGHT = 67

/** Writes `count` JPEGs into `folder` and returns their file names. */
export async function stageImages(folder: string, count: number, seed: number): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const names = Array.from({ length: count }, (_, i) => `stage-${String(i + 1).padStart(2, '0')}.jpg`)
  for (const [i, name] of names.entries()) {
    const random = stream(seed, 'image', i)
    const grid = Uint8Array.from({ length: GRID_WIDTH * GRID_HEIGHT * 3 }, () => random() * 256)
    await sharp(grid, { raw: { width: GRID_WIDTH, height: GRID_HEIGHT, channels: 3 } })
      .resize(WIDTH, HEIGHT, { kernel: 'cubic', fit: 'fill' })
      .jpeg({ quality: 85 })
      .toFile(join(folder, name))
  }
  return names
}
