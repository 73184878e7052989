// A PoP's process in virtual time: the product's state machine, parts and log, and what its driver does to the world.
import { ChannelHistory } from '../../runtime/broker/channel-history.ts'
import { ChannelRules } from '../../runtime/broker/channel-rules.ts'
import { deliveryOf, StreamMessage } from '../../runtime/broker/message-frames.ts'
import { PopCore, type PopEffect } from '../../runtime/broker/pop-core.ts'
import { ReplayedHistory } from '../../runtime/broker/replayed-history.ts'
import { venueParts } from '../../runtime/features/venue-parts.ts'
import { DEFAULT_LIMITS } from '../../runtime/pop-config.ts'
import type { ClientFrame, PopFrame, Subscribe } from '../../runtime/protocol/session.ts'
import type { UplinkHello } from '../../runtime/protocol/uplink.ts'
import { Queries } from '../../runtime/queries/queries.ts'
import { StandingAggregates } from '../../runtime/queries/standing-aggregates.ts'
import { isDiskFull } from '../../runtime/queue/disk.ts'
import { type LogEntry, type LogRecord, type ShedRecord, streamOf } from '../../runtime/queue/record.ts'
import { SegmentLog, type ShedRequest } from '../../runtime/queue/segment-log.ts'
import { UPLINK_DEFAULTS } from '../../runtime/queue/uplink-options.ts'
import type { FollowerFrame } from '../../runtime/replica/wire.ts'
import type { EventQueue } from './event-queue.ts'
import { fail, type History } from './history.ts'
import type { Machine, ProcessDisk } from './machine.ts'
import { PopUplink, type PopUplinkOptions } from './pop-uplink.ts'
import { LeaderDoor, type ReplicaWire } from './replica-link.ts'
import type { Wire, WireEnd } from './wire.ts'

export type SessionWire = Wire<ClientFrame, PopFrame>

export interface PopSettings {
  paths: number
  segmentBytes: number
  queueBytesMax: number
  historyMessages: number
  /** A restart takes what the log holds for messages of somebody else. Breaks the rule of deduplication on purpose. */
  forgetsSeen?: boolean
  /** A PoP that takes a log over goes on as if it were the one before. Breaks the rule of terms on purpose. */
  keepsTerm?: boolean
}

/** Half of a minute's load of these runs: what may wait for the disk or be on its way. */
const ON_ITS_WAY_MAX = 2_000

export const CHANNELS = {
  room: { parts: 1 },
  stage: { parts: 2 },
  local: { parts: 1 },
} as const
const RULES = [
  { match: 'stage', partitions: CHANNELS.stage.parts, slow: [], upstream: 'all' as const, relay: true },
  { match: 'local', partitions: 1, slow: [], upstream: 'none' as const, relay: true },
]

/** As a PoP and the one that follows it make it; `log`: the identity of a new log. */
export function newCore(settings: PopSettings, log: string, random: () => number, term = 1) {
  const standing = new StandingAggregates([])
  const core = new PopCore({
    log,
    term,
    queueBytesMax: settings.queueBytesMax,
    uplink: { ...UPLINK_DEFAULTS, paths: settings.paths, batchRecords: 16 },
    channels: new ChannelRules(RULES),
    parts: [...venueParts(), standing, new Queries(standing)],
    random,
  })
  return core
}

export interface PopProcessOptions {
  queue: EventQueue
  random: () => number
  history: History
  machine: Machine
  settings: PopSettings
  /** Identity of a new log. */
  newLog: string
  /** It takes over the log that is there. */
  promoted: boolean
  uplink: Pick<PopUplinkOptions, 'connect'>
  /** It could not start, or came upon what it was not made for. */
  failed: (error: Error) => void
}

export class PopProcess {
  readonly core: PopCore
  readonly machine: Machine
  readonly #of: PopProcessOptions
  readonly #disk: ProcessDisk
  readonly #rules = new ChannelRules(RULES)
  readonly #channels: ChannelHistory
  readonly #sessions = new Map<string, SessionWire>()
  readonly #subscribers = new Map<string, Set<SessionWire>>()
  readonly #clients = new Map<SessionWire, string>()
  readonly #uplink: PopUplink
  #log: SegmentLog | null = null
  #door: LeaderDoor | null = null
  #dead = false
  #releasing = false
  #releaseAgain = false
  #wakePlannedMs = Number.POSITIVE_INFINITY
  /** Central takes nothing more of this log. */
  stopped: string | null = null

