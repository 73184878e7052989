// Sample images stand in for photos: in size, in compression, and the same every time.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { makeSampleImages } from './sample-images.ts'

const root = mkdtempSync(join(tmpdir(), 'micropop-samples-'))

afterAll(() => rmSync(root, { recursive: true, force: true }))

test('they are photos in size, all different, and the same for the same numbers', async () => {
  const [one, again] = [join(root, 'one'), join(root, 'again')]
  expect(await makeSampleImages(one, 2, seededRandom)).toEqual(['sample-01.jpg', 'sample-02.jpg'])
  await makeSampleImages(again, 1, seededRandom)
  const first = readFileSync(join(one, 'sample-01.jpg'))
  expect(first.equals(readFileSync(join(again, 'sample-01.jpg')))).toBe(true)
  expect(first.equals(readFileSync(join(one, 'sample-02.jpg')))).toBe(false)
  expect(await sharp(first).metadata()).toMatchObject({ format: 'jpeg', width: 1600, height: 1066 })
  expect(first.length).toBeGreaterThan(200_000)
  expect(first.length).toBeLessThan(1_000_000)
})
