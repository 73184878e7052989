// Performs what the PoP's state machine decides: on the log, the sessions, the uplink and one timer.
import type { Logger } from 'pino'
import type { PopCore, PopEffect } from '../broker/pop-core.ts'
import type { SessionRouter } from '../broker/session-router.ts'
import type { Refusal } from '../protocol/session.ts'
import { isDiskFull } from '../queue/disk.ts'
import type { LogRecord } from '../queue/record.ts'
import type { SegmentLog } from '../queue/segment-log.ts'
import type { UplinkClient } from '../queue/uplink-client.ts'
import type { UplinkInput } from '../queue/uplink-sync.ts'

export interface Driven {
  core: PopCore
  log: SegmentLog
  sessions: SessionRouter
  uplink: UplinkClient
  nowMs: () => number
  /** ms since the Unix epoch. */
  wallMs: () => number
  logger: Logger
}

export class CoreDriver {
  readonly #of: Driven
  #timer: NodeJS.Timeout | undefined
  #committing: Promise<void> = Promise.resolve()
  #releasing = false
  #releaseAgain = false
  #stopped = false
  /** Why this log is not synced any more, though central may be there; null while it is. */
  syncStopped: 'regressed' | 'rewound' | null = null

  constructor(driven: Driven) {
    this.#of = driven
  }

  perform(effects: readonly PopEffect[]): void {
    const { sessions, uplink, logger } = this.#of
    let advanced = false
    for (const effect of effects) {
      switch (effect.do) {
        case 'commit':
          this.#committing = this.#commit(effect.records)
          break
        case 'ack':
          sessions.ack(effect.client, effect.lane, effect.seq, effect.durable)
          break
        case 'refuse':
          sessions.tellClient(effect.client, refusalOf(effect))
          break
        case 'deliver':
          sessions.deliver(effect.record)
          break
        case 'tell':
          sessions.tell(effect.ch, effect.frame)
          break
        case 'tell-client':
          sessions.tellClient(effect.client, effect.frame)
          break
        case 'result':
          sessions.result(effect.key, effect.value)
          break
        case 'connect':
          uplink.connect()
          break
        case 'disconnect':
          uplink.disconnect(effect.why)
          break
        case 'hello':
          uplink.hello()
          break
        case 'send':
          uplink.batch(effect.lane, effect.first, effect.count)
          break
        case 'beat':
          uplink.beat(effect.n)
          break
        case 'applied':
          advanced = true
          break
        case 'regressed':
          this.syncStopped = effect.do
          logger.fatal(effect, 'the log lost records that central has: syncing stopped, replace the disk')
          break
        case 'rewound':
          this.syncStopped = effect.do
          logger.fatal('the log is an old copy of itself: syncing stopped, start with an empty data folder')
          break
        case 'forgotten':
          logger.error(effect, 'central lost records that it had acknowledged: restore its database')
          break
      }
    }
    if (advanced) this.#release()
    this.#arm()
  }

  uplinkInput(input: UplinkInput): void {
    if (!this.#stopped) this.perform(this.#of.core.uplinkInput(input, this.#of.nowMs()))
  }

  start(): void {
    this.#of.core.used(this.#of.log.usedBytes)
    this.perform(this.#of.core.wake(this.#of.nowMs(), this.#of.wallMs()))
  }

  /** Waits for the commit in progress; nothing is performed afterwards. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    let last: Promise<void>
    do {
      last = this.#committing
      await last
    } while (last !== this.#committing)
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #commit(records: LogRecord[]): Promise<void> {
    const { core, log, nowMs, wallMs, logger } = this.#of
    try {
      await log.append(records)
    } catch (error) {
      const full = isDiskFull(error)
      logger.error(
        { err: error, records: records.length },
        full ? 'the disk is full' : 'cannot write to the disk',
      )
      this.perform(core.commitFailed(full ? 'full' : 'broken'))
      return
    }
    core.used(log.usedBytes)
    this.perform(core.committed(nowMs(), wallMs()))
  }

  /** One at a time; what central takes meanwhile is released next, for it may be the last for long. */
  #release(): void {
    const { core, log, logger } = this.#of
    this.#releaseAgain = this.#releasing
    if (this.#releasing) return
    this.#releasing = true
    log
      .release(core.applied)
      .then(() => core.used(log.usedBytes))
      .catch((error) => logger.error({ err: error }, 'cannot remove an applied segment'))
      .finally(() => {
        this.#releasing = false
        if (this.#releaseAgain) this.#release()
      })
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const { core, nowMs, wallMs } = this.#of
    if (this.#stopped || !Number.isFinite(core.wakeAtMs)) return
    const delay = Math.max(0, core.wakeAtMs - nowMs())
    this.#timer = setTimeout(() => this.perform(core.wake(nowMs(), wallMs())), Math.ceil(delay))
  }
}

function refusalOf({ lane, seq, code, why }: Extract<PopEffect, { do: 'refuse' }>): Refusal {
  return { t: 'err', code, why, lane, seq }
}
