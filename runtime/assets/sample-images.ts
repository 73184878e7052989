// Photo-like originals for rehearsals, drawn from random numbers, so that no picture needs to be kept.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'

const WIDTH = 2000
const HEIGHT = 1333
const CHANNELS = 3
const QUALITY = 90
const MID_GREY = 128

/**
 * Grids of random colours, enlarged to the whole picture and added up: light, shapes, texture, grain. Their
 * amplitudes fall with size as a photo's do, which sets how well it compresses: about 600 kB, 50 kB at 640 pixels.
 */
const OCTAVES = [
  { columns: 4, rows: 3, amplitude: 110 },
  { columns: 16, rows: 11, amplitude: 50 },
  { columns: 64, rows: 43, amplitude: 30 },
  { columns: 256, rows: 171, amplitude: 20 },
  { columns: 1000, rows: 667, amplitude: 12 },
] as const

/**
 * Writes `count` JPEG files of 2000 × 1333 pixels, `sample-01.jpg`…, into `folder`, which is made where it is
 * missing. `random` gives numbers in [0, 1): the same numbers give the same pictures. Returns the file names.
 */
export async function makeSampleImages(
  folder: string,
  count: number,
  random: () => number,
): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const names: string[] = []
  for (let n = 1; n <= count; n++) {
    const name = `sample-${String(n).padStart(2, '0')}.jpg`
    const pixels = await drawPixels(random)
    const raw = { width: WIDTH, height: HEIGHT, channels: CHANNELS } as const
    await sharp(pixels, { raw }).jpeg({ quality: QUALITY }).toFile(join(folder, name))
    names.push(name)
  }
  return names
}

async function drawPixels(random: () => number): Promise<Uint8ClampedArray> {
  const sum = new Float32Array(WIDTH * HEIGHT * CHANNELS).fill(MID_GREY)
  for (const { columns, rows, amplitude } of OCTAVES) {
    const grid = new Uint8Array(columns * rows * CHANNELS)
    for (let i = 0; i < grid.length; i++) grid[i] = 256 * random()
    const layer = await sharp(grid, { raw: { width: columns, height: rows, channels: CHANNELS } })
      .resize(WIDTH, HEIGHT, { fit: 'fill', kernel: 'cubic' })
      .raw()
      .toBuffer()
    const scale = amplitude / MID_GREY
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + ((layer[i] ?? 0) - MID_GREY) * scale
  }
  return new Uint8ClampedArray(sum)
}
