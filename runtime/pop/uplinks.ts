// A PoP's ways to central: performs what the core wants on each path, and what travels beside the batches: documents
// that central pushes, and the comparison of the log with what central has.
import type { Logger } from 'pino'
import type { PartEffect } from '../broker/part.ts'
import type { PopCore } from '../broker/pop-core.ts'
import type { PublishInput } from '../broker/pop-io.ts'
import type { DocumentFiles } from '../documents/document-files.ts'
import { DocumentIntake } from '../documents/document-intake.ts'
import type { Documents } from '../documents/documents.ts'
import type { NatsSettings } from '../nats/connection.ts'
import type { NatsUplink } from '../nats/nats-uplink.ts'
import type { PopConfig } from '../pop-config.ts'
import { LANES, type Lane } from '../protocol/lanes.ts'
import { Reconcile } from '../queue/reconcile.ts'
import { ReconcileDriver } from '../queue/reconcile-driver.ts'
import type { Span } from '../queue/reconcile-effects.ts'
import type { SegmentLog } from '../queue/segment-log.ts'
import { type CentralAnswer, UplinkClient } from '../queue/uplink-client.ts'
import type { PathEffect, UplinkInput } from '../queue/uplink-options.ts'
import { VERSION } from '../version.ts'
import type { Clock } from './clock.ts'
import type { Term } from './term.ts'

/** A backlog of less is the traffic of a moment: the log is compared with central beside it. */
const DRAINING_BYTES = 256 * 1024

export interface UplinksOptions {
  config: PopConfig
  /** Shared secret; null where central asks for none. */
  token: string | null
  /** How a PoP that is one of several reaches central; null: by the uplinks of pop.json. */
  nats: NatsSettings | null
  term: Term
  core: PopCore
  log: SegmentLog
  documents: Documents
  files: DocumentFiles
  input: (input: UplinkInput) => void
  act: (effects: readonly PartEffect[]) => void
  /** What other PoPs publish: see `PopCore.relayed`. */
  relayed: (position: number, publishes: readonly PublishInput[]) => void
  clock: Clock
  /** [0, 1) */
  random: () => number
  logger: Logger
}

export class Uplinks {
  readonly clients: readonly UplinkClient[]
  readonly comparison: ReconcileDriver
  readonly #of: UplinksOptions
  readonly #nats: NatsUplink | null
  readonly #intake: DocumentIntake
  /** The path that the comparison uses, which ends with it; -1: none. */
  #path = -1

  private constructor(of: UplinksOptions, nats: NatsUplink | null) {
    this.#of = of
    this.#nats = nats
    const { config, core, log, documents, logger } = of
    this.#intake = new DocumentIntake({ documents, files: of.files, act: of.act, logger })
    const uplinks = nats ? config.uplinks.slice(0, 1) : config.uplinks
    this.clients = uplinks.map(
      (uplink, path) =>
        new UplinkClient({
          path,
          uplink,
          token: of.token,
          hello: () => {
            const { event, pop } = config
            const { term, began } = of.term
            const versions = documents.versions
            return {
              t: 'uplink',
              event,
              pop,
              log: core.log,
              term,
              ...(began && { began: began.lanes }),
              versions,
              micropop: VERSION,
            }
          },
          read: (lane, first, count) => log.read(lane, first, count),
          input: of.input,
          answer: (frame) => this.#answer(path, frame),
          ...(nats && { open: nats.open }),
          log: logger,
        }),
    )
    this.comparison = new ReconcileDriver({
      reconcile: new Reconcile({
        everyMs: config.queue.reconcileS * 1_000,
        random: of.random,
        spans: () => this.#spans(),
        versions: () => documents.versions,
      }),
      read: (lane, first, count) => log.read(lane, first, count),
      spans: () => this.#spans(),
      send: (frame) => void this.clients[this.#path]?.send(frame),
      nowMs: of.clock.monotonicMs,
      logger,
    })
  }

  /** NATS is loaded only where it is used. */
  static async open(of: UplinksOptions): Promise<Uplinks> {
    const { nats, config, clock, relayed, logger } = of
    if (nats === null) return new Uplinks(of, null)
    const { natsUplink } = await import('../nats/nats-uplink.ts')
    const { event, pop } = config
    return new Uplinks(of, natsUplink({ nats, event, pop, clock, relayed, log: logger }))
  }

  start(): void {
    this.comparison.start()
  }

  perform(effect: PathEffect): void {
    const client = this.clients[effect.path] as UplinkClient
    switch (effect.do) {
      case 'connect':
        client.connect()
        break
      case 'disconnect':
        client.disconnect(effect.why)
        break
      case 'hello':
        client.hello()
        break
      case 'send':
        client.batch(effect.lane, effect.first, effect.count)
        break
      case 'beat':
        client.beat(effect.n)
    }
  }

  /** What became of a batch that another PoP relayed. */
  relayed(position: number, taken: boolean): void {
    this.#nats?.relayed(position, taken)
  }

  /** Call whenever the core was told something: whether paths are live may have changed. */
  observe(): void {
    const { paths, backlogBytes } = this.#of.core.uplink
    if (this.#path !== -1 && !paths[this.#path]?.live) {
      this.#path = -1
      this.comparison.link(false, false)
    }
    if (this.#path === -1) this.#path = paths.findIndex(({ live }) => live)
    if (this.#path !== -1) this.comparison.link(true, backlogBytes > DRAINING_BYTES)
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.close()
    await this.#nats?.stop()
    await this.#intake.stop()
    await this.comparison.stop()
  }

  #answer(path: number, frame: CentralAnswer): void {
    if (frame.t === 'doc') {
      const { t: _, ...document } = frame
      this.#intake.take(document, (kept) => void this.clients[path]?.send(kept))
    } else if (path === this.#path) {
      this.comparison.input({ is: 'answer', frame })
    }
  }

  /** What both sides should have: the log still does, and central said that it has. */
  #spans(): Partial<Record<Lane, Span>> {
    const { log, core } = this.#of
    const kept = log.firstKept
    const spans = LANES.map((lane) => [lane, { from: kept[lane], through: core.applied[lane] ?? 0 }] as const)
    return Object.fromEntries(spans.filter(([, { from, through }]) => from <= through))
  }
}
