// Performs what the PoP's state machine decides: on the log, the sessions, the uplinks, the replica and one timer.
import type { Logger } from 'pino'
import type { PopCore, PopEffect } from '../broker/pop-core.ts'
import type { SessionRouter } from '../broker/session-router.ts'
import type { Refusal } from '../protocol/session.ts'
import { isDiskFull } from '../queue/disk.ts'
import type { LogRecord } from '../queue/record.ts'
import type { SegmentLog, ShedRequest } from '../queue/segment-log.ts'
import type { UplinkInput } from '../queue/uplink-sync.ts'
import type { ReplicaLeader } from '../replica/replica-leader.ts'
import type { ShowDesk } from './show-desk.ts'
import type { Uplinks } from './uplinks.ts'

export interface Driven {
  core: PopCore
  log: SegmentLog
  sessions: SessionRouter
  desk: ShowDesk
  nowMs: () => number
  /** ms since the Unix epoch. */
  wallMs: () => number
  /** Another PoP writes this log now. */
  fenced: () => void
  logger: Logger
}

/** Why this log is not synced any more, though central may be there. */
export type SyncStopped = 'regressed' | 'rewound' | 'fenced'

const WHY_STOPPED: Record<SyncStopped, string> = {
  regressed: 'the log lost records that central has: syncing stopped, replace the disk',
  rewound: 'the log is an old copy of itself: syncing stopped, start with an empty data folder',
  fenced: 'another PoP has taken this log over: this one takes nothing more and sends its sessions away',
}

export class CoreDriver {
  readonly #of: Driven
  #uplinks: Uplinks | null = null
  #replica: ReplicaLeader | null = null
  #timer: NodeJS.Timeout | undefined
  #committing: Promise<void> = Promise.resolve()
  #shedding: Promise<void> = Promise.resolve()
  #releasing = false
  #releaseAgain = false
  #stopped = false
  /** Null while the log is synced. */
  syncStopped: SyncStopped | null = null

  constructor(driven: Driven) {
    this.#of = driven
  }

  /** From here on effects are performed in time too. */
  start(uplinks: Uplinks, replica: ReplicaLeader | null): void {
    this.#uplinks = uplinks
    this.#replica = replica
    this.#used()
    uplinks.start()
    this.perform(this.#of.core.wake(this.#of.nowMs(), this.#of.wallMs()))
  }

  perform(effects: readonly PopEffect[]): void {
    const { sessions, desk, logger } = this.#of
    let advanced = false
    for (const effect of effects) {
      switch (effect.do) {
        case 'commit':
          this.#committing = this.#commit(effect.records, effect.commit)
          break
        case 'shed':
          this.#shedding = this.#shed(effect)
          break
        case 'ack':
          sessions.ack(effect.client, effect.lane, effect.seq, effect.durable)
          break
        case 'refuse':
          sessions.tellClient(effect.client, refusalOf(effect))
          break
        case 'deliver':
          sessions.deliver(effect.record)
          desk.delivered(effect.record)
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
        case 'relayed':
          this.#uplinks?.relayed(effect.position, effect.taken)
          break
        case 'applied':
          advanced = true
          break
        case 'regressed':
        case 'rewound':
        case 'fenced':
          this.syncStopped = effect.do
          logger.fatal(effect, WHY_STOPPED[effect.do])
          if (effect.do === 'fenced') this.#of.fenced()
          break
        case 'refill':
          logger.warn(effect, 'central lost records that it had acknowledged: they are sent again')
          break
        case 'forgotten':
          logger.error(effect, 'central lost records that are not here any more: restore its database')
          break
        default:
          this.#uplinks?.perform(effect)
      }
    }
    if (advanced) this.#release()
    this.#uplinks?.observe()
    this.#arm()
  }

  uplinkInput(input: UplinkInput): void {
    if (!this.#stopped) this.perform(this.#of.core.uplinkInput(input, this.#of.nowMs()))
  }

  /** What parts of the PoP want, and what other PoPs relay; nothing of it once the driver stops. */
  take(effects: () => readonly PopEffect[]): void {
    if (!this.#stopped) this.perform(effects())
  }

  /** Takes nothing new from here on, and waits until the disk has what was taken before. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    let last: Promise<void>
    do {
      last = this.#committing
      await Promise.all([last, this.#shedding])
    } while (last !== this.#committing)
  }

  async #commit(records: LogRecord[], commit: number): Promise<void> {
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
    this.#used()
    this.perform(core.committed(nowMs(), wallMs()))
    this.#replica?.committed(
      commit,
      records.map((message) => ({ message })),
    )
  }

  /** The core waits for the answer before it asks again. */
  async #shed(request: ShedRequest): Promise<void> {
    const { core, log, logger } = this.#of
    try {
      const gone = await log.shed(request)
      if (gone.length > 0)
        logger.warn({ records: gone.length }, 'the queue let go what was not on disk for good')
      core.shed(gone)
    } catch (error) {
      logger.error({ err: error }, 'cannot make room in the queue')
      core.shed([])
    }
    this.#used()
  }

  /** One at a time; what central takes meanwhile is released next, for it may be the last for long. */
  #release(): void {
    const { core, log, wallMs, logger } = this.#of
    this.#releaseAgain = this.#releasing
    if (this.#releasing || this.#stopped) return
    this.#releasing = true
    log
      .release(core.applied, wallMs())
      .then(() => this.#used())
      .catch((error) => logger.error({ err: error }, 'cannot remove an applied segment'))
      .finally(() => {
        this.#releasing = false
        if (this.#releaseAgain) this.#release()
      })
  }

  #used(): void {
    const { core, log } = this.#of
    core.used(log.usedBytes, log.firstKept)
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const { core, nowMs, wallMs } = this.#of
    if (this.#stopped || this.#uplinks === null || !Number.isFinite(core.wakeAtMs)) return
    const delay = Math.max(0, core.wakeAtMs - nowMs())
    this.#timer = setTimeout(() => this.perform(core.wake(nowMs(), wallMs())), Math.ceil(delay))
  }
}

function refusalOf({ lane, seq, code, why }: Extract<PopEffect, { do: 'refuse' }>): Refusal {
  return { t: 'err', code, why, lane, seq }
}
