// Images made ahead, on real folders: a PoP that runs beside finds them, and nothing is made twice.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { imageCounters } from './image-counters.ts'
import { imagesPlugin } from './images-plugin.ts'
import { IMAGE_FORMATS, LADDER } from './ladder.ts'
import { makeSampleImages } from './sample-images.ts'
import { type WarmOptions, warmImages } from './warm-images.ts'

const EACH = LADDER.length * IMAGE_FORMATS.length
let folder: string
let options: WarmOptions
let faults: string[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'micropop-warm-'))
  faults = []
  options = {
    imagesDir: join(folder, 'originals'),
    cacheDir: join(folder, 'images'),
    signal: new AbortController().signal,
    onFault: (name) => faults.push(name),
  }
  await makeSampleImages(options.imagesDir, 1, (image) => seededRandom(image))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a PoP that runs beside it serves what was made ahead, at every width and in every format', async () => {
  const app = Fastify()
  const registry = new Registry()
  const { imagesDir, cacheDir } = options
  await app.register(imagesPlugin, { imagesDir, cacheDir, counters: imageCounters(registry) })
  expect(await warmImages(options)).toEqual({ originals: 1, made: EACH, kept: 0, unreadable: 0, full: false })
  for (const rung of LADDER) {
    for (const format of IMAGE_FORMATS) {
      const headers = { accept: `image/${format}` }
      const { statusCode } = await app.inject({ url: `/img/sample-01.jpg?w=${rung}`, headers })
      expect(statusCode).toBe(200)
    }
  }
  expect(await registry.metrics()).toContain(`micropop_image_requests_total{outcome="hit"} ${EACH}`)
  expect(readdirSync(options.cacheDir)).toHaveLength(EACH)
  await app.close()
})

test('what is there is not made again', async () => {
  await warmImages(options)
  expect(await warmImages(options)).toMatchObject({ made: 0, kept: EACH })
})

test('an original that cannot be read is told once, and the others are made', async () => {
  writeFileSync(join(options.imagesDir, 'broken.jpg'), 'no image')
  writeFileSync(join(options.imagesDir, 'notes.txt'), 'no image either')
  expect(await warmImages(options)).toMatchObject({ originals: 2, made: EACH, unreadable: 1 })
  expect(faults).toEqual(['broken.jpg'])
})

test('it stops where the cache is full, and throws nothing out for it', async () => {
  const cacheBytes = 20_000
  const warmed = await warmImages({ ...options, cacheBytes })
  expect(warmed).toMatchObject({ full: true })
  const files = readdirSync(options.cacheDir)
  expect(files).toHaveLength(warmed.made)
  expect(warmed.made).toBeGreaterThan(0)
  const bytes = files
    .map((file) => statSync(join(options.cacheDir, file)).size)
    .reduce((sum, one) => sum + one, 0)
  expect(bytes).toBeLessThanOrEqual(cacheBytes)
})

test('it stops when it is told to', async () => {
  expect(await warmImages({ ...options, signal: AbortSignal.abort() })).toMatchObject({
    made: 0,
    full: false,
  })
})
