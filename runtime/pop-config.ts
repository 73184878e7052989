// pop.json: what one PoP is told. Infrastructure compiles it from the event; the runtime reads it and never YAML.
import { z } from 'zod'

export const POP_CONFIG_VERSION = 1

const channelRuleSchema = z.strictObject({
  /** A channel's name, or the beginning of names followed by `*`. The first rule that matches counts. */
  match: z.string().regex(/^[A-Za-z0-9._-]{0,128}\*?$/),
  /** Orders kept side by side; a message's key chooses one. */
  partitions: z.int().min(1).max(64).default(1),
  /** What is tried, in this order, for a session that reads too slowly, before it is disconnected. */
  slow: z.array(z.enum(['delta', 'latest', 'sampled'])).default([]),
  /** What central gets: all messages, none, or those that match. */
  upstream: z
    .union([z.enum(['all', 'none']), z.strictObject({ where: z.record(z.string(), z.unknown()) })])
    .default('all'),
  /** Whether other PoPs of the event get it, where they form one broker. */
  relay: z.boolean().default(true),
})

export type ChannelRule = z.infer<typeof channelRuleSchema>

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
    /** Age at which what central has leaves the log, and at which what may be shed is. */
    maxAgeS: z
      .int()
      .positive()
      .default(24 * 3_600),
    /** Between comparisons of what is here with what central has. */
    reconcileS: z.int().min(1).max(3_600).default(120),
    /** File with the key that the log is encrypted with: 32 bytes as 64 hexadecimal digits. */
    keyFile: z.string().min(1).nullable().default(null),
  }),
  channels: z.array(channelRuleSchema).max(256).default([]),
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
    historySeconds: z.int().positive().default(3_600),
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
  historySeconds: 3_600,
  sessionBufferBytes: 1024 * 1024,
}

export const DEFAULT_SEGMENT_BYTES = 16 * 1024 * 1024
