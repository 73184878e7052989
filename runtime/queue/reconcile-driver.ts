// Performs what the comparison of log and central decides: reads the log, sends frames, says what was found.
import type { Logger } from 'pino'
import type { Lane } from '../protocol/lanes.ts'
import type { PopUplinkFrame, Repair } from '../protocol/uplink.ts'
import type { Reconcile } from './reconcile.ts'
import type {
  DigestedRecord,
  ReconcileEffect,
  ReconcileInput,
  RoundTally,
  Span,
} from './reconcile-effects.ts'
import type { LogRecord } from './record.ts'
import { NO_RECORD, recordDigest } from './record-digest.ts'
import { uplinkRecord } from './uplink-record.ts'

export interface ReconcileDriven {
  reconcile: Reconcile
  /** Records `first` to `first + count - 1` of a lane, also applied ones; null for one that was shed. */
  read: (lane: Lane, first: number, count: number) => Promise<readonly (LogRecord | null)[]>
  spans: () => Partial<Record<Lane, Span>>
  send: (frame: PopUplinkFrame) => void
  nowMs: () => number
  logger: Logger
}

export class ReconcileDriver {
  readonly #of: ReconcileDriven
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> = Promise.resolve()
  #stopped = false
  #link = { live: false, draining: false }
  /** Of the last round that came to its end; null before. */
  last: (RoundTally & { atMs: number }) | null = null
  /** Messages that central had lost and that were sent again. */
  repaired = 0

  constructor(driven: ReconcileDriven) {
    this.#of = driven
  }

  start(): void {
    this.#perform(this.#of.reconcile.wake(this.#of.nowMs()))
  }

  /** Whether a path to central is live, and whether a backlog drains by it. Call whenever that may have changed. */
  link(live: boolean, draining: boolean): void {
    if (live === this.#link.live && draining === this.#link.draining) return
    this.#link = { live, draining }
    this.input({ is: 'link', live, draining })
  }

  input(input: ReconcileInput): void {
    if (!this.#stopped) this.#perform(this.#of.reconcile.input(input, this.#of.nowMs()))
  }

  /** Waits for the read in progress; nothing is performed afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#working
  }

  #perform(effects: readonly ReconcileEffect[]): void {
    const { send, nowMs, logger } = this.#of
    for (const effect of effects) {
      switch (effect.do) {
        case 'read':
          this.#working = this.#read(effect.lane, effect.from, effect.count)
          break
        case 'repair':
          this.#working = this.#repair(effect.n, effect.lane, effect.laneSeqs)
          break
        case 'compare':
          send(effect.frame)
          break
        case 'differs': {
          const { lane, from, lacks, extra, other } = effect
          if (lacks > 0)
            logger.warn({ lane, from, lacks }, 'central lost records of this log: sending them again')
          if (extra > 0) logger.error({ lane, from, extra }, 'central has records that this log shed or lost')
          if (other > 0)
            logger.error({ lane, from, other }, 'central has other contents under numbers of this log')
          break
        }
        case 'unreadable':
          logger.error(effect, 'cannot read records of the log that central should have')
          break
        case 'reconciled': {
          const { tally } = effect
          this.last = { ...tally, atMs: nowMs() }
          this.repaired += tally.repaired
          logger[tally.differing > 0 ? 'warn' : 'debug'](tally, 'the log was compared with central')
          break
        }
        case 'abandoned':
          logger.info({ why: effect.why }, 'the comparison with central was given up; it is tried again')
      }
    }
    this.#arm()
  }

  async #read(lane: Lane, from: number, count: number): Promise<void> {
    try {
      const records = await this.#of.read(lane, from, count)
      this.input({ is: 'read', records: records.map((record) => digested(lane, record)) })
    } catch (error) {
      this.#failed(lane, from, error)
    }
  }

  async #repair(n: number, lane: Lane, laneSeqs: readonly number[]): Promise<void> {
    const records: Repair['records'] = []
    try {
      for (const laneSeq of laneSeqs) {
        const [record] = await this.#of.read(lane, laneSeq, 1)
        if (record) records.push([laneSeq, uplinkRecord(record)])
      }
    } catch (error) {
      this.#of.logger.warn({ err: error, lane }, 'cannot read what central lacks')
    }
    if (this.#stopped) return
    if (records.length > 0) this.#of.send({ t: 'repair', n, lane, records })
    else this.input({ is: 'answer', frame: { t: 'repaired', n, stored: 0 } })
  }

  #failed(lane: Lane, from: number, error: unknown): void {
    const span = this.#of.spans()[lane]
    if (span === undefined || from < span.from) this.input({ is: 'gone' })
    else this.input({ is: 'unreadable', why: (error as Error).message })
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const { reconcile, nowMs } = this.#of
    if (this.#stopped || !Number.isFinite(reconcile.wakeAtMs)) return
    const delay = Math.max(0, reconcile.wakeAtMs - nowMs())
    this.#timer = setTimeout(() => this.#perform(reconcile.wake(nowMs())), Math.ceil(delay))
  }
}

function digested(lane: Lane, record: LogRecord | null): DigestedRecord {
  return record === null
    ? { digest: NO_RECORD, bytes: 0 }
    : { digest: recordDigest(lane, record), bytes: record.bytes }
}
