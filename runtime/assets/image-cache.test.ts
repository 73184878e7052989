// The image cache on a real folder: its bound, its order, and what a crash leaves.
import { mkdtempSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pick, seededRandom } from '../testing/seeded-random.ts'
import { ImageCache } from './image-cache.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'micropop-images-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const content = (bytes: number, fill = 'x') => Buffer.alloc(bytes, fill)

test('gives back what was put, also to the next process', async () => {
  const cache = await ImageCache.open(folder, 1_000)
  await cache.put('a', content(100, 'a'))
  expect(await cache.get('a')).toEqual(content(100, 'a'))
  expect(await cache.get('b')).toBeNull()
  const next = await ImageCache.open(folder, 1_000)
  expect(await next.get('a')).toEqual(content(100, 'a'))
  expect(next.bytes).toBe(100)
})

test('the least recently used goes first', async () => {
  const cache = await ImageCache.open(folder, 300)
  for (const key of ['a', 'b', 'c']) await cache.put(key, content(100, key))
  await cache.get('a')
  await cache.put('d', content(100, 'd'))
  expect(await cache.get('b')).toBeNull()
  for (const key of ['a', 'c', 'd']) expect(await cache.get(key)).toEqual(content(100, key))
  expect(readdirSync(folder)).toHaveLength(3)
})

test('what is larger than the cache is not kept and evicts nothing', async () => {
  const cache = await ImageCache.open(folder, 300)
  await cache.put('a', content(200))
  await cache.put('b', content(301))
  expect(await cache.get('a')).not.toBeNull()
  expect(await cache.get('b')).toBeNull()
})

test('putting a key again replaces it', async () => {
  const cache = await ImageCache.open(folder, 300)
  await cache.put('a', content(100, '1'))
  await cache.put('a', content(50, '2'))
  expect(await cache.get('a')).toEqual(content(50, '2'))
  expect(cache.bytes).toBe(50)
  expect(readdirSync(folder)).toHaveLength(1)
})

test('a smaller bound evicts at start, the oldest first', async () => {
  const before = await ImageCache.open(folder, 1_000)
  for (const [index, key] of ['a', 'b', 'c'].entries()) {
    await before.put(key, content(100, key))
    const file = readdirSync(folder).find((name) => name.startsWith(`${key}.`)) as string
    utimesSync(join(folder, file), 1_000 + index, 1_000 + index)
  }
  const cache = await ImageCache.open(folder, 200)
  expect(await cache.get('a')).toBeNull()
  expect(await cache.get('c')).toEqual(content(100, 'c'))
})

test('a file that a power cut tore is not served but made again', async () => {
  const before = await ImageCache.open(folder, 1_000)
  await before.put('a', content(100, 'a'))
  await before.put('b', content(100, 'b'))
  const [torn, zeroed] = readdirSync(folder).map((name) => join(folder, name)) as [string, string]
  truncateSync(torn, 40)
  writeFileSync(zeroed, Buffer.alloc(100))
  const cache = await ImageCache.open(folder, 1_000)
  expect(await cache.get('a')).toBeNull()
  expect(await cache.get('b')).toBeNull()
  expect(cache.bytes).toBe(0)
  expect(readdirSync(folder)).toEqual([])
})

test('unfinished files go at start, files of others stay and do not count', async () => {
  const before = await ImageCache.open(folder, 1_000)
  await before.put('a', content(10))
  const [name] = readdirSync(folder)
  writeFileSync(join(folder, `${name}.part`), 'half')
  writeFileSync(join(folder, 'README'), 'by hand')
  const cache = await ImageCache.open(folder, 1_000)
  expect(readdirSync(folder).sort()).toEqual([name, 'README'].sort())
  expect(cache.bytes).toBe(10)
})

test('a file removed by hand is a miss', async () => {
  const cache = await ImageCache.open(folder, 1_000)
  await cache.put('a', content(10))
  for (const name of readdirSync(folder)) rmSync(join(folder, name))
  expect(await cache.get('a')).toBeNull()
  expect(cache.bytes).toBe(0)
})

test('under any mix of use at once it keeps its bound and its sums', async () => {
  const random = seededRandom(5)
  const bytesMax = 2_000
  const cache = await ImageCache.open(folder, bytesMax)
  const sizes = Array.from({ length: 30 }, () => 1 + pick(random, 400))
  for (let round = 0; round < 40; round++) {
    // One put a key at a time, as the requests for one image share its making.
    const keys = new Set(Array.from({ length: 6 }, () => pick(random, sizes.length)))
    await Promise.all(
      [...keys].map(async (n) => {
        const found = await cache.get(`k${n}`)
        if (found === null) await cache.put(`k${n}`, content(sizes[n] as number))
        else expect(found).toHaveLength(sizes[n] as number)
      }),
    )
    expect(cache.bytes).toBeLessThanOrEqual(bytesMax)
  }
  const again = await ImageCache.open(folder, bytesMax)
  expect(again.bytes).toBe(cache.bytes)
})
