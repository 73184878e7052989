// `GET /img/NAME?w=WIDTH`: the venue's images at the rungs of the ladder, from the disk cache or made once.
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { PATHS } from '../ports.ts'
import { ImageCache } from './image-cache.ts'
import { rungFor } from './ladder.ts'
import { type ImageFormat, resize } from './resize.ts'

export interface ImagesOptions {
  /** Folder of the originals. */
  imagesDir: string
  /** Folder of resized images; made where it is missing. */
  cacheDir: string
  /** Bound of the cache on disk. */
  cacheBytes?: number
}

const CACHE_BYTES = 1_000_000_000
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
const TYPES: Record<ImageFormat, string> = { jpeg: 'image/jpeg', webp: 'image/webp' }

export async function imagesPlugin(app: FastifyInstance, options: ImagesOptions): Promise<void> {
  const cache = await ImageCache.open(options.cacheDir, options.cacheBytes ?? CACHE_BYTES)
  app.get<{ Params: { name: string }; Querystring: { w?: string } }>(
    `${PATHS.images}/:name`,
    async (request, reply) => {
      const { name } = request.params
      const width = Number(request.query.w ?? 640)
      if (!NAME.test(name)) return reply.code(404).send({ error: 'no such image' })
      if (!(width >= 1)) return reply.code(400).send({ error: '`w` must be a width in pixels' })
      const format: ImageFormat = request.headers.accept?.includes('image/webp') ? 'webp' : 'jpeg'
      const rung = rungFor(width)
      const entry = await cache.get(`${name}.${rung}.${format}`, () =>
        resize(join(options.imagesDir, name), rung, format),
      )
      if (entry === null) return reply.code(404).send({ error: 'no such image' })
      reply
        .type(TYPES[format])
        .header('cache-control', 'public, max-age=3600, stale-while-revalidate=86400')
        .header('vary', 'accept')
        .header('etag', entry.etag)
      if (request.headers['if-none-match'] === entry.etag) return reply.code(304).send()
      return reply.send(entry.bytes)
    },
  )
}
