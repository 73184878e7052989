// pop.json: what one PoP is told. Infrastructure compiles it from the event; the runtime reads it and never YAML.
import { z } from 'zod'
import { PORTS } from './ports.ts'
import { parseAggregate, parseFilter } from './queries/parse.ts'

export const POP_CONFIG_VERSION = 1

/** A channel's name, or the beginning of names followed by `*`. */
export const CHANNEL_PATTERN = /^[A-Za-z0-9._-]{0,128}\*?$/

const filterSchema = z.unknown().transform((value, { addIssue }) => accepted(parseFilter(value), addIssue))
const aggregateSchema = z
  .unknown()
  .transform((value, { addIssue }) => accepted(parseAggregate(value), addIssue))

function accepted<T>(parsed: { ok: T } | { wrong: string }, addIssue: (message: string) => void): T {
  if ('ok' in parsed) return parsed.ok
  addIssue(parsed.wrong)
  return z.NEVER
}

const channelRuleSchema = z.strictObject({
  /** The first rule that matches a channel counts. */
  match: z.string().regex(CHANNEL_PATTERN),
  /** Orders kept side by side; a message's key chooses one. */
  partitions: z.int().min(1).max(64).default(1),
  /** What is tried, in this order, for a session that reads too slowly, before it is disconnected. */
  slow: z.array(z.enum(['delta', 'latest', 'sampled'])).default([]),
  /** What central gets: all messages, none, or those that match. */
  upstream: z.union([z.enum(['all', 'none']), z.strictObject({ where: filterSchema })]).default('all'),
  /** Whether other PoPs of the event get it, where they form one broker. */
  relay: z.boolean().default(true),
})

export type ChannelRule = z.infer<typeof channelRuleSchema>

const standingAggregateSchema = z.strictObject({
  /** Its changes are published to `agg.` and this. */
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  /** One is kept for each channel that matches. */
  ch: z.string().regex(CHANNEL_PATTERN),
  /** Only messages that match count. */
  where: filterSchema.optional(),
  agg: aggregateSchema,
  /** Between two deltas, least. */
  everyMs: z.int().min(1_000).max(3_600_000).default(5_000),
})

export type StandingAggregate = z.infer<typeof standingAggregateSchema>

/** So that whoever asks for a poll's votes gets all of them, also those from before it asked. */
const POLL_VOTES: StandingAggregate = {
  name: 'polls',
  ch: 'collect.poll.*',
  agg: { is: 'count', by: 'body.choice', per: 'client' },
  everyMs: 5_000,
}

