// pop.json: what one PoP is told. Infrastructure compiles it from the event; the runtime reads it and never YAML.
import { z } from 'zod'

export const POP_CONFIG_VERSION = 1

export const popConfigSchema = z.strictObject({
  version: z.literal(POP_CONFIG_VERSION),
  event: z.string().regex(/^[a-z0-9-]{1,40}$/),
  pop: z.string().regex(/^[a-z0-9-]{1,40}$/),
  listen: z.strictObject({
    host: z.string().default('127.0.0.1'),
    port: z.int().min(0).max(65535),
    adminHost: z.string().default('127.0.0.1'),
    adminPort: z.int().min(0).max(65535),
  }),
  dataDir: z.string().min(1),
  /** WebSocket URL of central, with its path. */
  centralUrl: z.url({ protocol: /^wss?$/ }),
  queue: z.strictObject({
    /** Bytes of log on disk at which disk-acknowledged publishes are refused with MP_QUEUE_FULL. */
    maxBytes: z.int().positive(),
    segmentBytes: z.int().positive(),
  }),
  limits: z.strictObject({
    sessions: z.int().positive(),
    /** Of one frame. Its record must fit into an uplink frame (1 MiB), where `1e20,` is 4.4 times as long. */
    messageBytes: z
      .int()
      .positive()
      .max(128 * 1024),
    /** Messages a channel keeps in memory for clients that resume. */
    historyMessages: z.int().positive(),
    historyBytes: z.int().positive(),
    /** Bytes waiting on one session's socket before it is disconnected as too slow. */
    sessionBufferBytes: z.int().positive(),
  }),
  /** Folder of the event's original images; null serves none. */
  imagesDir: z.string().nullable(),
})

export type PopConfig = z.infer<typeof popConfigSchema>

export const DEFAULT_LIMITS: PopConfig['limits'] = {
  sessions: 5_000,
  messageBytes: 64 * 1024,
  historyMessages: 1_000,
  historyBytes: 4 * 1024 * 1024,
  sessionBufferBytes: 1024 * 1024,
}

export const DEFAULT_SEGMENT_BYTES = 16 * 1024 * 1024
