// The wire between a PoP and the one that follows it, as `ReplicaLeader` and `ReplicaFollower` speak it on sockets.
import type { PopCore } from '../../runtime/broker/pop-core.ts'
import type { Term } from '../../runtime/pop/term.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import type { SegmentLog } from '../../runtime/queue/segment-log.ts'
import { FollowerLog } from '../../runtime/replica/follower-log.ts'
import { type FeedEffect, ReplicaFeed } from '../../runtime/replica/replica-feed.ts'
import type { Follow, FollowerFrame, LeaderFrame } from '../../runtime/replica/wire.ts'
import type { EventQueue } from './event-queue.ts'
import { BrokenPromise, fail } from './history.ts'
import type { Machine, ProcessDisk } from './machine.ts'
import type { Wire, WireEnd } from './wire.ts'

export type ReplicaWire = Wire<FollowerFrame, LeaderFrame>

const BEAT_EVERY_MS = 1_000
const RETRY_MS = 500
/** Records that the leader may have waiting for its follower's answer. */
const BEHIND_MAX = 2_000

export interface LeaderDoorOptions {
  queue: EventQueue
  core: PopCore
  log: SegmentLog
  term: Term
  follows: (follows: boolean) => void
  replicated: (commit: number) => void
  isAlive: () => boolean
  failed: (error: Error) => void
}

/** The leader's end. */
export class LeaderDoor {
  readonly #of: LeaderDoorOptions
  readonly #feed = new ReplicaFeed()
  #wire: ReplicaWire | null = null

  constructor(options: LeaderDoorOptions) {
    this.#of = options
    this.#beat()
  }

  accept(wireOf: (end: WireEnd<FollowerFrame>) => ReplicaWire): void {
    const before = this.#wire
    this.#gone()
    before?.closeFromServer()
    const wire = wireOf({
      frame: (frame) => {
        if (this.#wire !== wire) return
        if (frame.t === 'synced') this.#perform(this.#feed.synced(frame.position))
        else this.#start(wire, frame).catch(this.#of.failed)
      },
      closed: () => {
        if (this.#wire === wire) this.#gone()
      },
    })
    this.#wire = wire
  }

  committed(commit: number, records: readonly LogRecord[]): void {
    const { core, queue } = this.#of
    this.#perform(this.#feed.committed(commit, core.position, false, queue.nowMs), records)
    if ((this.#feed.behind ?? 0) > BEHIND_MAX) fail(`the follower is ${this.#feed.behind} records behind`)
  }

  async #start(wire: ReplicaWire, { log, position, term: of }: Follow): Promise<void> {
    const { core, term, log: own } = this.#of
    // As `openReplicaDoor` decides it: what was written before this term began is part of this log.
    const isPart = of === term.term || position <= (term.began?.position ?? 0)
    const from = await own.feed.startAfter(log === core.log && isPart ? position : null)
    if (this.#wire !== wire) return
    const { checkpoint } = from
    wire.down({ t: 'start', log: core.log, term: term.term, ...(checkpoint && { checkpoint }) })
    this.#perform(this.#feed.connected(from.position, core.position))
  }

  #perform(effects: readonly FeedEffect[], records: readonly LogRecord[] = []): void {
    for (const effect of effects) {
      switch (effect.do) {
        case 'send':
          this.#wire?.down({
            t: 'entries',
            after: effect.after,
            entries: records.map((message) => ({ message })),
          })
          break
        case 'read':
          this.#read(this.#wire as ReplicaWire, effect.after).catch(this.#of.failed)
          break
        case 'follows':
          this.#of.follows(effect.follows)
          break
        case 'replicated':
          this.#of.replicated(effect.commit)
      }
    }
  }

  async #read(wire: ReplicaWire, after: number): Promise<void> {
    let position = after
    try {
      for await (const entries of this.#of.log.feed.entriesAfter(after)) {
        if (this.#wire !== wire) return
        wire.down({ t: 'entries', after: position, entries })
        position += entries.length
      }
    } catch (error) {
      // Segments go while they are read: the follower comes again and starts with a checkpoint.
      if (!/ENOENT|not kept/.test(String(error))) throw error
      wire.reset()
      return
    }
    if (this.#wire === wire) this.#perform(this.#feed.sent(position))
  }

  #beat(): void {
    const { queue, core, isAlive } = this.#of
    queue.after(BEAT_EVERY_MS, () => {
      if (!isAlive()) return
      this.#perform(this.#feed.wake(queue.nowMs))
      this.#wire?.down({ t: 'beat', applied: core.applied })
      this.#beat()
    })
  }

  #gone(): void {
    this.#wire = null
    this.#perform(this.#feed.disconnected())
  }
}