const base64url = (minChars: number, maxChars: number) =>
  z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${minChars},${maxChars}}$`))

/** Of every kind of key. What else a key set says of a key, such as its certificates, is left out. */
const anyKey = {
  kid: z.string().min(1).max(128),
  d: z
    .never({ error: 'this is a private key, which only who signs tokens may hold; give the public one' })
    .optional(),
}

/** A public key (RFC 7517) with the one algorithm that it is used for. RSA of 2,048 to 8,192 bits. */
const publicKeySchema = z.discriminatedUnion('kty', [
  z.object({
    ...anyKey,
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    alg: z.literal('EdDSA').default('EdDSA'),
    x: base64url(43, 43),
  }),
  z.object({
    ...anyKey,
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    alg: z.literal('ES256').default('ES256'),
    x: base64url(43, 43),
    y: base64url(43, 43),
  }),
  z.object({
    ...anyKey,
    kty: z.literal('RSA'),
    alg: z.literal('RS256').default('RS256'),
    n: base64url(342, 1_366),
    e: base64url(1, 8),
  }),
])

/** Several keys, so that a new one is known everywhere before the first token is signed with it. */
export const keySetSchema = z.object({
  keys: z
    .array(publicKeySchema)
    .min(1)
    .max(16)
    .refine((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length, {
      error: 'two keys have the same kid',
    }),
})

export type KeySet = z.infer<typeof keySetSchema>

const authSchema = z.union([
  /** Whoever comes is the client that it says it is, and may do what any attendee may. */
  z.literal('open'),
  z.strictObject({
    /** Claims `iss` and `aud` of every token. */
    issuer: z.string().min(1).max(256),
    audience: z.string().min(1).max(256),
    /** Kept here, so that tokens are verified without an uplink. */
    jwks: keySetSchema,
    /** By how much clocks may differ, at `exp` and `nbf`. */
    clockToleranceS: z.int().min(0).max(300).default(30),
  }),
])

const HOST_NAME = /^[a-z0-9.-]{1,253}$/
const ORIGIN = /^https?:\/\/[a-z0-9.-]{1,253}(:\d{1,5})?$/

const doorSchema = z.strictObject({
  /** Whether a PoP that asks for no tokens may be reached from elsewhere. */
  allowOpen: z.boolean().default(false),
  /** Web origins whose pages may open sessions. null: any, but only this machine's own where it alone is served. */
  origins: z.array(z.string().regex(ORIGIN)).max(64).nullable().default(null),
  /** CIDR blocks of the proxies in front, whose X-Forwarded-For is believed. */
  trustedProxies: z
    .array(z.union([z.cidrv4(), z.cidrv6()]))
    .max(64)
    .default([]),
  /** Sessions opened, of all addresses together: what the processor has time for beside the sessions there are. */
  handshakesPerS: z.number().positive().max(100_000).default(500),
  handshakesBurst: z.int().positive().max(1_000_000).default(5_000),
  /** What one address may take of the rates and, while it is alone, of the sessions: a hall may stand behind it. */
  addressShare: z.number().min(0.01).max(0.99).default(0.8),
  /** Connections that have asked for nothing yet, or opened a session and not said hello. */
  silentMax: z.int().min(16).max(1_000_000).default(4_096),
})

/** Ways to central that one PoP uses side by side, at most. */
const UPLINKS_MAX = 4

const uplinkSchema = z.strictObject({
  /** Its name in logs and metrics. */
  name: z.string().regex(/^[a-z0-9-]{1,40}$/),
  /** WebSocket URL of central, with its path. */
  url: z.url({ protocol: /^wss?$/ }),
  /** Address of this machine that the connection leaves from: the host must route by source address. */
  localAddress: z.union([z.ipv4(), z.ipv6()]).optional(),
})

export type UplinkConfig = z.infer<typeof uplinkSchema>

/** Seconds of a drain whose configuration does not say. */
export const DEFAULT_DRAIN_DEADLINE_S = 60

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
  /** Who may come in. */
  auth: authSchema.default('open'),
  /** PEM files; read again when they change. null: plain HTTP, for loopback or behind a proxy that speaks TLS. */
  tls: z
    .strictObject({
      certFile: z.string().min(1),
      keyFile: z.string().min(1),
      /** What clients call the PoP by: a certificate that is not for it is refused. */
      name: z.string().regex(HOST_NAME).optional(),
    })
    .nullable()
    .default(null),
  door: doorSchema.prefault({}),
  dataDir: z.string().min(1),
  /** Ways to central, each with a connection of its own. */
  uplinks: z
    .array(uplinkSchema)
    .min(1)
    .max(UPLINKS_MAX)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two have the same name'),
  /** nats-server beside a PoP that is one of several, whose password the environment has; without it, a room of its own. */
  nats: z.strictObject({ url: z.url({ protocol: /^nats$/ }), user: z.string().min(1).max(64) }).optional(),
  queue: z.strictObject({
    /**
     * Bytes of log at which publishes are refused with MP_QUEUE_FULL; from nine tenths on, what was acknowledged in
     * memory only leaves it. The room that segments take ahead comes on top: two at most, each an eighth at most.
     */
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
  /** Where a second PoP follows the log (`micropop follow`), for acknowledgements `replica`; null: there is none. */
  replica: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.int().min(0).max(65535).default(PORTS.replica),
    })
    .nullable()
    .default(null),
  channels: z.array(channelRuleSchema).max(256).default([]),
  /** Kept from the log, told to central as deltas, and what a live query of the same meaning is answered from. */
  standing: z
    .array(standingAggregateSchema)
    .max(32)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two have the same name')
    .default([POLL_VOTES]),
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
    /** Frames a second that a session is read at, and how many it may send ahead of that. */
    framesPerS: z.number().positive().default(50),
    framesBurst: z.int().positive().default(200),
    /** Bytes waiting for one session before it is disconnected as too slow. */
    sessionBufferBytes: z.int().positive(),
  }),
  /** Threads that serve sessions. null: one less than the machine has cores, none on two; 0: none but the main thread. */
  sessionThreads: z.int().min(0).max(64).nullable().default(null),
  /** How fast sessions are sent to another PoP when this one is drained: see `drain.ts`. */
  drain: z
    .strictObject({
      /** Processor time of one TLS and WebSocket handshake with hello and subscriptions, at the PoP that receives. */
      handshakeMs: z.number().positive().max(1_000).default(3),
      /** Cores of that PoP, and the share of them that reconnects may take. */
      cores: z.number().positive().max(1_024).default(2),
      share: z.number().positive().max(1).default(0.5),
      /** At the latest, the process ends after this. */
      deadlineS: z.int().positive().max(3_600).default(DEFAULT_DRAIN_DEADLINE_S),
    })
    .prefault({}),
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
  framesPerS: 50,
  framesBurst: 200,
  sessionBufferBytes: 1024 * 1024,
}

export const DEFAULT_SEGMENT_BYTES = 16 * 1024 * 1024
