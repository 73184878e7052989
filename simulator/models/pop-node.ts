// A PoP under virtual time: the runtime's own state machine, with a modelled processor, disk and uplinks under it.
import { isOwn } from '../../runtime/broker/own-publishes.ts'
import type { PopCore, PopEffect, PublishInput } from '../../runtime/broker/pop-core.ts'
import { venueCore } from '../../runtime/pop/venue-core.ts'
import type { PopConfig } from '../../runtime/pop-config.ts'
import { LANES, type Lane } from '../../runtime/protocol/lanes.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import { uplinkRecord } from '../../runtime/queue/uplink-record.ts'
import type { UplinkInput } from '../../runtime/queue/uplink-sync.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { cpuMsOf } from '../calibration/cpu-cost.ts'
import { quantile } from '../calibration/quantile-table.ts'
import type { EventQueue } from '../engine/event-queue.ts'
import type { Random } from '../engine/random.ts'
import { frameBytes } from '../workload/frames.ts'
import { SUBSCRIBED } from '../workload/run-plan.ts'
import type { CentralNode } from './central-node.ts'
import { logBytes, SOME_DAY_MS } from './log-bytes.ts'
import type { Processor } from './processor.ts'
import type { Connection, UplinkLink } from './uplink-link.ts'

/** As long as what a PoP calls itself: `@` and the identity of its log. */
const SOME_OWN_CLIENT = `@${'0'.repeat(36)}`

export interface PopNodeOptions {
  name: string
  clock: EventQueue
  central: CentralNode
  /** Its ways to central, the first one first. */
  uplinks: readonly UplinkLink[]
  calibration: Calibration
  processor: Processor
  /** As the PoP that runs at the show has it. */
  config: PopConfig
  random: { retry: Random; commit: Random }
  /** A publish was acknowledged `disk` now. */
  acked: (client: string, lane: Lane, seq: number) => void
  /** A message leaves towards all subscribers now; `extraMs` is what delivery takes beyond the acknowledgement. */
  deliver: (record: LogRecord, extraMs: number) => void
  refused: (client: string, lane: Lane, seq: number) => void
  /** Central has committed this record of an attendee now. */
  synced: (record: LogRecord) => void
  subscribers: () => number
}

export class PopNode {
  readonly core: PopCore
  readonly #of: PopNodeOptions
  /** By path. */
  readonly #connections: (Connection | null)[]
  /** Records not yet applied, per lane; `base` is the lane sequence of the first one. */
  readonly #unapplied = new Map<Lane, { base: number; records: LogRecord[] }>()
  /** Highest record of each lane that central has told of: by a second path it tells again. */
  readonly #synced = Object.fromEntries(LANES.map((lane) => [lane, 0])) as Record<Lane, number>
  #logBytes = 0
  /** Of these, records that central never gets. */
  #keptBytes = 0
  /** When the newest commit is durable: commits end in the order in which they began. */
  #durableMs = 0
  #wakePlannedMs = Number.POSITIVE_INFINITY
  /** What delivery takes beyond the acknowledgement, for the commit in progress. */
  #deliveryExtraMs = 0

  constructor(options: PopNodeOptions) {
    this.#of = options
    this.core = venueCore(options.config, {
      log: `twin-${options.name}`,
      paths: options.uplinks.length,
      documents: [],
      random: options.random.retry,
    }).core
    this.#connections = options.uplinks.map(() => null)
  }

  /** Processor time of `overMs` of the show. */
  cpuMs(overMs: number): number {
    const { calibration, processor } = this.#of
    const idleMs = cpuMsOf(calibration.cpu, { overMs, joins: 0, pages: 0, publishes: 0, deliveries: 0 })
    return processor.busyMs + idleMs / processor.speed
  }

  /** A session connects, for the first time or again; returns when it is welcome. */
  join(): number {
    return this.#of.processor.sessions(this.#of.calibration.cpu.joinMs)
  }

  /** A page with its images is asked for; returns what it takes longer than on the measured machine, ms. */
  page(): number {
    return this.#of.processor.background(this.#of.calibration.cpu.pageMs)
  }

  start(): void {
    this.#perform(this.core.wake(this.#of.clock.nowMs))
  }

  /** A publish has arrived over its access link. */
  publish(input: Omit<PublishInput, 't'>): void {
    const { clock, processor, calibration } = this.#of
    const { publishMs } = calibration.cpu
    // Waiting only: the work itself is part of the calibrated residuals.
    clock.at(processor.beginMain(publishMs), () =>
      this.#perform(this.core.publish({ ...input, t: clock.nowMs })),
    )
  }

  #perform(effects: readonly PopEffect[]): void {
    const { clock, uplinks, name } = this.#of
    for (const effect of effects) {
      switch (effect.do) {
        case 'commit':
          this.#commit(effect.records)
          break
        case 'ack':
          if (effect.durable === 'disk') this.#of.acked(effect.client, effect.lane, effect.seq)
          break
        case 'refuse':
          this.#of.refused(effect.client, effect.lane, effect.seq)
          break
        case 'deliver':
          if (SUBSCRIBED.includes(effect.record.ch)) this.#deliver(effect.record)
          break
        case 'shed':
          // Attendees of the workload are all told that their messages are on disk: there is nothing to let go.
          this.core.shed([])
          break
        case 'connect':
          this.#connect(effect.path)
          break
        case 'disconnect':
          uplinks[effect.path]?.disconnect()
          this.#connections[effect.path] = null
          break
        case 'hello':
          this.#hello(effect.path)
          break
        case 'send':
          this.#send(effect)
          break
        case 'beat':
          this.#beat(effect.path, effect.n)
          break
        case 'applied':
          this.#applied(effect.lane, effect.through)
          break
        case 'regressed':
        case 'rewound':
        case 'fenced':
        case 'refill':
        case 'forgotten':
          throw new Error(`${effect.do}: central and the log of ${name} disagree, a defect of the model`)
      }
    }
    const { wakeAtMs } = this.core
    if (wakeAtMs < this.#wakePlannedMs || this.#wakePlannedMs <= clock.nowMs) this.#planWake(wakeAtMs)
  }

