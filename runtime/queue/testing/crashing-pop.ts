// A PoP's state machine and log on a modelled disk, with its clients and central around it, through power cuts.
//
// The clients and central outlive the PoP, as they do at a venue, and hold it to what it told them: they throw
// where an acknowledged message is gone, an offset changes its meaning, or a lane's number is given out twice.
import { PopCore, type PopEffect, type PublishInput } from '../../broker/pop-core.ts'
import { continueFrom } from '../../central/continuation.ts'
import { type Durability, LANES, type Lane } from '../../protocol/lanes.ts'
import { isDiskFull } from '../disk.ts'
import { isSheddable, type LogRecord } from '../record.ts'
import { SegmentLog, type ShedRequest } from '../segment-log.ts'
import type { UplinkInput } from '../uplink-sync.ts'
import { type ModelledDisk, PowerCut } from './modelled-disk.ts'

export type Step =
  | { do: 'publish'; client: string; lane: Lane; ch: string; ack: Durability; size: number }
  /** Waits until the disk is idle. */
  | { do: 'settle' }
  /** Lets the uplink work for a while. */
  | { do: 'sync' }
  | { do: 'uplink'; up: boolean }

const SEGMENT_BYTES = 1_500
/** Some dozens of `sync` steps. */
const QUEUE_AGE_S = 30
/** More turns than any backlog of these tests needs. */
const TURNS_MAX = 2_000

function identity({ client, lane, seq }: { client: string; lane: Lane; seq: number }): string {
  return `${client}/${lane}/${seq}`
}

/** What the world outside the PoP knows: it survives every power cut. */
export class World {
  uplinkUp = true
  nowMs = 0
  /** The wall clock, which may step anywhere. */
  wallMs = 0
  boots = 0
  queueBytesMax = 10 ** 9
  /** Records that came to central without their content. */
  shedAtCentral = 0
  /** Commits that began while another one was in flight. */
  overlapped = 0
  readonly outbox = new Map<string, PublishInput>()
  readonly acknowledged = new Map<string, { publish: PublishInput; durable: Durability }>()
  /** Per epoch and channel, which message an offset was. */
  readonly offsets = new Map<string, string>()
  /** Per log, lane and number, whether the record may lose its content. */
  readonly sheddable = new Map<string, boolean>()
  /** Per log and lane, the messages that central applied, in order; null where the content was shed. */
  readonly central = new Map<string, (string | null)[]>()
  readonly #seqs = new Map<string, number>()

  publish({ client, lane, ch, ack, size }: Extract<Step, { do: 'publish' }>): PublishInput {
    const seq = (this.#seqs.get(`${client}/${lane}`) ?? 0) + 1
    this.#seqs.set(`${client}/${lane}`, seq)
    const publish = {
      client,
      lane,
      seq,
      ch,
      at: 0,
      t: this.wallMs,
      ack,
      body: 'x'.repeat(size),
      bytes: size + 90,
    }
    this.outbox.set(identity(publish), publish)
    return publish
  }

  ack(id: string, durable: Durability): void {
    const publish = this.outbox.get(id)
    if (!publish) return
    if (publish.ack === 'central' && durable !== 'central') throw new Error(`${id} waits for central`)
    this.outbox.delete(id)
    this.acknowledged.set(id, { publish, durable })
  }

  offsetIs(epoch: string, { ch, off, ...of }: LogRecord): void {
    const at = `${epoch} ${ch} ${off}`
    const id = identity(of)
    const before = this.offsets.get(at)
    if (before !== undefined && before !== id) throw new Error(`offset ${at} was ${before} and is ${id}`)
    this.offsets.set(at, id)
  }

  lane(log: string, lane: Lane): (string | null)[] {
    const key = `${log} ${lane}`
    const applied = this.central.get(key) ?? []
    this.central.set(key, applied)
    return applied
  }

  logged(log: string, records: readonly LogRecord[]): void {
    for (const record of records) {
      this.sheddable.set(`${log} ${record.lane} ${record.laneSeq}`, isSheddable(record))
    }
  }

  batch(log: string, lane: Lane, first: number, records: readonly (LogRecord | null)[]): UplinkInput {
    const applied = this.lane(log, lane)
    const next = continueFrom(applied.length, first, records.length)
    if (next.is === 'gap') return { is: 'gap', lane, expected: next.expected }
    for (const [i, record] of records.entries()) {
      const laneSeq = first + i
      if (record === null) {
        if (!this.sheddable.get(`${log} ${lane} ${laneSeq}`))
          throw new Error(`record ${laneSeq} of ${lane} was shed`)
        if (applied[laneSeq - 1] === undefined) {
          applied[laneSeq - 1] = null
          this.shedAtCentral++
        }
        continue
      }
      if (record.laneSeq !== laneSeq)
        throw new Error(`record ${record.laneSeq} of ${lane} sent as ${laneSeq}`)
      const before = applied[laneSeq - 1]
      if (before !== undefined && before !== null && before !== identity(record)) {
        throw new Error(`record ${laneSeq} of ${lane} was ${before} and is ${identity(record)}`)
      }
      applied[laneSeq - 1] = identity(record)
    }
    return { is: 'applied', lane, through: applied.length }
  }

  /** Every message that central has, over all logs; the same one under two numbers appears twice. */
  messagesAtCentral(): string[] {
    return [...this.central.values()].flat().filter((id) => id !== null)
  }
}

export class CrashingPop {
  readonly world: World
  readonly core: PopCore
  /** Identities found in the log when it was opened. */
  readonly replayed: string[] = []
  #log: SegmentLog | null = null
  #idle: Promise<unknown> = Promise.resolve()
  #inFlight = 0
  #shedding: Promise<unknown> = Promise.resolve()
  #sends: Extract<PopEffect, { do: 'send' }>[] = []
  #inbox: UplinkInput[] = []

