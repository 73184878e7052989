// Central's end of an event's stream: applies its batches in their order, PoP by PoP, and acknowledges what is committed.
import type { JsMsg } from '@nats-io/jetstream'
import { headers, type NatsConnection } from '@nats-io/transport-node'
import { applyBatches, LogRewound } from '../central/ingest.ts'
import { countApplied } from '../central/metrics.ts'
import { parseUplinkFrame } from '../central/parse-frame.ts'
import { Fenced, openSource } from '../central/source.ts'
import type { ConnectionContext } from '../central/uplink-connection.ts'
import { LANES } from '../protocol/lanes.ts'
import type { Batch, CentralUplinkFrame } from '../protocol/uplink.ts'
import { StreamReader } from './stream-reader.ts'
import { type BatchSender, batchSenderOf, subjects } from './subjects.ts'

export interface StreamIngestOptions extends ConnectionContext {
  connection: NatsConnection
  event: string
  failed: (error: unknown) => void
}

interface Waiting {
  sender: BatchSender
  batch: Batch
  seq: number
}

/** Batches read and not yet committed, at most, of all PoPs of the event together. */
const WINDOW = 256
/** Until the store is tried again. */
const RETRY_MS = 1_000
/** Logs that are known to be open. */
const OPEN_MAX = 1_000

export class StreamIngest {
  readonly #options: StreamIngestOptions
  readonly #reader: StreamReader
  readonly #opened = new Set<string>()
  #waiting: Waiting[] = []
  #applying: Promise<void> | null = null
  #retry: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: StreamIngestOptions) {
    this.#options = options
    const { connection, event, failed, logger } = options
    this.#reader = new StreamReader({
      connection,
      event,
      name: 'central',
      window: WINDOW,
      shared: true,
      message: (message) => this.#received(message),
      restarted: () => this.#forget(),
      missed: (messages) =>
        logger.warn({ event, messages }, 'the stream let batches go unread: their PoPs send them again'),
      failed,
    })
  }

  start(): Promise<void> {
    return this.#reader.start()
  }

  /** Finishes the transaction in progress. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#retry)
    this.#forget()
    await this.#applying
    await this.#reader.stop()
  }

  #received(message: JsMsg): void {
    const { metrics, logger } = this.#options
    metrics.receivedBytes.inc(message.data.length)
    const sender = batchSenderOf(message.subject, message.headers)
    const parsed = parseUplinkFrame(message.string())
    if (sender === null || 'wrong' in parsed || parsed.ok.t !== 'batch') {
      const why = 'wrong' in parsed ? parsed.wrong : 'not a batch of a PoP'
      logger.warn(
        { subject: message.subject, seq: message.seq, why },
        'a message of the stream is passed over',
      )
      if (sender !== null) this.#answer(sender, { t: 'err', code: 'MP_UPLINK_FRAME', why })
      this.#reader.done(message.seq)
      return
    }
    metrics.batches.inc({ lane: parsed.ok.lane })
    metrics.waitingBatches.inc()
    this.#waiting.push({ sender, batch: parsed.ok, seq: message.seq })
    this.#applyWaiting()
  }

  #applyWaiting(): void {
    if (this.#applying !== null || this.#stopped || this.#waiting.length === 0) return
    this.#applying = this.#apply(this.#nextGroup()).finally(() => {
      this.#applying = null
      this.#applyWaiting()
    })
  }

  /** The oldest batch, and what follows it of the same log, as many as one transaction takes. */
  #nextGroup(): Waiting[] {
    const [{ sender }] = this.#waiting as [Waiting]
    const most = this.#options.limits.transactionRecords
    let records = 0
    let full = false
    const isPart = ({ sender: of, batch }: Waiting) => {
      if (full || sourceKey(of) !== sourceKey(sender)) return false
      full = records > 0 && records + batch.records.length > most
      records += batch.records.length
      return !full
    }
    const group: Waiting[] = []
    const rest: Waiting[] = []
    for (const waiting of this.#waiting) (isPart(waiting) ? group : rest).push(waiting)
    this.#waiting = rest
    this.#options.metrics.waitingBatches.dec(group.length)
    return group
  }

  async #apply(group: Waiting[]): Promise<void> {
    const { store, metrics, clock, logger } = this.#options
    const { sender } = group[0] as Waiting
    const { event, pop, log, term } = sender
    const source = { event, pop, log, term }
    const startMs = clock.monotonicMs()
    try {
      if (!this.#opened.has(sourceKey(sender))) await openSource(store, source)
      this.#opened.add(sourceKey(sender))
      if (this.#opened.size > OPEN_MAX) this.#opened.clear()
      const batches = group.map(({ batch }) => batch)
      const { through, gaps, counts } = await applyBatches(store, source, batches)
      metrics.applySeconds.observe((clock.monotonicMs() - startMs) / 1000)
      countApplied(metrics, counts)
      for (const lane of LANES) {
        const [last, expected] = [through[lane], gaps[lane]]
        if (last !== undefined) this.#tell(group, lane, { t: 'applied', lane, through: last })
        if (expected === undefined) continue
        metrics.gaps.inc({ lane })
        logger.warn({ ...source, lane, expected }, 'a batch leaves a gap')
        this.#tell(group, lane, { t: 'gap', lane, expected })
      }
    } catch (error) {
      if (!this.#refuse(group, error)) return
    }
    for (const { seq } of group) this.#reader.done(seq)
  }

  /** True where the batches are refused for good; false where they will be tried again. */
  #refuse(group: readonly Waiting[], error: unknown): boolean {
    const { metrics, logger } = this.#options
    const { sender } = group[0] as Waiting
    const isRewound = error instanceof LogRewound
    if (isRewound || error instanceof Fenced) {
      const code = isRewound ? 'MP_LOG_REWOUND' : 'MP_UPLINK_FENCED'
      metrics.refusals.inc({ code })
      logger.warn({ ...sender, code, why: error.message }, 'uplink refused')
      for (const of of sessionsOf(group)) this.#answer(of, { t: 'err', code, why: error.message })
      return true
    }
    // Only code and message: the details of a PostgreSQL error quote the row, and with it the body.
    const { code, message } = error as Error & { code?: string }
    logger.error({ code, reason: message }, 'the store failed: the stream is read again from here')
    this.#opened.clear()
    clearTimeout(this.#retry)
    if (!this.#stopped) this.#retry = setTimeout(() => this.#reader.startOver(), RETRY_MS)
    return false
  }

  /** To the sessions that sent batches of the lane: an answer to an earlier one would mislead the present one. */
  #tell(group: readonly Waiting[], lane: Batch['lane'], frame: CentralUplinkFrame): void {
    for (const sender of sessionsOf(group.filter(({ batch }) => batch.lane === lane)))
      this.#answer(sender, frame)
  }

  #answer({ event, pop, session }: BatchSender, frame: CentralUplinkFrame): void {
    const { connection } = this.#options
    if (connection.isClosed()) return
    connection.publish(subjects.down(event, pop, session), JSON.stringify(frame), { headers: headers() })
  }

  #forget(): void {
    this.#options.metrics.waitingBatches.dec(this.#waiting.length)
    this.#waiting = []
  }
}

function sourceKey({ pop, log, term }: BatchSender): string {
  return `${pop}/${log}/${term}`
}

function sessionsOf(group: readonly Waiting[]): BatchSender[] {
  return [...new Map(group.map(({ sender }) => [sender.session, sender])).values()]
}
