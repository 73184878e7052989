// Images over real HTTP with the real encoder: sizes, formats, caching, sharing, and hostile names and files.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { imageCounters } from './image-counters.ts'
import { type ImagesOptions, imagesPlugin } from './images-plugin.ts'
import { LADDER } from './ladder.ts'
import { makeSampleImages } from './sample-images.ts'

const WEBP = { headers: { accept: 'image/avif,image/webp,*/*;q=0.8' } }

let root: string
let originals: string
let cacheDir: string
let registry: Registry
const apps: FastifyInstance[] = []
const faults: string[] = []

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'micropop-images-'))
  originals = join(root, 'originals')
  await makeSampleImages(originals, 2, seededRandom)
})

beforeEach(() => {
  cacheDir = mkdtempSync(join(root, 'cache-'))
  faults.length = 0
})

afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())))

afterAll(() => rmSync(root, { recursive: true, force: true }))

async function listen(options: Partial<ImagesOptions> = {}): Promise<string> {
  const app = Fastify()
  apps.push(app)
  registry = new Registry()
  await app.register(imagesPlugin, {
    imagesDir: originals,
    cacheDir,
    counters: imageCounters(registry),
    onFault: (what, name) => faults.push(`${name}: ${what}`),
    ...options,
  })
  return app.listen({ port: 0 })
}

async function outcomes(): Promise<Record<string, number>> {
  const metric = await registry.getSingleMetric('micropop_image_requests_total')?.get()
  return Object.fromEntries(metric?.values.map(({ labels, value }) => [labels.outcome, value]) ?? [])
}

/** A path as it is, where `fetch` would resolve its dots. */
async function rawGet(url: string, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url)
  const [response] = await once(request({ hostname, port, path }).end(), 'response')
  response.resume()
  return response.statusCode
}

test('an image comes at the next rung, as JPEG, with what caches need', async () => {
  const url = await listen()
  const response = await fetch(`${url}/img/sample-01.jpg?w=500`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('image/jpeg')
  expect(response.headers.get('vary')).toBe('accept')
  expect(response.headers.get('cache-control')).toContain('max-age=300')
  expect(response.headers.get('etag')).toMatch(/^"[\w-]{22}"$/)
  const image = Buffer.from(await response.arrayBuffer())
  expect(response.headers.get('content-length')).toBe(String(image.length))
  expect(await sharp(image).metadata()).toMatchObject({ format: 'jpeg', width: 640, height: 426 })
})

test('WebP where the client asks for it, under its own tag', async () => {
  const url = await listen()
  const jpeg = await fetch(`${url}/img/sample-01.jpg?w=320`)
  const webp = await fetch(`${url}/img/sample-01.jpg?w=320`, WEBP)
  expect(webp.headers.get('content-type')).toBe('image/webp')
  expect(webp.headers.get('etag')).not.toBe(jpeg.headers.get('etag'))
  expect(await sharp(await webp.arrayBuffer()).metadata()).toMatchObject({ format: 'webp', width: 320 })
})

test('made once: then from the disk, also after a restart, byte for byte', async () => {
  const get = async (url: string) =>
    Buffer.from(await (await fetch(`${url}/img/sample-01.jpg?w=640`)).arrayBuffer())
  const url = await listen()
  const made = await get(url)
  expect((await get(url)).equals(made)).toBe(true)
  expect(await outcomes()).toEqual({ made: 1, hit: 1 })
  const restarted = await listen()
  expect((await get(restarted)).equals(made)).toBe(true)
  expect(await outcomes()).toEqual({ hit: 1 })
})

test('many who ask for the same image at once share its making', async () => {
  const url = await listen()
  const responses = await Promise.all(
    Array.from({ length: 20 }, (_, i) => fetch(`${url}/img/sample-01.jpg?w=${600 + i}`)),
  )
  expect(new Set(responses.map((r) => r.status))).toEqual(new Set([200]))
  const digests = await Promise.all(
    responses.map(async (r) =>
      createHash('sha256')
        .update(Buffer.from(await r.arrayBuffer()))
        .digest('hex'),
    ),
  )
  expect(new Set(digests).size).toBe(1)
  const { made, shared = 0, hit = 0 } = await outcomes()
  expect(made).toBe(1)
  expect(shared + hit).toBe(19)
})

test('a client that has it is told so, without making it', async () => {
  const url = await listen()
  const first = await fetch(`${url}/img/sample-01.jpg`)
  const etag = first.headers.get('etag') as string
  await first.arrayBuffer()
  rmSync(cacheDir, { recursive: true })
  for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await fetch(`${url}/img/sample-01.jpg`, { headers: { 'if-none-match': tags } })
    expect(again.status).toBe(304)
    expect(again.headers.get('etag')).toBe(etag)
    expect(await again.text()).toBe('')
  }
  expect(await outcomes()).toEqual({ made: 1, 'not-modified': 4 })
})

test('a replaced original gets a new tag and new bytes', async () => {
  const imagesDir = join(root, 'replaced')
  mkdirSync(imagesDir)
  copyFileSync(join(originals, 'sample-01.jpg'), join(imagesDir, 'stage.jpg'))
  const url = await listen({ imagesDir })
  const before = await fetch(`${url}/img/stage.jpg?w=160`)
  copyFileSync(join(originals, 'sample-02.jpg'), join(imagesDir, 'stage.jpg'))
  const after = await fetch(`${url}/img/stage.jpg?w=160`)
  expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'))
  expect(Buffer.from(await after.arrayBuffer()).equals(Buffer.from(await before.arrayBuffer()))).toBe(false)
})

