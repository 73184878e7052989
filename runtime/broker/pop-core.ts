// The PoP's state machine: admits publishes, groups them into commits, and only then acknowledges, delivers and
// syncs them. No clock, socket or disk of its own; a venue performs its effects, and the twin does too.
//
// Nothing is shown to a subscriber before it is on disk, so an offset that a client has seen cannot be handed
// out again after a crash: the epoch of a channel is that of the log, and survives restarts.

import { LANES, type Lane } from '../protocol/lanes.ts'
import { COLLECT_PREFIX } from '../protocol/session.ts'
import { SHED_BYTES } from '../queue/lane-backlog.ts'
import { isUrgent } from '../queue/path-choice.ts'
import {
  type Checkpoint,
  isSheddable,
  type LogEntry,
  type LogRecord,
  type ShedRecord,
  streamOf,
} from '../queue/record.ts'
import {
  type UplinkEffect,
  type UplinkInput,
  UplinkSync,
  type UplinkSyncOptions,
} from '../queue/uplink-sync.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { ChannelRules } from './channel-rules.ts'
import { CommitGroups, type CommitGroupsOptions } from './commit-groups.ts'
import { Identities } from './identities.ts'
import { isOwn, OwnPublishes } from './own-publishes.ts'
import type { Denial, Part, PartEffect } from './part.ts'
import { Parts } from './parts.ts'
import type { Identified } from './pending-identities.ts'
import { noCounts, type PopEffect, type PublishInput, together } from './pop-io.ts'
import { REFUSED } from './refusals.ts'
import { Relays } from './relays.ts'
import { SHED_SHARE, Shedding } from './shedding.ts'

export type { PopCounters, PopEffect, PublishInput } from './pop-io.ts'

export interface PopCoreOptions extends CommitGroupsOptions {
  /** Identity of a new log; what a replayed checkpoint says wins. */
  log: string
  /** Raised when another PoP takes the log over, with less of it perhaps than was seen of the one before. Default 1. */
  term?: number
  /** Log bytes at which disk-acknowledged publishes are refused. */
  queueBytesMax: number
  /** Age at which memory-acknowledged bulk and state leave the log, s; default: none. */
  queueMaxAgeS?: number
  uplink?: UplinkSyncOptions
  channels?: ChannelRules
  parts?: readonly Part[]
  /** [0, 1), spreads retries. */
  random: () => number
}

/** Of the queue, kept for lanes control and critical: an emergency is taken where votes no longer are. */
const URGENT_RESERVE_SHARE = 1 / 50
/** Channels known, at most: each costs memory and a line of every checkpoint. */
const CHANNELS_MAX = 20_000

export class PopCore {
  readonly uplink: UplinkSync
  readonly counters = noCounts()
  readonly #options: PopCoreOptions
  readonly #identities = new Identities()
  readonly #channels: ChannelRules
  readonly #parts: Parts
  /** Newest durable offset by stream. */
  readonly #offsets = new Map<string, number>()
  #log: string
  #position = 0
  #usedBytes = 0
  readonly #groups: CommitGroups
  readonly #acknowledgements: Acknowledgements
  readonly #own = new OwnPublishes()
  readonly #relays: Relays
  readonly #shedding: Shedding
  /** The log began with a checkpoint, or this PoP starts without a log. */
  #restored = false
  /** Why nothing more is taken, until a restart at least. */
  #refusing: Denial | null = null

