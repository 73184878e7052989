// One PoP's connection: greets it, applies its batches in order, answers beats at once, and holds it back in time.
import type { Logger } from 'pino'
import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../pop/clock.ts'
import type { Batch, CentralUplinkFrame, UplinkHello } from '../protocol/uplink.ts'
import { VERSION } from '../version.ts'
import { answerComparison, type ComparisonFrame } from './comparison.ts'
import { DocumentPusher } from './document-pusher.ts'
import { applyBatches, LogRewound } from './ingest.ts'
import type { CentralLimits } from './limits.ts'
import { type CentralMetrics, countApplied } from './metrics.ts'
import { parseUplinkFrame } from './parse-frame.ts'
import { Fenced, openSource, type Source } from './source.ts'
import type { Store } from './store.ts'
import { WaitingBatches } from './waiting-batches.ts'

/** What all connections of a central share. */
export interface ConnectionContext {
  store: Store
  metrics: CentralMetrics
  limits: CentralLimits
  clock: Clock
  logger: Logger
}

/** What is needed of a WebSocket: frames also come over NATS. */
export interface UplinkSocket
  extends Pick<WebSocket, 'isPaused' | 'bufferedAmount' | 'pause' | 'resume' | 'terminate'> {
  on(event: 'message', listener: (data: RawData, isBinary: boolean) => void): unknown
  on(event: 'error', listener: (error: Error & { code?: string }) => void): unknown
  on(event: 'close', listener: (code: number) => void): unknown
  send(text: string): void
  close(code: number, reason: string): void
}

/** RFC 6455, section 7.4.1. */
const CLOSE = { restarting: 1012, policy: 1008, failed: 1011 } as const

export class UplinkConnection {
  readonly #socket: UplinkSocket
  readonly #context: ConnectionContext
  #logger: Logger
  #source: Source | null = null
  /** Batches are applied from here on; false until the PoP was told where to continue. */
  #ready = false
  readonly #waiting: WaitingBatches
  #applying: Promise<void> | null = null
  #comparing = false
  /** Of a PoP that takes documents. */
  #documents: DocumentPusher | null = null
  #closed = false
  #heardAtMs: number