  constructor(options: PopProcessOptions) {
    this.#of = options
    this.machine = options.machine
    this.#disk = options.machine.open()
    const { settings, newLog, random, queue } = options
    const { term } = settings.keepsTerm ? { term: 1 } : options.machine.term
    this.core = newCore(settings, newLog, random, term)
    this.#channels = new ChannelHistory({
      messages: settings.historyMessages,
      bytes: 10 ** 6,
      seconds: 10 ** 9,
      totalBytes: 10 ** 7,
    })
    this.#uplink = new PopUplink({
      queue,
      connect: options.uplink.connect,
      hello: () => ({
        t: 'uplink',
        event: 'show',
        pop: 'hall',
        log: this.core.log,
        ...(!settings.keepsTerm && this.#inTerm()),
      }),
      read: (lane, first, count) => (this.#log as SegmentLog).read(lane, first, count),
      input: (input) => {
        if (!this.#dead) this.#perform(this.core.uplinkInput(input, queue.nowMs))
      },
      failed: options.failed,
    })
    this.#open().catch(options.failed)
  }

  get isUp(): boolean {
    return this.#log !== null && !this.#dead
  }

  /** Everything is at central, and nothing is under way. */
  get isDrained(): boolean {
    return this.isUp && this.core.uplink.backlog === 0
  }

  /** Kills it. What its disk was about to write has happened or not. */
  async die(): Promise<void> {
    this.#dead = true
    this.#uplink.close()
    await this.#disk.die()
  }

  /** Its sessions, for who tells them that it is gone. */
  get wires(): Iterable<SessionWire> {
    return this.#clients.keys()
  }

  accept(wireOf: (end: WireEnd<ClientFrame>) => SessionWire): SessionWire {
    const wire = wireOf({
      frame: (frame) => {
        if (!this.#dead) this.#frame(wire, frame)
      },
      closed: () => this.#gone(wire),
    })
    this.#clients.set(wire, '')
    return wire
  }

  acceptFollower(wireOf: (end: WireEnd<FollowerFrame>) => ReplicaWire): void {
    this.#door?.accept(wireOf)
  }

  async #open(): Promise<void> {
    const { settings, history, machine, queue } = this.#of
    const replayed = new ReplayedHistory({
      ...DEFAULT_LIMITS,
      historyMessages: settings.historyMessages,
      historySeconds: 10 ** 9,
    })
    this.#log = await SegmentLog.open(this.#disk, {
      segmentBytes: settings.segmentBytes,
      maxBytes: settings.queueBytesMax,
      onDamage: (damage) => fail(String(damage)),
      replay: (entry) => {
        this.core.replay(settings.forgetsSeen ? forgotten(entry) : entry)
        replayed.replay(entry)
        if ('message' in entry) history.logged(this.core.log, this.core.position, entry.message)
      },
      checkpoint: () => this.core.checkpoint(),
    })
    history.opened(this.core.log, this.core.position)
    if (this.#of.promoted) {
      const { position, lastLaneSeq: lanes } = this.core.checkpoint()
      machine.term.began = { position, lanes }
    }
    const { offsets, deliveries } = replayed.primer(machine.wallMs)
    this.#channels.restore(offsets)
    for (const delivery of deliveries)
      this.#channels.add(streamOf(delivery.ch, delivery.part), new StreamMessage(delivery))
    this.#used()
    this.#door = new LeaderDoor({
      queue,
      core: this.core,
      log: this.#log,
      term: machine.term,
      follows: (follows) => this.#perform(this.core.replica(follows)),
      replicated: (commit) => this.#perform(this.core.replicated(commit)),
      isAlive: () => !this.#dead,
      failed: this.#of.failed,
    })
    this.#perform(this.core.wake(queue.nowMs, machine.wallMs))
  }

  #inTerm(): Pick<UplinkHello, 'term' | 'began'> {
    const { term, began } = this.machine.term
    return { term, ...(began && { began: began.lanes }) }
  }

  #frame(wire: SessionWire, frame: ClientFrame): void {
    const client = this.#clients.get(wire)
    if (client === undefined) return
    const { queue, machine } = this.#of
    switch (frame.t) {
      case 'hello': {
        this.#sessions.get(frame.client)?.closeFromServer()
        this.#sessions.set(frame.client, wire)
        this.#clients.set(wire, frame.client)
        wire.down({ t: 'welcome', pop: 'hall', acked: this.core.greet(frame.client, frame.from) })
        break
      }
      case 'pub': {
        const { t: _, ack = 'disk', ...of } = frame
        const bytes = JSON.stringify(frame).length
        this.#perform(this.core.publish({ ...of, ack, client, t: machine.wallMs, bytes }))
        break
      }
      case 'sub':
        this.#subscribe(wire, frame)
        this.#perform(this.core.joined(client, frame.ch, queue.nowMs, machine.wallMs))
    }
  }

  #subscribe(wire: SessionWire, { ch, part, epoch, off }: Subscribe): void {
    const { partitions } = this.#rules.of(ch)
    const parts = partitions === 1 ? [undefined] : part === undefined ? [...Array(partitions).keys()] : [part]
    for (const one of parts) {
      const name = streamOf(ch, one)
      const stream = this.#channels.stream(name)
      this.#subscribers.set(name, (this.#subscribers.get(name) ?? new Set()).add(wire))
      const place = one === undefined ? { ch } : { ch, part: one }
      const resumes = epoch !== undefined && off !== undefined
      const recovered = !resumes || (epoch === this.core.epoch && stream.covers(off))
      wire.down({ t: 'subd', ...place, epoch: this.core.epoch, off: stream.last, recovered })
      if (!resumes || !recovered) continue
      for (let next = off + 1; next <= stream.last; next++)
        wire.down(JSON.parse((stream.at(next) as StreamMessage).text))
    }
  }

  #gone(wire: SessionWire): void {
    const client = this.#clients.get(wire)
    this.#clients.delete(wire)
    for (const subscribers of this.#subscribers.values()) subscribers.delete(wire)
    if (client !== undefined && this.#sessions.get(client) === wire) this.#sessions.delete(client)
  }

  #perform(effects: readonly PopEffect[]): void {
    if (this.#dead) return
    const { core } = this
    let advanced = false
    for (const effect of effects) {
      switch (effect.do) {
        case 'commit':
          this.#commit(effect.records, effect.commit).catch(this.#of.failed)
          break
        case 'shed':
          this.#shed(effect).catch(this.#of.failed)
          break
        case 'ack': {
          const { client, lane, seq, durable } = effect
          this.#sessions.get(client)?.down({ t: 'ack', lane, seq, durable })
          break
        }
        case 'refuse': {
          const { client, lane, seq, code, why } = effect
          this.#of.history.refuse(effect)
          this.#sessions.get(client)?.down({ t: 'err', code, why, lane, seq })
          break
        }
        case 'deliver':
          this.#deliver(effect.record)
          break
        case 'applied':
          advanced = true
          break
        case 'fenced':
          this.stopped = effect.do
          break
        case 'forgotten':
        case 'regressed':
        case 'rewound':
          fail(`${core.epoch}: ${JSON.stringify(effect)}`)
          break
        case 'connect':
        case 'disconnect':
        case 'hello':
        case 'send':
        case 'beat':
          this.#uplink.perform(effect)
      }
    }
    if (advanced) this.#release()
    this.#arm()
    const onItsWay = core.uplink.paths.reduce((sum, path) => sum + path.onItsWay.length, 0)
    if (onItsWay > ON_ITS_WAY_MAX) fail(`${onItsWay} batches are on their way`)
  }

  #deliver(record: LogRecord): void {
    const name = streamOf(record.ch, record.part)
    const delivery = deliveryOf(record)
    this.#channels.add(name, new StreamMessage(delivery))
    const frame: PopFrame = JSON.parse(delivery.text)
    for (const wire of this.#subscribers.get(name) ?? []) wire.down(frame)
  }

  async #commit(records: LogRecord[], commit: number): Promise<void> {
    const { history, machine, queue } = this.#of
    const { core } = this
    try {
      await (this.#log as SegmentLog).append(records)
    } catch (error) {
      this.#perform(core.commitFailed(isDiskFull(error) ? 'full' : 'broken'))
      return
    }
    for (const [i, record] of records.entries()) history.logged(core.log, core.position + i + 1, record)
    this.#used()
    this.#perform(core.committed(queue.nowMs, machine.wallMs))
    this.#door?.committed(commit, records)
  }

  async #shed(request: ShedRequest): Promise<void> {
    const log = this.#log as SegmentLog
    const gone = await log.shed(request).catch(ofDisk<ShedRecord[]>([]))
    this.core.shed(gone)
    this.#used()
  }

  #release(): void {
    this.#releaseAgain = this.#releasing
    if (this.#releasing) return
    this.#releasing = true
    const log = this.#log as SegmentLog
    const released = log.release(this.core.applied, this.machine.wallMs).catch(ofDisk<void>(undefined))
    released
      .then(() => {
        this.#used()
        this.#releasing = false
        if (this.#releaseAgain) this.#release()
      })
      .catch(this.#of.failed)
  }

  #used(): void {
    const log = this.#log as SegmentLog
    this.core.used(log.usedBytes, log.firstKept)
  }

  #arm(): void {
    const { queue, machine } = this.#of
    const atMs = this.core.wakeAtMs
    if (!Number.isFinite(atMs) || this.#wakePlannedMs <= atMs) return
    this.#wakePlannedMs = atMs
    queue.at(atMs, () => {
      if (this.#wakePlannedMs !== atMs) return
      this.#wakePlannedMs = Number.POSITIVE_INFINITY
      if (!this.#dead) this.#perform(this.core.wake(queue.nowMs, machine.wallMs))
    })
  }
}

/** `instead`, where the disk failed; the PoP says so in its log and goes on. */
function ofDisk<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'EIO' || isDiskFull(error)) return instead
    throw error
  }
}

function forgotten(entry: LogEntry): LogEntry {
  if (!('message' in entry)) return entry
  return { message: { ...entry.message, client: `${entry.message.client}-before` } }
}
