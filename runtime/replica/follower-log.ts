// The follower's copy of a log: appended to as the leader says, opened with the state that a PoP opens it with.
import type { PopCore } from '../broker/pop-core.ts'
import type { Lane } from '../protocol/lanes.ts'
import { type Disk, isDiskFull } from '../queue/disk.ts'
import type { FedEntry } from '../queue/log-feed.ts'
import type { Checkpoint } from '../queue/record.ts'
import { SegmentLog, type SegmentLogOptions } from '../queue/segment-log.ts'

export interface FollowerLogOptions extends Omit<SegmentLogOptions, 'replay' | 'checkpoint'> {
  disk: Disk
  /** As the PoP itself makes it: the log's checkpoints are those of its state. */
  newCore: () => PopCore
}

export class FollowerLog {
  readonly #options: FollowerLogOptions
  #core: PopCore
  #log: SegmentLog | null = null
  /** Of a disk that failed, and was not full: what a later write says of itself is not to be believed. */
  #failure: Error | null = null

  private constructor(options: FollowerLogOptions) {
    this.#options = options
    this.#core = options.newCore()
  }

  /** Opens what is there. Errors: those of `SegmentLog.open`. */
  static async open(options: FollowerLogOptions): Promise<FollowerLog> {
    const log = new FollowerLog(options)
    if ((await options.disk.list()).length > 0) await log.#open()
    return log
  }

  /** Identity of the log; null before the first start. */
  get log(): string | null {
    return this.#log ? this.#core.log : null
  }

  get position(): number {
    return this.#log ? this.#core.position : 0
  }

  /** Throws away what is there and begins with `checkpoint`. */
  async restart(checkpoint: Checkpoint): Promise<void> {
    await this.close()
    const { disk, newCore } = this.#options
    // The newest first: what is left of a crash in between still begins with a checkpoint and has no hole.
    for (const name of (await disk.list()).reverse()) await disk.remove(name)
    this.#core = newCore()
    this.#core.replay({ checkpoint })
    await this.#open(false)
  }

  /** Returns once `entries` survive a power cut here. After a failed disk it throws until the log is opened again. */
  async append(entries: readonly FedEntry[]): Promise<void> {
    const log = this.#log
    if (!log) throw new Error('nothing was started')
    if (this.#failure) throw this.#failure
    try {
      await log.append(entries.map((entry) => ('shed' in entry ? entry.shed : entry.message)))
    } catch (error) {
      if (!isDiskFull(error)) this.#failure = error as Error
      throw error
    }
    for (const entry of entries) this.#core.replay(entry)
  }

  /** Lets go what central has. */
  async release(applied: Partial<Record<Lane, number>>, tMs: number): Promise<void> {
    if (!this.#log) return
    this.#core.centralHas(applied)
    await this.#log.release(this.#core.applied, tMs)
  }

  async close(): Promise<void> {
    await this.#log?.close()
    this.#log = null
  }

  async #open(replay = true): Promise<void> {
    const { disk, newCore: _, ...options } = this.#options
    this.#log = await SegmentLog.open(disk, {
      ...options,
      replay: (entry) => {
        if (replay) this.#core.replay(entry)
      },
      checkpoint: () => this.#core.checkpoint(),
    })
  }
}
