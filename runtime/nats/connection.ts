// One connection to a NATS server: where it is, what it shows, and that it is given up when it breaks.
import { readFile } from 'node:fs/promises'
import { connect, credsAuthenticator, type NatsConnection, type TlsOptions } from '@nats-io/transport-node'
import { InvalidInput, MissingHere } from '../errors.ts'
import { JETSTREAM_DOMAIN, NATS_PASSWORD_VARIABLE } from './server-config.ts'

export interface NatsSettings {
  /** `nats://host:port`, or `tls://…`. No credentials: these are apart, so that the URL may be logged. */
  url: string
  user?: string
  password?: string
  token?: string
  /** File with the JWT and seed of a user, as `nsc` writes it. */
  credsFile?: string
  /** File with the certificates to trust, PEM; default the system's. */
  caFile?: string
  /** Files of a certificate that says who we are, and of its key, PEM: both or neither. */
  certFile?: string
  keyFile?: string
}

/** Time for TCP, TLS and the server's greeting; also for each request to JetStream. */
export const NATS_TIMEOUT_MS = 3_000
/** Of requests to JetStream on the hub. */
export const JETSTREAM = { timeout: NATS_TIMEOUT_MS, domain: JETSTREAM_DOMAIN, checkAPI: false }
/** A server that does not answer two pings is gone. */
const PING_EVERY_MS = 2_000
const PINGS_OUT_MAX = 2

/**
 * What the environment says: NATS_URL, which may carry `user:password@`, and NATS_TOKEN, or files: NATS_CREDS, NATS_CA,
 * NATS_CERT with NATS_KEY. Null where NATS_URL is not set. Errors: MP_NATS_URL, MP_NATS_KEY.
 */
export function natsFromEnvironment(env: Record<string, string | undefined>): NatsSettings | null {
  if (!env.NATS_URL) return null
  const url = URL.parse(env.NATS_URL)
  if (url === null || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '') {
    // Not quoted: it may hold a password.
    throw new InvalidInput('MP_NATS_URL', 'NATS_URL is no nats:// or tls:// URL', 'Write nats://host:4222.')
  }
  if (Boolean(env.NATS_CERT) !== Boolean(env.NATS_KEY)) {
    const [has, lacks] = env.NATS_CERT ? ['NATS_CERT', 'NATS_KEY'] : ['NATS_KEY', 'NATS_CERT']
    throw new InvalidInput(
      'MP_NATS_KEY',
      `${has} is set and ${lacks} is not`,
      `Set ${lacks} to its PEM file.`,
    )
  }
  return {
    url: `${url.protocol}//${url.host}`,
    ...(url.username && { user: decodeURIComponent(url.username) }),
    ...(url.password && { password: decodeURIComponent(url.password) }),
    ...(env.NATS_TOKEN && { token: env.NATS_TOKEN }),
    ...(env.NATS_CREDS && { credsFile: env.NATS_CREDS }),
    ...(env.NATS_CA && { caFile: env.NATS_CA }),
    ...(env.NATS_CERT && { certFile: env.NATS_CERT }),
    ...(env.NATS_KEY && { keyFile: env.NATS_KEY }),
  }
}

/** As `natsFromEnvironment`, and where that says nothing, the server of pop.json. Errors: MP_NATS_URL. */
export function natsOfPop(
  config: { url: string; user: string } | null,
  env: Record<string, string | undefined>,
): NatsSettings | null {
  const password = env[NATS_PASSWORD_VARIABLE]
  return natsFromEnvironment(env) ?? (config && { ...config, ...(password && { password }) })
}

/**
 * Connects once and never again by itself: nothing is buffered for a server that is gone, and whoever asked hears of
 * it. Errors: MP_NATS_FILE; what the client raises where the server cannot be reached or refuses.
 */
export async function connectNats(
  settings: NatsSettings,
  name: string,
  inboxPrefix: string,
): Promise<NatsConnection> {
  const { url, user, password, token, credsFile } = settings
  const creds = credsFile === undefined ? null : await read(credsFile)
  const tls = await tlsOf(settings)
  return connect({
    servers: url.replace(/^tls:/, 'nats:'),
    name,
    inboxPrefix,
    reconnect: false,
    ignoreClusterUpdates: true,
    timeout: NATS_TIMEOUT_MS,
    pingInterval: PING_EVERY_MS,
    maxPingOut: PINGS_OUT_MAX,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { pass: password }),
    ...(token !== undefined && { token }),
    ...(creds !== null && { authenticator: credsAuthenticator(creds) }),
    ...(tls !== null && { tls }),
  })
}

/** Null: without TLS. Any of its files asks for it, whatever the URL. */
async function tlsOf({ url, caFile, certFile, keyFile }: NatsSettings): Promise<TlsOptions | null> {
  const files = { ca: caFile, cert: certFile, key: keyFile }
  const given = Object.entries(files).filter((of): of is [keyof typeof files, string] => of[1] !== undefined)
  if (given.length === 0) return url.startsWith('tls:') ? {} : null
  const texts = given.map(async ([name, file]) => [name, (await read(file)).toString()])
  return Object.fromEntries(await Promise.all(texts))
}

async function read(file: string): Promise<Buffer> {
  return readFile(file).catch((cause) => {
    throw new MissingHere(
      'MP_NATS_FILE',
      `${file} cannot be read: ${cause.message}`,
      'Give NATS_CREDS, NATS_CA, NATS_CERT and NATS_KEY as files that this user may read.',
      cause,
    )
  })
}

/** The system's or the server's words for what went wrong, one line. */
export function causeOf(error: unknown): string {
  const { message, code, cause } = error as Error & { code?: string }
  if (cause instanceof Error && cause.message) return `${message}: ${cause.message}`
  return message || (code ?? 'unknown')
}