test('HEAD says how large it is and sends nothing', async () => {
  const url = await listen()
  const head = await fetch(`${url}/img/sample-01.jpg?w=160`, { method: 'HEAD' })
  expect(head.status).toBe(200)
  expect(Number(head.headers.get('content-length'))).toBeGreaterThan(1_000)
  expect(await head.text()).toBe('')
})

test('a small original is not enlarged, and a camera turned on its side is set upright', async () => {
  const imagesDir = join(root, 'upright')
  mkdirSync(imagesDir)
  const turned = sharp({ create: { width: 300, height: 100, channels: 3, background: 'teal' } })
  await turned.jpeg().withMetadata({ orientation: 6 }).toFile(join(imagesDir, 'Größe 1.JPG'))
  const url = await listen({ imagesDir })
  const response = await fetch(`${url}/img/${encodeURIComponent('Größe 1.JPG')}?w=1920`)
  expect(await sharp(await response.arrayBuffer()).metadata()).toMatchObject({ width: 100, height: 300 })
})

test('nothing outside the folder is served, whatever the name says', async () => {
  const imagesDir = join(root, 'fenced')
  mkdirSync(imagesDir)
  const outside = join(root, 'secret.jpg')
  copyFileSync(join(originals, 'sample-01.jpg'), outside)
  symlinkSync(outside, join(imagesDir, 'link.jpg'))
  copyFileSync(outside, join(imagesDir, 'inside.jpg'))
  symlinkSync('inside.jpg', join(imagesDir, 'inside-link.jpg'))
  copyFileSync(outside, join(imagesDir, '.hidden.jpg'))
  mkdirSync(join(imagesDir, 'folder.jpg'))
  const url = await listen({ imagesDir })
  const hostile = [
    '../secret.jpg',
    '%2e%2e%2fsecret.jpg',
    '..%2fsecret.jpg',
    '..%5csecret.jpg',
    '%2fetc%2fpasswd',
  ]
  const names = [...hostile, 'inside.jpg%00.png', 'link.jpg', '.hidden.jpg', 'nothing.jpg', 'inside.gif', '']
  for (const name of names) expect([name, await rawGet(url, `/img/${name}`)]).toEqual([name, 404])
  expect(await rawGet(url, `/img/${'a'.repeat(300)}.jpg`)).toBe(404)
  expect(await rawGet(url, '/img/%zz.jpg')).toBe(400)
  for (const name of ['inside.jpg', 'inside-link.jpg']) expect(await rawGet(url, `/img/${name}`)).toBe(200)
  // A folder exists but is no image.
  expect(await rawGet(url, '/img/folder.jpg')).toBe(422)
})

test.each(['0', '-5', '1.5', 'wide', '', '1e3', '99999999', '1&w=2'])('w=%s is a bad request', async (w) => {
  const url = await listen()
  const response = await fetch(`${url}/img/sample-01.jpg?w=${w}`)
  expect(response.status).toBe(400)
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await outcomes()).toEqual({ invalid: 1 })
})

/** A PNG whose header promises `width` × `height` pixels and whose data ends at once. */
function pngBomb(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length, 0)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const data = deflateSync(Buffer.alloc(1_000))
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

test('what is no photo, is torn, or is a bomb is refused, reported, and not cached', async () => {
  const imagesDir = join(root, 'hostile')
  mkdirSync(imagesDir)
  const photo = readFileSync(join(originals, 'sample-01.jpg'))
  writeFileSync(join(imagesDir, 'empty.jpg'), '')
  writeFileSync(join(imagesDir, 'text.jpg'), 'not a photo')
  writeFileSync(join(imagesDir, 'svg.png'), '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
  writeFileSync(join(imagesDir, 'torn.jpg'), photo.subarray(0, photo.length / 2))
  writeFileSync(join(imagesDir, 'bomb.png'), pngBomb(60_000, 60_000))
  const url = await listen({ imagesDir })
  for (const name of ['empty.jpg', 'text.jpg', 'svg.png', 'torn.jpg', 'bomb.png']) {
    const response = await fetch(`${url}/img/${name}`)
    expect([name, response.status]).toEqual([name, 422])
    expect(response.headers.get('etag')).toBeNull()
    expect(response.headers.get('cache-control')).toBe('no-store')
  }
  expect(faults).toHaveLength(5)
  expect(await outcomes()).toEqual({ unreadable: 5 })
})

test('when too many different images wait, the next is told to come back', async () => {
  const url = await listen({ encodeAtOnce: 1, encodeWaiting: 1 })
  const paths = ['sample-01.jpg', 'sample-02.jpg'].flatMap((name) => LADDER.map((w) => `/img/${name}?w=${w}`))
  const responses = await Promise.all(paths.flatMap((path) => [fetch(url + path), fetch(url + path, WEBP)]))
  const busy = responses.filter((r) => r.status === 503)
  expect(responses.filter((r) => r.status === 200).length).toBeGreaterThanOrEqual(2)
  expect(busy.length).toBeGreaterThanOrEqual(1)
  expect(busy[0]?.headers.get('retry-after')).toBe('1')
  expect((await fetch(`${url}/img/sample-01.jpg?w=160`, WEBP)).status).toBe(200)
})

test('a cache that cannot be written costs no visitor the image', async () => {
  const url = await listen()
  rmSync(cacheDir, { recursive: true })
  const response = await fetch(`${url}/img/sample-01.jpg?w=160`)
  expect(response.status).toBe(200)
  expect(faults).toEqual(['sample-01.jpg: the image cache cannot be written'])
})

test('a missing folder of originals is named at start', async () => {
  await expect(listen({ imagesDir: join(root, 'nowhere') })).rejects.toMatchObject({
    code: 'MP_IMAGES_DIR',
    exitCode: 3,
  })
})
