// A PoP under virtual time: the runtime's own state machine, with a modelled processor, disk and uplinks under it.
import { isOwn } from '../../runtime/broker/own-publishes.ts'
import type { PopCore, PopEffect, PublishInput } from '../../runtime/broker/pop-core.ts'
import { InternalError } from '../../runtime/errors.ts'
import { venueCore } from '../../runtime/pop/venue-core.ts'
import { LANES, type Lane } from '../../runtime/protocol/lanes.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import type { UplinkInput } from '../../runtime/queue/uplink-sync.ts'
import { type BeyondDisk, beyondDisk } from '../calibration/beyond-disk.ts'
import { cpuMsOf } from '../calibration/cpu-cost.ts'
import { quantile } from '../calibration/quantile-table.ts'
import { Fifo } from '../engine/fifo.ts'
import { frameBytes } from '../workload/frames.ts'
import { SUBSCRIBED } from '../workload/run-plan.ts'
import type { Applied, CentralConnection } from './central-node.ts'
import { logBytes } from './log-bytes.ts'
import { PopDeliveries } from './pop-deliveries.ts'
import { PopLog } from './pop-log.ts'
import type { PopNodeOptions } from './pop-node-options.ts'
import { uplinkBytes } from './uplink-bytes.ts'
import type { Connection, UplinkLink } from './uplink-link.ts'

/** Durable records that central has not applied, in order, and what each takes in the log. */
interface Unapplied {
  /** Lane sequence of the first one. */
  base: number
  records: Fifo<LogRecord>
  logBytes: Fifo<number>
}

interface Commit {
  records: LogRecord[]
  /** What follows it once it is durable: its acknowledgements, and its deliveries. */
  ackMs: number
  extraMs: number
}

export class PopNode {
  #core: PopCore
  readonly #log: PopLog | null
  #isDown = false
  /** Admissions and commits that belong to a process that was killed: what comes of their events is nothing. */
  readonly #dead = { admissions: 0, commits: 0 }
  readonly #of: PopNodeOptions
  /** By path: this end of the connection, and central's. */
  readonly #connections: (Connection | null)[]
  readonly #atCentral: readonly CentralConnection[]
  readonly #unapplied = new Map<Lane, Unapplied>()
  /** What waits for the event loop and for the disk: each in the order in which its event comes. */
  readonly #admissions = new Fifo<PublishInput>()
  readonly #commits = new Fifo<Commit>()
  readonly #onAdmission: number
  readonly #onCommitted: number
  readonly #deliveries: PopDeliveries
  readonly #onWake: number
  #logBytes = 0
  /** Of these, records that central never gets. */
  #keptBytes = 0
  /** When the newest commit is durable: commits end in the order in which they began. */
  #durableMs = 0
  /** Records made durable, and of these the ones that central never gets. */
  #committed = 0
  #kept = 0
  #wakePlannedMs = Number.POSITIVE_INFINITY
  /** What acknowledgements and deliveries take beyond the commit that is in progress. */
  #ackAfterMs = 0
  #deliveryExtraMs = 0
  readonly #beyondDisk: BeyondDisk

  constructor(options: PopNodeOptions) {
    this.#of = options
    const { clock } = options
    this.#beyondDisk = beyondDisk(options.calibration)
    this.#core = this.#newCore()
    this.#log = options.keepsLog
      ? new PopLog(options.config.queue.segmentBytes, () => this.#core.checkpoint())
      : null
    this.#connections = options.uplinks.map(() => null)
    this.#atCentral = options.uplinks.map((_, path) =>
      options.central.connection(options.name, (applied) => this.#appliedAtCentral(path, applied)),
    )
    this.#onAdmission = clock.handler(() => {
      const input = this.#admissions.shift()
      if (this.#dead.admissions > 0) this.#dead.admissions--
      else this.#admit(input)
    })
    this.#onCommitted = clock.handler(() => {
      const commit = this.#commits.shift()
      if (this.#dead.commits > 0) this.#dead.commits--
      else this.#durable(commit)
    })
    this.#deliveries = new PopDeliveries(options)
    this.#onWake = clock.handler(() => this.#wake())
    clock.invariant(() => this.#conserve())
    clock.invariant(() => options.processor.verify())
  }