  constructor(options: PopCoreOptions) {
    this.#options = options
    this.#log = options.log
    this.#channels = options.channels ?? new ChannelRules()
    this.#parts = new Parts(options.parts)
    this.uplink = new UplinkSync(options.random, options.uplink)
    this.#acknowledgements = new Acknowledgements({
      channels: this.#channels,
      lanes: this.uplink.lanes,
      counters: this.counters,
    })
    const durable = {
      lane: (lane: Lane) => this.uplink.lanes[lane].last,
      offset: (stream: string) => this.offset(stream),
    }
    this.#groups = new CommitGroups(this.#channels, durable, options)
    const { queueBytesMax, queueMaxAgeS: maxAgeS = Number.POSITIVE_INFINITY } = options
    this.#shedding = new Shedding({ queueBytesMax, maxAgeS })
    this.#relays = new Relays({
      groups: this.#groups,
      identities: this.#identities,
      channels: this.#channels,
      counters: this.counters,
      hasRoomFor: (publish) => this.#hasRoomFor(publish),
    })
  }

  /** Identity of the log. */
  get log(): string {
    return this.#log
  }

  /** Epoch of every channel: offsets mean the same as long as the same PoP writes the same log. */
  get epoch(): string {
    const { term = 1 } = this.#options
    return term === 1 ? this.#log : `${this.#log}-${term}`
  }

  /** Records that are durable, counted from the log's beginning. */
  get position(): number {
    return this.#position
  }

  /** True after a disk error other than a full disk: nothing more is admitted until a restart. */
  get broken(): boolean {
    return this.#refusing === REFUSED.diskFailed
  }

  get wakeAtMs(): number {
    return Math.min(this.uplink.wakeAtMs, this.#parts.wakeAtMs, this.#shedding.wakeAtMs)
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** A client says hello: see `Identities.greet`. */
  greet(client: string, from: Partial<Record<Lane, number>> = {}): Partial<Record<Lane, number>> {
    return this.#identities.greet(client, from)
  }

  /** What of a client is durable here: see `Identities.acked`. */
  acked(client: string, from: Partial<Record<Lane, number>> = {}): Partial<Record<Lane, number>> {
    return this.#identities.acked(client, from)
  }

  /** Newest durable offset of a channel or of one of its partitions. */
  offset(stream: string): number {
    return this.#offsets.get(stream) ?? 0
  }

  /** Takes one entry of the log, oldest first, before anything else happens. */
  replay(entry: LogEntry): void {
    if ('checkpoint' in entry) {
      this.#restore(entry.checkpoint)
    } else if ('shed' in entry) {
      this.#count(entry.shed, SHED_BYTES, entry.shed.origin)
    } else {
      this.#count(entry.message, entry.message.bytes, entry.message.origin)
      this.#parts.apply(entry.message, false, 0)
      this.#acknowledgements.replayed(entry.message)
    }
  }

  /** What central has, as a PoP that follows the log of another is told. */
  centralHas(applied: Partial<Record<Lane, number>>): void {
    for (const lane of LANES) this.uplink.lanes[lane].advance(applied[lane] ?? 0)
  }

  /** What central has of each lane. */
  get applied(): Partial<Record<Lane, number>> {
    return Object.fromEntries(LANES.map((lane) => [lane, this.uplink.lanes[lane].applied]))
  }

  /** Grows with the clients and channels known: made when a segment opens, not for every record. */
  checkpoint(): Checkpoint {
    return {
      version: 3,
      log: this.#log,
      lastLaneSeq: Object.fromEntries(LANES.map((lane) => [lane, this.uplink.lanes[lane].last])),
      applied: this.applied,
      position: this.#position,
      channels: Object.fromEntries(this.#offsets),
      seen: this.#identities.snapshot(),
      parts: this.#parts.snapshot(),
    }
  }

  /** Log bytes, and the oldest record of each lane in it, told by whoever holds the log after it changed. */
  used(bytes: number, firstKept?: Record<Lane, number>): void {
    this.#usedBytes = bytes
    if (firstKept) for (const lane of LANES) this.uplink.lanes[lane].keepFrom(firstKept[lane])
  }

  /** Answers a `shed`: these have lost their content, and go to central as nothing but their number. */
  shed(records: readonly ShedRecord[]): void {
    this.#shedding.done()
    this.counters.shed += records.length
    for (const { lane, laneSeq } of records) this.uplink.lanes[lane].shed(laneSeq)
  }

  publish(input: PublishInput): PopEffect[] {
    return together(this.#admit(input), this.#commit())
  }

  /** Publishes that came together, in their order: they share a commit. */
  publishAll(inputs: readonly PublishInput[]): PopEffect[] {
    const effects = inputs.flatMap((input) => this.#admit(input))
    return together(effects, this.#commit())
  }

  #admit(input: PublishInput): PopEffect[] {
    this.counters.published++
    const { client, lane, seq, ack } = input
    if (this.#refusing) return this.#refuse(input, this.#refusing)
    const novelty = this.#identities.look(client, lane, seq)
    if (novelty === 'beyond-window') return this.#refuse(input, REFUSED.beyondWindow)
    if (novelty === 'settled') return this.#refuse(input, REFUSED.settled)
    if (novelty === 'duplicate') {
      this.counters.duplicates++
      return this.#acknowledgements.again(input)
    }
    if (this.#groups.has(input)) {
      this.counters.duplicates++
      return []
    }
    if (novelty === 'too-many-clients') return this.#refuse(input, REFUSED.tooManyClients)
    if (!this.#hasRoomFor(input)) return this.#refuse(input, REFUSED.tooManyChannels)
    const denial = this.#parts.admit(input)
    if (denial) return this.#refuse(input, denial)
    if (this.#isFull(input)) return this.#refuse(input, REFUSED.queueFull)
    if (this.#groups.isFull) return this.#refuse(input, REFUSED.diskBehind)
    this.#groups.add(input)
    return ack === 'memory' ? [{ do: 'ack', client, lane, seq, durable: 'memory' }] : []
  }

  /**
   * Messages of another PoP, each with its `origin`, in that PoP's order: logged, delivered, known again by identity,
   * answered to nobody. What their channels keep to a PoP is passed over. `position` is of the caller's own counting;
   * `relayed` says what became of it.
   */
  relayed(position: number, publishes: readonly PublishInput[]): PopEffect[] {
    const isFull = this.#groups.isFull || this.#isFull({ ack: 'disk', lane: 'state' })
    if (isFull || this.#refusing) return [{ do: 'relayed', position, taken: false }]
    this.#relays.take(position, publishes)
    return [...this.#commit(), ...this.#relays.settle()]
  }

  /** A client's session subscribed to a channel. */
  joined(client: string, ch: string, nowMs: number, tMs: number): PopEffect[] {
    return this.act(this.#parts.joined(client, ch, nowMs, tMs), tMs)
  }

  left(client: string, ch: string, nowMs: number, tMs: number): PopEffect[] {
    return this.act(this.#parts.left(client, ch, nowMs, tMs), tMs)
  }

  /** Whether a second PoP follows the log now: see `Acknowledgements.replica`. */
  replica(follows: boolean): PopEffect[] {
    return this.#acknowledgements.replica(follows)
  }

  /** The second PoP has synced every commit up to this one. */
  replicated(commit: number): PopEffect[] {
    return this.#acknowledgements.replicated(commit)
  }

  /** The oldest commit in flight survives a power cut. `tMs`: the wall clock. */
  committed(nowMs: number, tMs = nowMs): PopEffect[] {
    const records = this.#groups.finish()
    this.counters.commits++
    this.counters.committed += records.length
    const effects: PopEffect[] = []
    for (const record of records) {
      this.#count(record, record.bytes, record.origin)
      if (record.origin === undefined && !isOwn(record))
        effects.push(...this.#acknowledgements.onDisk(record, this.counters.commits))
      if (!record.ch.startsWith(COLLECT_PREFIX)) effects.push({ do: 'deliver', record })
      effects.push(...this.#carryOut(this.#parts.apply(record, true, nowMs), tMs))
    }
    effects.push(...this.#shedding.grown(this.#usedBytes), ...this.#relays.settle(), ...this.#commit())
    return together(effects, this.#settle(this.uplink.pump(nowMs)))
  }

  /**
   * The oldest commit in flight is not on disk, and those behind it will not be: call once for each. `full`: the log is
   * as before; `broken`: it must not be written again.
   */
  commitFailed(reason: 'full' | 'broken'): PopEffect[] {
    const failed: (PublishInput | LogRecord)[] = this.#groups.fail()
    if (reason === 'broken') {
      this.#refusing = REFUSED.diskFailed
      failed.push(...this.#groups.abandon())
    }
    const here = failed.filter(({ origin }) => origin === undefined)
    if (reason === 'full') this.#own.hold(here.filter(isOwn))
    const why = reason === 'full' ? REFUSED.diskFull : REFUSED.diskFailed
    const effects = here.filter((of) => !isOwn(of)).flatMap((of) => this.#refuse(of, why))
    const room = reason === 'full' ? this.#shedding.diskFull(this.#usedBytes) : []
    return [...effects, ...room, ...this.#relays.fail(), ...this.#commit()]
  }

  uplinkInput(input: UplinkInput, nowMs: number): PopEffect[] {
    // What it took from now on would never leave this disk.
    if (input.is === 'fenced') this.#refusing ??= REFUSED.takenOver
    return this.#settle(this.uplink.input(input, nowMs))
  }

  /** Call at `wakeAtMs` or later. */
  wake(nowMs: number, tMs = nowMs): PopEffect[] {
    if (this.#refusing === null) for (const publish of this.#own.release()) this.#groups.add(publish)
    const effects = this.act(this.#parts.wake(nowMs, tMs), tMs)
    return [...effects, ...this.#shedding.wake(nowMs, tMs), ...this.#settle(this.uplink.wake(nowMs))]
  }

  #restore(checkpoint: Checkpoint): void {
    const fresh = !this.#restored
    this.#restored = true
    this.#log = checkpoint.log
    for (const lane of LANES) {
      const backlog = this.uplink.lanes[lane]
      // Only the oldest segment starts a lane; a later one can but say what central had by then.
      if (fresh) {
        backlog.reset(checkpoint.lastLaneSeq[lane] ?? 0)
      } else {
        this.#acknowledgements.centralHas(lane, checkpoint.applied[lane] ?? 0)
        backlog.advance(checkpoint.applied[lane] ?? 0)
      }
    }
    if (fresh) {
      this.#position = checkpoint.position
      this.#identities.restore(checkpoint.seen)
      for (const [stream, off] of Object.entries(checkpoint.channels)) this.#offsets.set(stream, off)
      this.#parts.restore(checkpoint.parts)
    }
  }

  /** The record has its place for good, whether its content is here (`bytes` of it) or was shed. */
  #count({ client, lane, seq, ch, part, off, laneSeq }: ShedRecord, bytes: number, origin?: string): void {
    this.#position++
    // What the PoP itself publishes may wait for room while later ones pass, and its next number follows the newest.
    if (origin === undefined && !isOwn({ client })) this.#identities.add(client, lane, seq)
    else this.#identities.addRelayed(client, lane, seq)
    this.#offsets.set(streamOf(ch, part), off)
    if (laneSeq > 0) this.uplink.push(lane, bytes)
  }

  #hasRoomFor({ ch, key, client }: PublishInput): boolean {
    const stream = streamOf(ch, this.#channels.partition(ch, key ?? client))
    return this.#offsets.size < CHANNELS_MAX || this.#offsets.has(stream)
  }

  /** Does what parts want; what they publish goes to the disk with the next commit. */
  act(wanted: readonly PartEffect[], tMs: number): PopEffect[] {
    return together(this.#carryOut(wanted, tMs), this.#commit())
  }

  #carryOut(wanted: readonly PartEffect[], tMs: number): PopEffect[] {
    const effects: PopEffect[] = []
    for (const effect of wanted) {
      if (effect.do !== 'publish') effects.push(effect)
      else if (this.#refusing === null) this.#groups.add(this.#ownPublish(effect, tMs))
    }
    return effects
  }

  #ownPublish(effect: Extract<PartEffect, { do: 'publish' }>, tMs: number): PublishInput {
    return this.#own.make(this.epoch, effect, tMs, (client, lane) => this.#identities.through(client, lane))
  }

  #commit(): PopEffect[] {
    const effects: PopEffect[] = []
    for (let records = this.#groups.next(); records; records = this.#groups.next()) {
      effects.push({ do: 'commit', records, commit: this.counters.commits + this.#groups.inFlight })
    }
    return effects
  }

  #isFull({ ack, lane }: Pick<PublishInput, 'ack' | 'lane'>): boolean {
    const share = isSheddable({ ack, lane }) ? SHED_SHARE : isUrgent(lane) ? 1 : 1 - URGENT_RESERVE_SHARE
    return this.#usedBytes + this.#groups.bytes >= this.#options.queueBytesMax * share
  }

  #refuse({ client, lane, seq }: Identified, { code, why }: Denial): PopEffect[] {
    this.counters.refused++
    return [{ do: 'refuse', client, lane, seq, code, why }]
  }

  /** Adds the acknowledgements that follow from what central has just taken. */
  #settle(effects: UplinkEffect[]): PopEffect[] {
    if (effects.length === 0) return effects
    return effects.flatMap((effect): PopEffect | PopEffect[] => {
      if (effect.do !== 'applied') return effect
      return [effect, ...this.#acknowledgements.centralHas(effect.lane, effect.through)]
    })
  }
}
