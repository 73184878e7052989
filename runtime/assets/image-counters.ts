// What the image pipeline counts, in the registry of the process that serves it.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** How a request ended. `shared`: another request was already making the same image. */
export type ImageOutcome =
  | 'hit'
  | 'made'
  | 'shared'
  | 'not-modified'
  | 'unknown'
  | 'invalid'
  | 'unreadable'
  | 'busy'

export interface ImageCounters {
  requests: { inc: (labels: { outcome: ImageOutcome }) => void }
  sentBytes: { inc: (bytes: number) => void }
  encodeSeconds: { observe: (seconds: number) => void }
  cacheBytes: { set: (bytes: number) => void }
}

export const UNCOUNTED: ImageCounters = {
  requests: { inc: () => {} },
  sentBytes: { inc: () => {} },
  encodeSeconds: { observe: () => {} },
  cacheBytes: { set: () => {} },
}

export function imageCounters(registry: Registry): ImageCounters {
  const registers = [registry]
  return {
    requests: new Counter({
      name: 'micropop_image_requests_total',
      help: 'Image requests, by how they ended',
      labelNames: ['outcome'],
      registers,
    }),
    sentBytes: new Counter({
      name: 'micropop_image_sent_bytes_total',
      help: 'Bytes of images sent',
      registers,
    }),
    encodeSeconds: new Histogram({
      name: 'micropop_image_encode_seconds',
      help: 'Time to decode, resize and encode one image',
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
      registers,
    }),
    cacheBytes: new Gauge({ name: 'micropop_image_cache_bytes', help: 'Encoded images on disk', registers }),
  }
}