  get core(): PopCore {
    return this.#core
  }

  #newCore(): PopCore {
    const { name, config, uplinks, random } = this.#of
    const options = { log: `twin-${name}`, paths: uplinks.length, documents: [], random: random.retry }
    return venueCore(config, options).core
  }

  /** `kill -9` or a power loss: what is not on disk is gone, and nobody is told. */
  kill(): void {
    this.#isDown = true
    this.#deliveries.kill()
    this.#dead.admissions = this.#admissions.size
    this.#dead.commits = this.#commits.size
    this.#wakePlannedMs = Number.POSITIVE_INFINITY
    for (const path of this.#of.uplinks.keys()) this.#disconnect(path)
  }

  /** The process runs again on what is on its disk, by the runtime's own recovery. */
  restart(): void {
    if (this.#log === null) throw new Error(`${this.#of.name} was started without a log to start from again`)
    this.#isDown = false
    this.#deliveries.revive()
    this.#core = this.#newCore()
    this.#log.replayInto(this.#core)
    this.#core.used(this.#logBytes)
    this.start()
    this.#deliveries.showMissed()
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

  /** A publish has arrived over its access link. `t`: now. */
  publish(input: PublishInput): void {
    if (this.#isDown) return
    const { clock, processor, calibration } = this.#of
    // Waiting only: the work itself is part of the calibrated residuals.
    const beginMs = processor.beginMain(calibration.cpu.publishMs)
    if (beginMs === clock.nowMs) {
      this.#admit(input)
      return
    }
    this.#admissions.push(input)
    clock.schedule(beginMs, this.#onAdmission)
  }

  #admit(input: PublishInput): void {
    input.t = this.#of.clock.nowMs
    this.#perform(this.core.publish(input))
  }

  #perform(effects: readonly PopEffect[]): void {
    const { clock, name } = this.#of
    for (const effect of effects) {
      switch (effect.do) {
        case 'commit':
          this.#commit(effect.records)
          break
        case 'ack':
          if (effect.durable === 'disk')
            this.#of.acked(effect.client, effect.lane, effect.seq, this.#ackAfterMs)
          break
        case 'refuse':
          this.#of.refused(effect.client, effect.lane, effect.seq)
          break
        case 'deliver':
          if (SUBSCRIBED.includes(effect.record.ch))
            this.#deliveries.push(effect.record, this.#deliveryExtraMs)
          break
        case 'shed':
          // Attendees of the workload are all told that their messages are on disk: there is nothing to let go.
          this.core.shed([])
          break
        case 'connect':
          this.#connect(effect.path)
          break
        case 'disconnect':
          this.#disconnect(effect.path)
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
    const { clock } = this.#of
    this.#wakePlannedMs = Math.max(atMs, clock.nowMs)
    clock.schedule(this.#wakePlannedMs, this.#onWake)
  }

  /** A wake that was planned and then planned for another time comes too, and is none. */
  #wake(): void {
    const { nowMs } = this.#of.clock
    if (this.#wakePlannedMs !== nowMs) return
    this.#wakePlannedMs = Number.POSITIVE_INFINITY
    this.#perform(this.core.wake(nowMs))
  }

  #connect(path: number): void {
    const link = this.#of.uplinks[path] as UplinkLink
    this.#disconnect(path)
    this.#connections[path] = link.connect(
      () => this.#uplink({ path, is: 'opened' }),
      () => {
        this.#atCentral[path]?.close()
        this.#uplink({ path, is: 'closed' })
      },
    )
  }

  #disconnect(path: number): void {
    this.#of.uplinks[path]?.disconnect()
    this.#atCentral[path]?.close()
    this.#connections[path] = null
  }

  #hello(path: number): void {
    const connection = this.#connections[path]
    connection?.toCentral(frameBytes.uplink.hello, () => {
      const watermarks = { ...this.#of.central.of(this.#of.name).watermarks }
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
    const { clock, calibration, random, disk } = this.#of
    const p = random.commit()
    if (disk) {
      const ackMs = quantile(this.#beyondDisk.ackMs, p)
      const extraMs = Math.max(ackMs, quantile(this.#beyondDisk.deliveryMs, p))
      this.#commits.push({ records, ackMs, extraMs })
      const bytes = records.reduce((sum, record) => sum + logBytes(record), 0)
      clock.schedule(disk.write(bytes), this.#onCommitted)
      return
    }
    const tookMs = quantile(calibration.ackServiceMs, p)
    const extraMs = Math.max(0, quantile(calibration.deliveryServiceMs, p) - tookMs)
    this.#durableMs = Math.max(this.#durableMs, clock.nowMs + tookMs)
    this.#commits.push({ records, ackMs: 0, extraMs })
    clock.schedule(this.#durableMs, this.#onCommitted)
  }

  #durable({ records, ackMs, extraMs }: Commit): void {
    this.#ackAfterMs = ackMs
    this.#deliveryExtraMs = extraMs
    this.#committed += records.length
    this.#log?.append(records)
    for (const record of records) {
      const bytes = logBytes(record)
      this.#logBytes += bytes
      if (record.laneSeq === 0) {
        this.#kept++
        this.#keptBytes += bytes
        this.#of.central.settled(record.client, record.lane).add(record.seq)
        continue
      }
      const waiting = this.#waiting(record)
      waiting.records.push(record)
      waiting.logBytes.push(bytes)
    }
    this.#perform(this.core.committed(this.#of.clock.nowMs))
    this.#ackAfterMs = 0
    this.#used()
  }

  #waiting({ lane, laneSeq }: LogRecord): Unapplied {
    let waiting = this.#unapplied.get(lane)
    if (!waiting) {
      waiting = { base: laneSeq, records: new Fifo(), logBytes: new Fifo() }
      this.#unapplied.set(lane, waiting)
    }
    return waiting
  }

  #send({ path, lane, first, count }: Extract<PopEffect, { do: 'send' }>): void {
    const connection = this.#connections[path]
    const waiting = this.#unapplied.get(lane)
    if (!connection || !waiting) return
    const records = waiting.records.slice(first - waiting.base, count)
    let bytes = frameBytes.uplink.batch
    for (const record of records) bytes += uplinkBytes(record, this.#of.calibration.uplinkBytesPerRecord)
    connection.toCentral(bytes, () => this.#atCentral[path]?.batch({ lane, first, records }))
  }

  /** A transaction has ended; the answer goes back by the connection that brought its batches. */
  #appliedAtCentral(path: number, { fresh, through, gaps, isOpen }: Applied): void {
    for (const record of fresh) if (!isOwn(record)) this.#of.synced(record)
    const connection = this.#connections[path]
    if (!isOpen || !connection) return
    const { applied } = frameBytes.uplink
    for (const lane of LANES) {
      const [last, expected] = [through[lane], gaps[lane]]
      if (last !== undefined)
        connection.toPop(applied, () => this.#uplink({ path, is: 'applied', lane, through: last }))
      if (expected !== undefined)
        connection.toPop(applied, () => this.#uplink({ path, is: 'gap', lane, expected }))
    }
  }

  #applied(lane: Lane, through: number): void {
    const waiting = this.#unapplied.get(lane)
    if (!waiting) return
    for (; waiting.base <= through; waiting.base++) {
      waiting.records.shift()
      this.#logBytes -= waiting.logBytes.shift()
    }
    this.#log?.release(this.core.applied)
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

  /** Every durable record is at central, waits for it, or stays here. */
  #conserve(): void {
    const { central, name } = this.#of
    const { applied, watermarks } = central.of(name)
    const { lanes, backlog } = this.core.uplink
    // What central has applied and not yet told of still counts as backlog here.
    const untold = LANES.reduce((sum, lane) => sum + watermarks[lane] - lanes[lane].applied, 0)
    if (this.#committed === applied + backlog - untold + this.#kept) return
    throw new InternalError(
      'MP_MESSAGES_LOST',
      `${name}: ${this.#committed} records are durable, ${applied} at central, ${backlog - untold} wait for it, ` +
        `${this.#kept} stay`,
    )
  }
}