export interface FollowerOptions {
  queue: EventQueue
  machine: Machine
  newCore: () => PopCore
  log: { segmentBytes: number; maxBytes: number }
  /** The leader's door now, by a new connection; null where nobody answers. */
  connect: (end: WireEnd<LeaderFrame>) => ReplicaWire | null
  failed: (error: Error) => void
}

/** A process that follows. */
export class Follower {
  readonly #of: FollowerOptions
  readonly #disk: ProcessDisk
  #log: FollowerLog | null = null
  #wire: ReplicaWire | null = null
  #working: Promise<void> = Promise.resolve()
  #dead = false

  constructor(options: FollowerOptions) {
    this.#of = options
    this.#disk = options.machine.open()
    this.#open().catch(options.failed)
  }

  get log(): string | null {
    return this.#log?.log ?? null
  }

  get position(): number {
    return this.#log?.position ?? 0
  }

  /** It has read what its disk holds. */
  get isOpen(): boolean {
    return this.#log !== null
  }

  async die(): Promise<void> {
    this.#dead = true
    const wire = this.#wire
    this.#wire = null
    wire?.closeFromClient()
    await this.#disk.die()
  }

  async #open(): Promise<void> {
    const { log, newCore } = this.#of
    this.#log = await FollowerLog.open({ ...log, disk: this.#disk, newCore })
    this.#connect()
  }

  #connect(): void {
    if (this.#dead) return
    const wire = this.#of.connect({
      frame: (frame) => {
        if (this.#wire !== wire || !wire) return
        this.#working = this.#working
          .then(async () => {
            if (this.#wire === wire) await this.#take(wire, frame)
          })
          .catch((error: Error) => this.#failed(wire, error))
      },
      closed: () => {
        if (this.#wire === wire) this.#retry()
      },
    })
    this.#wire = wire
    const { machine } = this.#of
    if (wire)
      wire.up({
        t: 'follow',
        event: 'show',
        pop: 'hall',
        log: this.log,
        position: this.position,
        term: machine.term.term,
      })
    else this.#retry()
  }

  async #take(wire: ReplicaWire, frame: LeaderFrame): Promise<void> {
    const log = this.#log as FollowerLog
    const { machine } = this.#of
    if (frame.t === 'start') {
      machine.term = { term: frame.term, copy: true }
      if (frame.checkpoint) await log.restart(frame.checkpoint)
      else if (frame.log !== log.log) fail('the leader goes on with another log')
    } else if (frame.t === 'entries') {
      if (frame.after !== log.position)
        throw new Error(`entries after ${frame.after} came at ${log.position}`)
      await log.append(frame.entries)
    } else if (frame.t === 'beat') {
      await log.release(frame.applied, machine.wallMs)
    }
    if (this.#wire === wire) wire.up({ t: 'synced', position: log.position })
  }

  #failed(wire: ReplicaWire, error: Error): void {
    if (error instanceof BrokenPromise) this.#of.failed(error)
    if (this.#wire !== wire) return
    wire.reset()
    this.#retry()
  }

  #retry(): void {
    this.#wire = null
    if (!this.#dead) this.#of.queue.after(RETRY_MS, () => this.#connect())
  }
}
