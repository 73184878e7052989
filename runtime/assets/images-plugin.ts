// `GET /img/NAME?w=WIDTH`: the event's images at the rungs of the ladder, from the disk cache or made once.
import { availableParallelism } from 'node:os'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { PATHS } from '../ports.ts'
import { CACHE_BYTES_DEFAULT, ImageCache } from './image-cache.ts'
import { type ImageCounters, type ImageOutcome, UNCOUNTED } from './image-counters.ts'
import { DEFAULT_WIDTH, formatFor, type ImageFormat, rungFor } from './ladder.ts'
import { Originals } from './originals.ts'
import { resize, setUpImageLibrary, variantKey } from './resize.ts'
import { AllTurnsTaken, Turns } from './turns.ts'

export interface ImagesOptions {
  /** Folder of the originals: JPEG, PNG, WebP. */
  imagesDir: string
  /** Folder of encoded images, the cache's own; made where it is missing. */
  cacheDir: string
  /** Bound of that folder, bytes. Default 1 GB. */
  cacheBytes?: number
  /** Images encoded at once. Default one core less than there are: sessions come first. */
  encodeAtOnce?: number
  /** Distinct images waiting to be encoded; beyond, requests are told 503. Default 64. */
  encodeWaiting?: number
  counters?: ImageCounters
  /** ms, monotonic. */
  nowMs?: () => number
  /** Told of originals that cannot be read and of a cache that cannot be written. */
  onFault?: (what: string, name: string, error: Error) => void
}

const ENCODE_WAITING = 64
/** An image may be replaced during the show: then its tag changes, and asking again costs one 304. */
const CACHE_CONTROL = 'public, max-age=300, stale-while-revalidate=86400'
const RETRY_AFTER_S = 1
const TYPES: Record<ImageFormat, string> = { jpeg: 'image/jpeg', webp: 'image/webp' }

/** Errors: MP_IMAGES_DIR, where the folder of originals is missing. */
export async function imagesPlugin(app: FastifyInstance, options: ImagesOptions): Promise<void> {
  const { counters = UNCOUNTED, nowMs = () => performance.now(), onFault = () => {} } = options
  const { encodeAtOnce = Math.max(1, availableParallelism() - 1), encodeWaiting = ENCODE_WAITING } = options
  const originals = await Originals.open(options.imagesDir)
  const cache = await ImageCache.open(options.cacheDir, options.cacheBytes ?? CACHE_BYTES_DEFAULT)
  const turns = new Turns(encodeAtOnce, encodeWaiting)
  const making = new Map<string, Promise<Buffer>>()
  setUpImageLibrary()
  counters.cacheBytes.set(cache.bytes)

  async function make(key: string, name: string, file: string, rung: number, format: ImageFormat) {
    const image = await turns.run(async () => {
      const startMs = nowMs()
      const encoded = await resize(file, rung, format)
      counters.encodeSeconds.observe((nowMs() - startMs) / 1000)
      return encoded
    })
    // A full disk costs the next visitor some time, not this one the image.
    await cache
      .put(key, image)
      .catch((error: Error) => onFault('the image cache cannot be written', name, error))
    counters.cacheBytes.set(cache.bytes)
    return image
  }

  /** Requests for an image that is being made wait for that one. */
  async function obtain(key: string, name: string, file: string, rung: number, format: ImageFormat) {
    const cached = making.has(key) ? null : await cache.get(key)
    if (cached !== null) return { image: cached, outcome: 'hit' as const }
    const shared = making.get(key)
    if (shared !== undefined) return { image: await shared, outcome: 'shared' as const }
    const made = make(key, name, file, rung, format).finally(() => making.delete(key))
    making.set(key, made)
    return { image: await made, outcome: 'made' as const }
  }

  app.get<{ Params: { '*': string }; Querystring: { w?: string | string[] } }>(
    `${PATHS.images}/*`,
    async (request, reply) => {
      const name = request.params['*']
      const ended = (outcome: ImageOutcome) => counters.requests.inc({ outcome })
      const width = widthOf(request.query.w)
      if (width === null) {
        ended('invalid')
        return refuse(reply, 400, '`w` must be a whole number of pixels from 1')
      }
      const original = await originals.find(name)
      if (original === null) {
        ended('unknown')
        return refuse(reply, 404, 'no such image')
      }
      const format = formatFor(request.headers.accept)
      const rung = rungFor(width)
      const key = variantKey(name, original, rung, format)
      const etag = `"${key}"`
      reply.header('vary', 'accept').header('cache-control', CACHE_CONTROL).header('etag', etag)
      if (matchesTag(request.headers['if-none-match'], etag)) {
        ended('not-modified')
        return reply.code(304).send()
      }
      try {
        const { image, outcome } = await obtain(key, name, original.path, rung, format)
        ended(outcome)
        counters.sentBytes.inc(request.method === 'HEAD' ? 0 : image.length)
        return reply.type(TYPES[format]).header('content-length', image.length).send(image)
      } catch (error) {
        reply.removeHeader('etag')
        if (error instanceof AllTurnsTaken) {
          ended('busy')
          return refuse(reply.header('retry-after', RETRY_AFTER_S), 503, 'too many images are being made')
        }
        ended('unreadable')
        onFault('an original cannot be read', name, error as Error)
        return refuse(reply, 422, 'this image cannot be read')
      }
    },
  )
}

/** null for what is no width. */
function widthOf(w: string | string[] | undefined): number | null {
  if (w === undefined) return DEFAULT_WIDTH
  return typeof w === 'string' && /^[1-9]\d{0,6}$/.test(w) ? Number(w) : null
}

/** RFC 9110, 13.1.2: a list of tags, compared weakly, or any. */
function matchesTag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}

function refuse(reply: FastifyReply, status: number, why: string): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').send({ error: why })
}