  constructor(socket: UplinkSocket, context: ConnectionContext) {
    this.#socket = socket
    this.#context = context
    this.#waiting = new WaitingBatches(context.limits.transactionRecords)
    this.#logger = context.logger
    this.#heardAtMs = context.clock.monotonicMs()
    socket.on('message', (data, isBinary) => this.#received(data, isBinary))
    socket.on('error', (error) => this.#broken(error))
    socket.on('close', (code) => this.#gone(code))
  }

  /** Ends the connection where the PoP has been silent for too long. Call now and then. */
  checkSilence(): void {
    const { limits, clock } = this.#context
    const allowedMs = this.#source === null ? limits.helloWithinMs : limits.silenceMs
    if (this.#socket.isPaused || clock.monotonicMs() - this.#heardAtMs < allowedMs) return
    this.#refuse('MP_UPLINK_SILENT', 'nothing heard for too long', CLOSE.policy)
    this.#socket.terminate()
  }

  /** Finishes and answers the transaction in progress, drops what still waits, and says goodbye. */
  async stop(): Promise<void> {
    this.#forgetWaiting()
    this.#ready = false
    await this.#applying
    this.#close(CLOSE.restarting, 'central is shutting down')
  }

  /** Documents of `event` have changed. */
  documentsChanged(event: string): void {
    if (this.#source?.event === event && !this.#closed) this.#documents?.changed()
  }

  terminate(): void {
    this.#socket.terminate()
  }

  #received(data: RawData, isBinary: boolean): void {
    if (this.#closed) return
    const { metrics, clock } = this.#context
    const bytes = (data as Buffer).length
    metrics.receivedBytes.inc(bytes)
    this.#heardAtMs = clock.monotonicMs()
    const parsed = isBinary ? { wrong: 'a binary frame' } : parseUplinkFrame(data.toString())
    if ('wrong' in parsed) {
      this.#refuse('MP_UPLINK_FRAME', parsed.wrong, CLOSE.policy)
      return
    }
    const frame = parsed.ok
    if ((frame.t === 'uplink') === (this.#source !== null)) {
      const why = this.#source === null ? 'the first frame must be `uplink`' : 'a second `uplink` frame'
      this.#refuse('MP_UPLINK_FRAME', why, CLOSE.policy)
    } else if (frame.t === 'beat') {
      this.#send(frame)
    } else if (frame.t === 'batch') {
      this.#take(frame, bytes)
    } else if (frame.t === 'doc-kept') {
      this.#documents?.kept(frame.kind, frame.version)
    } else if (frame.t === 'uplink') {
      void this.#greet(frame)
    } else {
      void this.#compare(frame)
    }
  }

  /** The PoP sends the next only when it has the answer, so one at a time is all that memory needs. */
  async #compare(frame: ComparisonFrame): Promise<void> {
    if (!this.#ready || this.#source === null || this.#comparing) {
      this.#refuse('MP_UPLINK_FRAME', 'a comparison before the answer to the last frame', CLOSE.policy)
      return
    }
    this.#comparing = true
    try {
      const answer = await answerComparison(this.#context, this.#logger, this.#source, frame)
      // The next frame may come as soon as the answer is out, also while documents are looked at.
      this.#comparing = false
      this.#send(answer)
      if (frame.t === 'reconcile') await this.#documents?.compare(frame.versions)
    } catch (error) {
      this.#comparing = false
      this.#failed(error)
    }
  }

  async #greet({ event, pop, log, term = 1, began, versions, micropop }: UplinkHello): Promise<void> {
    const source = { event, pop, log, term }
    this.#source = source
    this.#logger = this.#logger.child(source)
    try {
      const watermarks = await openSource(this.#context.store, source, began)
      if (this.#closed) return
      // Who tells its version is told.
      this.#send({ t: 'ready', watermarks, ...(micropop !== undefined && { micropop: VERSION }) })
      this.#logger.info({ watermarks, micropop }, 'uplink ready')
      this.#ready = true
      this.#applyWaiting()
      if (versions) {
        this.#documents = this.#push(event)
        await this.#documents.compare(versions)
      }
    } catch (error) {
      this.#failed(error)
    }
  }

  #push(event: string): DocumentPusher {
    return new DocumentPusher({
      store: this.#context.store,
      event,
      send: (document) => {
        this.#context.metrics.documentsPushed.inc({ kind: document.kind })
        this.#send({ t: 'doc', ...document })
      },
      failed: (error) => this.#failed(error),
      logger: this.#logger,
    })
  }

  #take(batch: Batch, bytes: number): void {
    const { metrics, limits } = this.#context
    metrics.batches.inc({ lane: batch.lane })
    metrics.waitingBatches.inc()
    this.#waiting.push(batch, bytes)
    const { count, bytes: waitingBytes } = this.#waiting
    const tooMuch = count >= limits.waitingBatches || waitingBytes >= limits.waitingBytes
    if (tooMuch && !this.#socket.isPaused) {
      metrics.pauses.inc()
      this.#socket.pause()
    }
    this.#applyWaiting()
  }

  #applyWaiting(): void {
    if (this.#applying !== null || !this.#ready || this.#source === null || this.#waiting.count === 0) return
    // While these commit, the next gather.
    const batches = this.#waiting.take()
    this.#context.metrics.waitingBatches.dec(batches.length)
    this.#applying = this.#apply(this.#source, batches).finally(() => {
      this.#applying = null
      this.#applyWaiting()
    })
  }

  async #apply(source: Source, batches: Batch[]): Promise<void> {
    const { store, metrics, clock } = this.#context
    const startMs = clock.monotonicMs()
    try {
      const { through, gaps, counts } = await applyBatches(store, source, batches)
      metrics.applySeconds.observe((clock.monotonicMs() - startMs) / 1000)
      countApplied(metrics, counts)
      for (const [lane, last] of typedEntries(through)) this.#send({ t: 'applied', lane, through: last })
      for (const [lane, expected] of typedEntries(gaps)) {
        metrics.gaps.inc({ lane })
        this.#logger.warn({ lane, expected }, 'a batch leaves a gap')
        this.#send({ t: 'gap', lane, expected })
      }
      this.#resumeWhenDrained()
    } catch (error) {
      this.#failed(error)
    }
  }

  /** At half of what paused it, so that it does not stop and go with every batch. */
  #resumeWhenDrained(): void {
    const { limits } = this.#context
    const drained =
      this.#waiting.count <= limits.waitingBatches / 2 && this.#waiting.bytes <= limits.waitingBytes / 2
    if (drained && !this.#closed && this.#socket.isPaused) this.#socket.resume()
  }

  #failed(error: unknown): void {
    if (error instanceof LogRewound) {
      this.#refuse('MP_LOG_REWOUND', error.message, CLOSE.policy)
      return
    }
    if (error instanceof Fenced) {
      this.#refuse('MP_UPLINK_FENCED', error.message, CLOSE.policy)
      return
    }
    // Only code and message: the details of a PostgreSQL error quote the row, and with it the body.
    const { code, message } = error as Error & { code?: string }
    this.#logger.error({ code, reason: message }, 'the store failed')
    this.#refuse('MP_STORE_FAILED', 'the store did not take it: send again later', CLOSE.failed)
  }

  #send(frame: CentralUplinkFrame): void {
    if (this.#closed) return
    this.#socket.send(JSON.stringify(frame))
    if (this.#socket.bufferedAmount > this.#context.limits.answerBytes) {
      this.#refuse('MP_UPLINK_NOT_READING', 'answers are not read', CLOSE.policy)
      this.#socket.terminate()
    }
  }

  #refuse(code: string, why: string, closeCode: number): void {
    if (this.#closed) return
    this.#context.metrics.refusals.inc({ code })
    this.#logger.warn({ code, why }, 'uplink refused')
    this.#socket.send(JSON.stringify({ t: 'err', code, why } satisfies CentralUplinkFrame))
    this.#close(closeCode, code)
  }

  #close(code: number, reason: string): void {
    this.#closed = true
    this.#forgetWaiting()
    // A paused socket would never read the peer's answer to the close.
    if (this.#socket.isPaused) this.#socket.resume()
    this.#socket.close(code, reason)
  }

  #broken(error: Error & { code?: string }): void {
    this.#context.metrics.refusals.inc({ code: error.code ?? 'MP_UPLINK_SOCKET' })
    this.#logger.warn({ code: error.code, reason: error.message }, 'uplink socket failed')
  }

  #gone(code: number): void {
    this.#closed = true
    this.#forgetWaiting()
    this.#logger.info({ code }, 'uplink closed')
  }

  #forgetWaiting(): void {
    this.#context.metrics.waitingBatches.dec(this.#waiting.count)
    this.#waiting.clear()
  }
}

function typedEntries<Key extends string, Value>(record: Partial<Record<Key, Value>>): [Key, Value][] {
  return Object.entries(record) as [Key, Value][]
}