  #planWake(atMs: number): void {
    if (!Number.isFinite(atMs)) return
    this.#wakePlannedMs = atMs
    this.#of.clock.at(atMs, () => {
      if (this.#wakePlannedMs !== atMs) return
      this.#wakePlannedMs = Number.POSITIVE_INFINITY
      this.#perform(this.core.wake(this.#of.clock.nowMs))
    })
  }

  #connect(path: number): void {
    const link = this.#of.uplinks[path] as UplinkLink
    this.#connections[path] = link.connect(
      () => this.#uplink({ path, is: 'opened' }),
      () => this.#uplink({ path, is: 'closed' }),
    )
  }

  #hello(path: number): void {
    const connection = this.#connections[path]
    connection?.toCentral(frameBytes.uplink.hello, () => {
      const watermarks = { ...this.#of.central.watermarks(this.#of.name) }
      connection.toPop(frameBytes.uplink.ready, () => this.#uplink({ path, is: 'ready', watermarks }))
    })
  }

  #beat(path: number, n: number): void {
    const connection = this.#connections[path]
    connection?.toCentral(frameBytes.uplink.beat, () =>
      connection.toPop(frameBytes.uplink.beat, () => this.#uplink({ path, is: 'beat', n })),
    )
  }

  #uplink(input: UplinkInput): void {
    this.#perform(this.core.uplinkInput(input, this.#of.clock.nowMs))
  }

  #commit(records: LogRecord[]): void {
    const { clock, calibration, random } = this.#of
    const p = random.commit()
    const tookMs = quantile(calibration.ackServiceMs, p)
    const extraMs = Math.max(0, quantile(calibration.deliveryServiceMs, p) - tookMs)
    this.#durableMs = Math.max(this.#durableMs, clock.nowMs + tookMs)
    clock.at(this.#durableMs, () => {
      this.#deliveryExtraMs = extraMs
      for (const record of records) {
        const bytes = logBytes(record)
        this.#logBytes += bytes
        if (record.laneSeq === 0) {
          this.#keptBytes += bytes
          continue
        }
        const lane = this.#unapplied.get(record.lane) ?? { base: record.laneSeq, records: [] }
        lane.records.push(record)
        this.#unapplied.set(record.lane, lane)
      }
      this.#perform(this.core.committed(clock.nowMs))
      this.#used()
    })
  }

  #deliver(record: LogRecord): void {
    const subscribers = this.#of.subscribers()
    const extraMs = this.#deliveryExtraMs
    const { processor, calibration } = this.#of
    const startMs = processor.beginSessions(calibration.cpu.deliveryMs * subscribers)
    this.#of.clock.at(startMs, () => this.#of.deliver(record, extraMs))
  }

  #send({ path, lane, first, count }: Extract<PopEffect, { do: 'send' }>): void {
    const connection = this.#connections[path]
    const waiting = this.#unapplied.get(lane)
    if (!connection || !waiting) return
    const from = first - waiting.base
    const records = waiting.records.slice(from, from + count)
    const bytes = frameBytes.uplink.batch + sum(records.map((record) => this.#uplinkBytes(record)))
    connection.toCentral(bytes, () => {
      this.#of.central.batch(this.#of.name, lane, first, records, (answer) => {
        if (answer.is === 'applied') this.#syncedNow(lane, records)
        connection.toPop(frameBytes.uplink.applied, () => this.#uplink({ path, ...answer, lane }))
      })
    })
  }

  /** In a batch, its comma included. What the PoP itself publishes is as long as what it tells. */
  #uplinkBytes(record: LogRecord): number {
    const { part } = record
    const partBytes = part === undefined ? 0 : `,"part":${part}`.length
    if (!isOwn(record)) return this.#of.calibration.uplinkBytesPerRecord + partBytes
    const sent = { ...record, client: SOME_OWN_CLIENT, at: SOME_DAY_MS, t: SOME_DAY_MS }
    return JSON.stringify(uplinkRecord(sent)).length + 1
  }

  #syncedNow(lane: Lane, records: readonly LogRecord[]): void {
    for (const record of records) {
      if (record.laneSeq > this.#synced[lane] && !isOwn(record)) this.#of.synced(record)
    }
    this.#synced[lane] = Math.max(this.#synced[lane], records.at(-1)?.laneSeq ?? 0)
  }

  #applied(lane: Lane, through: number): void {
    const waiting = this.#unapplied.get(lane)
    if (!waiting) return
    const gone = waiting.records.splice(0, through - waiting.base + 1)
    waiting.base += gone.length
    for (const record of gone) this.#logBytes -= logBytes(record)
    this.#used()
  }

  /** What stays here leaves the log with the records around it: when central has all that it is to have. */
  #used(): void {
    if (this.core.uplink.backlog === 0) {
      this.#logBytes -= this.#keptBytes
      this.#keptBytes = 0
    }
    this.core.used(this.#logBytes)
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