  private constructor(world: World) {
    this.world = world
    this.core = new PopCore({
      log: `log-${++world.boots}`,
      queueBytesMax: world.queueBytesMax,
      queueMaxAgeS: QUEUE_AGE_S,
      // As soon as one publish waits, so that most commits of a run have another one in flight behind them.
      commitsInFlight: 2,
      aheadRecordsMin: 1,
      random: () => 0.5,
    })
  }

  /** Starts on what `disk` holds. Throws what the disk throws, PowerCut too. */
  static async boot(disk: ModelledDisk, world: World): Promise<CrashingPop> {
    const pop = new CrashingPop(world)
    pop.#log = await SegmentLog.open(disk, {
      segmentBytes: SEGMENT_BYTES,
      maxBytes: world.queueBytesMax,
      maxAgeS: QUEUE_AGE_S,
      checkpoint: () => pop.core.checkpoint(),
      replay: (entry) => {
        pop.core.replay(entry)
        if ('checkpoint' in entry) return
        pop.replayed.push(identity('shed' in entry ? entry.shed : entry.message))
        if ('message' in entry) world.offsetIs(pop.core.epoch, entry.message)
      },
    })
    return pop
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'publish':
        this.#perform(this.core.publish(this.world.publish(step)))
        break
      case 'settle':
        await this.#settle()
        break
      case 'sync':
        this.world.nowMs += 1_000
        this.world.wallMs += 1_000
        await this.#sync()
        break
      case 'uplink':
        this.world.uplinkUp = step.up
        if (!step.up) this.#perform(this.core.uplinkInput({ is: 'closed' }, this.world.nowMs))
    }
  }

  /** Ends the process: what is in progress on the disk belongs to it. */
  async stop(): Promise<void> {
    await this.#settle()
    await this.#log?.close().catch((error) => {
      if (!(error instanceof PowerCut)) throw error
    })
  }

  /** A client sends again what it has no answer for, as after a reconnect. */
  resend(publish: PublishInput): void {
    this.#perform(this.core.publish(publish))
  }

  /** Lets disk and uplink work until central has everything. */
  async drain(): Promise<void> {
    this.world.uplinkUp = true
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      await this.#settle()
      if (this.core.uplink.backlog === 0) return
      await this.take({ do: 'sync' })
    }
    throw new Error(`${this.core.uplink.backlog} records wait for central after ${TURNS_MAX} turns`)
  }

  #perform(effects: readonly PopEffect[]): void {
    const { world, core } = this
    for (const effect of effects) {
      switch (effect.do) {
        case 'commit':
          this.#idle = this.#commit(effect.records)
          break
        case 'shed':
          this.#shedding = this.#shed(effect)
          break
        case 'ack':
          world.ack(identity(effect), effect.durable)
          break
        case 'deliver':
          world.offsetIs(core.epoch, effect.record)
          break
        case 'connect':
          this.#sends = []
          this.#inbox = [world.uplinkUp ? { is: 'opened' } : { is: 'closed' }]
          break
        case 'disconnect':
          this.#sends = []
          this.#inbox = []
          break
        case 'hello':
          this.#inbox.push({ is: 'ready', watermarks: this.#watermarks() })
          break
        case 'send':
          this.#sends.push(effect)
          break
        case 'regressed':
        case 'rewound':
        case 'forgotten':
          throw new Error(`${effect.do}: ${JSON.stringify(effect)}`)
      }
    }
  }

  async #commit(records: LogRecord[]): Promise<void> {
    const log = this.#log as SegmentLog
    if (this.#inFlight++ > 0) this.world.overlapped++
    try {
      await log.append(records)
    } catch (error) {
      this.#inFlight--
      this.#perform(this.core.commitFailed(isDiskFull(error) ? 'full' : 'broken'))
      return
    }
    this.#inFlight--
    this.world.logged(this.core.epoch, records)
    this.core.used(log.usedBytes, log.firstKept)
    this.#perform(this.core.committed(this.world.nowMs, this.world.wallMs))
  }

  async #shed(request: ShedRequest): Promise<void> {
    const log = this.#log as SegmentLog
    try {
      this.core.shed(await log.shed(request))
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error
    }
    this.core.used(log.usedBytes, log.firstKept)
  }

  async #settle(): Promise<void> {
    for (let last = null as Promise<unknown> | null; last !== this.#idle; ) {
      last = this.#idle
      await Promise.all([last, this.#shedding])
    }
  }

  async #sync(): Promise<void> {
    const { world, core } = this
    this.#perform(core.wake(world.nowMs, world.wallMs))
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      const input = this.#inbox.shift()
      if (input) {
        this.#perform(core.uplinkInput(input, world.nowMs))
        continue
      }
      const send = this.#sends.shift()
      if (!send || !world.uplinkUp) break
      const log = this.#log as SegmentLog
      const records = await log.read(send.lane, send.first, send.count)
      const answer = world.batch(core.epoch, send.lane, send.first, records)
      this.#perform(core.uplinkInput(answer, world.nowMs))
      await log.release(core.applied, world.wallMs)
    }
  }

  #watermarks(): Partial<Record<Lane, number>> {
    return Object.fromEntries(LANES.map((lane) => [lane, this.world.lane(this.core.epoch, lane).length]))
  }
}
