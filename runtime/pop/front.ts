// What attendees reach of a PoP, once in each session thread: an HTTP server with the page, the images and the sessions.
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { imageCounters } from '../assets/image-counters.ts'
import { imagesPlugin } from '../assets/images-plugin.ts'
import { historyLimits } from '../broker/channel-history.ts'
import { doorOfThread } from '../broker/door.ts'
import type { Delivery } from '../broker/message-frames.ts'
import { type FromCore, TickBatch, type ToCore } from '../broker/session-link.ts'
import { SessionServer } from '../broker/session-server.ts'
import { SessionStreams } from '../broker/session-streams.ts'
import { admission, type Claim, type UsedTokens } from '../broker/tokens.ts'
import type { PopConfig } from '../pop-config.ts'
import type { Clock } from './clock.ts'
import { registerCertificateMetric, registerSessionMetrics } from './front-metrics.ts'
import { HARDENED_OPTIONS, hardenServer } from './harden-server.ts'
import { pagePlugin } from './page.ts'
import { pageCounters } from './page-counters.ts'
import { readCertificate, warnOfExpiry, watchCertificate } from './tls.ts'
import { channelRules } from './venue-core.ts'

/** Plain data: it goes to threads. */
export interface FrontOptions {
  config: PopConfig
  /** Fronts of this PoP, this one included. */
  fronts: number
  /** Identity of the log. */
  epoch: string
  resumeKey: Uint8Array
  /** Newest offset by stream, and the newest messages of all, oldest first. */
  offsets: Record<string, number>
  deliveries: readonly Delivery[]
}

export interface FrontParts {
  /** What this front tells the core in one tick. */
  send: (items: ToCore[]) => void
  clock: Clock
  logger: Logger
}

export interface ListenOn {
  host: string
  port: number
  /** Others of this PoP listen on the port too. */
  reusePort: boolean
}

export class Front {
  readonly #app: FastifyInstance
  readonly #sessions: SessionServer
  readonly #claims: Claims
  readonly #registry: Registry
  readonly #unwatch: () => void

  private constructor(
    app: FastifyInstance,
    sessions: SessionServer,
    claims: Claims,
    registry: Registry,
    unwatch: () => void,
  ) {
    this.#app = app
    this.#sessions = sessions
    this.#claims = claims
    this.#registry = registry
    this.#unwatch = unwatch
  }

  /** Errors: MP_AUTH_KEY, those of `readCertificate`. */
  static async make(options: FrontOptions, { send, clock, logger }: FrontParts): Promise<Front> {
    const { config, epoch, fronts } = options
    const { limits, tls } = config
    const core = new TickBatch<ToCore>(setImmediate, send)
    const tell = (item: ToCore) => core.push(item)
    const claims = new Claims(tell)
    const nowMs = clock.monotonicMs
    const { wallMs } = clock
    const certificate = tls ? await readCertificate(tls, wallMs()) : null
    if (tls && certificate) warnOfExpiry(certificate, tls, wallMs(), logger)
    const common = { logger: false, bodyLimit: limits.messageBytes } as const
    const app: FastifyInstance = certificate
      ? (Fastify({
          ...common,
          https: { ...HARDENED_OPTIONS, ...certificate.options },
        }) as unknown as FastifyInstance)
      : Fastify({ ...common, http: HARDENED_OPTIONS })
    const door = { ...config, ...doorOfThread(config, fronts) }
    const hardened = hardenServer(app.server, door, nowMs)
    const registry = new Registry()
    if (config.imagesDir !== null) {
      await app.register(imagesPlugin, {
        imagesDir: config.imagesDir,
        cacheDir: join(config.dataDir, 'images'),
        counters: imageCounters(registry),
        nowMs,
        onFault: (what, name, error) => logger.error({ image: name, err: error.message }, what),
      })
    }
    await app.register(pagePlugin, {
      title: config.event,
      imagesDir: config.imagesDir,
      counters: pageCounters(registry),
    })
    const streams = new SessionStreams(epoch, channelRules(config), historyLimits(limits))
    streams.prime(options.offsets, options.deliveries)
    const sessions = new SessionServer(app.server, {
      config: door,
      streams,
      admission: await admission(config.auth, {
        used: claims,
        resumeKey: Buffer.from(options.resumeKey),
        wallMs,
      }),
      core: tell,
      heard: hardened.heard,
      nowMs,
      wallMs,
      log: logger,
    })
    registerSessionMetrics(sessions, streams, hardened, registry)
    let expiresAtMs = certificate?.expiresAtMs ?? 0
    if (certificate) registerCertificateMetric(() => expiresAtMs, registry)
    const unwatch = tls
      ? watchCertificate(app.server as unknown as Parameters<typeof watchCertificate>[0], {
          files: tls,
          logger,
          wallMs,
          renewed: (atMs) => (expiresAtMs = atMs),
        })
      : () => {}
    return new Front(app, sessions, claims, registry, unwatch)
  }

  /** Returns the port bound. */
  async listen({ host, port, reusePort }: ListenOn): Promise<number> {
    await this.#app.listen({ host, port, ...(reusePort && { reusePort }) })
    return (this.#app.server.address() as AddressInfo).port
  }

  /** What the core told in one tick. */
  receive(items: readonly FromCore[]): void {
    for (const item of items) if (item.do === 'claimed') this.#claims.settle(item.claim, item.as)
    this.#sessions.receive(items)
  }

  metrics(): Promise<object[]> {
    return this.#registry.getMetricsAsJSON()
  }

  async close(): Promise<void> {
    this.#unwatch()
    await this.#sessions.close()
    await this.#app.close()
  }
}

/** Asks the main thread, which alone knows what tokens were used. */
class Claims implements UsedTokens {
  readonly #tell: (item: ToCore) => void
  readonly #waiting = new Map<number, (claim: Claim) => void>()
  #last = 0

  constructor(tell: (item: ToCore) => void) {
    this.#tell = tell
  }

  claim(id: string, expiresAtMs: number): Promise<Claim> {
    const claim = ++this.#last
    this.#tell({ do: 'claim', claim, id, expiresAtMs })
    return new Promise((resolve) => this.#waiting.set(claim, resolve))
  }

  settle(claim: number, as: Claim): void {
    this.#waiting.get(claim)?.(as)
    this.#waiting.delete(claim)
  }
}
