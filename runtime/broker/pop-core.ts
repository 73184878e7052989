// The PoP's state machine: admits publishes, groups them into commits, and only then acknowledges, delivers and
// syncs them. No clock, socket or disk of its own; a venue performs its effects, and the twin does too.
//
// Nothing is shown to a subscriber before it is on disk, so an offset that a client has seen cannot be handed
// out again after a crash: the epoch of a channel is the identity of the log, and survives restarts.

import type { Durability } from '../protocol/lanes.ts'
import { isDurability, LANES, type Lane } from '../protocol/lanes.ts'
import { COLLECT_PREFIX } from '../protocol/session.ts'
import type { Checkpoint, LogEntry, LogRecord } from '../queue/record.ts'
import { streamOf } from '../queue/record.ts'
import { Seen } from '../queue/seen.ts'
import {
  type UplinkEffect,
  type UplinkInput,
  UplinkSync,
  type UplinkSyncOptions,
} from '../queue/uplink-sync.ts'
import { CentralWaiters } from './central-waiters.ts'
import { ChannelRules } from './channel-rules.ts'
import type { Denial, Part, PartEffect } from './part.ts'
import { ReplicaWaiters } from './replica-waiters.ts'

export interface PopCoreOptions {
  /** Identity of a new log; what a replayed checkpoint says wins. */
  log: string
  /** Log bytes at which disk-acknowledged publishes are refused. */
  queueBytesMax: number
  uplink?: UplinkSyncOptions
  channels?: ChannelRules
  parts?: readonly Part[]
  /** [0, 1), spreads retries. */
  random: () => number
}

/** Publishes waiting for the disk, at most: bounds memory when the disk stalls. */
const WAITING_MAX = 20_000
const WAITING_BYTES_MAX = 64 * 1024 * 1024
/** Records and wire bytes in one commit, at most; a single larger record is committed alone. */
const COMMIT_MAX = 1_024
const COMMIT_BYTES_MAX = 1024 * 1024
/** Channels known, at most: each costs memory and a line of every checkpoint. */
const CHANNELS_MAX = 20_000
/** Clients whose hello waits for their first message, at most: the longest waiting goes, and must say hello again. */
const GREETED_MAX = 50_000
/** Above this share of the queue, memory-acknowledged bulk and state are refused to keep room for the rest. */
const SHED_SHARE = 0.9

/** Begins the client of what the PoP itself publishes: no attendee's id can. */
const OWN_PREFIX = '@'
/** Of a frame around the body, about: what lanes and windows count. */
const OWN_FRAME_BYTES = 120

export interface PublishInput {
  client: string
  lane: Lane
  seq: number
  ch: string
  at: number
  /** When it came to the PoP, by the PoP's clock, ms since the Unix epoch. */
  t: number
  ack: Durability
  body: unknown
  /** Size on the wire. */
  bytes: number
  /** Decides the partition; default: the client. */
  key?: string
  /** The PoP that relayed it; missing for a publish at this one. */
  origin?: string
}

export type PopEffect =
  /** Append these to the log and sync; answer with `committed` or `commitFailed`. One at a time, counted from 1. */
  | { do: 'commit'; records: LogRecord[]; commit: number }
  | { do: 'ack'; client: string; lane: Lane; seq: number; durable: Durability }
  | { do: 'refuse'; client: string; lane: Lane; seq: number; code: string; why: string }
  | { do: 'deliver'; record: LogRecord }
  | Exclude<PartEffect, { do: 'publish' }>
  | UplinkEffect

export interface PopCounters {
  published: number
  duplicates: number
  refused: number
  committed: number
  commits: number
  /** Acknowledged `disk` though `replica` was asked for: there was no second PoP. */
  withoutReplica: number
}

export class PopCore {
  readonly uplink: UplinkSync
  readonly counters: PopCounters = {
    published: 0,
    duplicates: 0,
    refused: 0,
    committed: 0,
    commits: 0,
    withoutReplica: 0,
  }
  readonly #options: PopCoreOptions
  readonly #seen = new Seen()
  readonly #channels: ChannelRules
  readonly #parts: readonly Part[]
  /** Newest durable offset by stream. */
  readonly #offsets = new Map<string, number>()
  #log: string
  #usedBytes = 0
  #waitingBytes = 0
  #waiting: PublishInput[] = []
  #committing: LogRecord[] | null = null
  #committingBytes = 0
  /** Identities admitted and not yet durable. */
  readonly #pending = new Set<string>()
  /** What clients said that they still hold, where this PoP has less: it counts once such a message is logged. */
  readonly #greeted = new Map<string, Partial<Record<Lane, number>>>()
  readonly #awaitingCentral = new CentralWaiters()
  readonly #awaitingReplica = new ReplicaWaiters()
  /** Numbers given to what the PoP itself publishes, by lane. */
  readonly #own = new Map<Lane, number>()
  #broken = false

  constructor(options: PopCoreOptions) {
    this.#options = options
    this.#log = options.log
    this.#channels = options.channels ?? new ChannelRules()
    this.#parts = options.parts ?? []
    this.uplink = new UplinkSync(options.random, options.uplink)
  }

  /** Identity of the log and epoch of every channel. */
  get epoch(): string {
    return this.#log
  }

  /** True after a disk error other than a full disk: nothing more is admitted until a restart. */
  get broken(): boolean {
    return this.#broken
  }

  get wakeAtMs(): number {
    return Math.min(this.uplink.wakeAtMs, ...this.#parts.map(({ wakeAtMs }) => wakeAtMs))
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /**
   * A client says hello: `from` is the lowest seq of each lane that it still holds. Returns what `acked` does. A hello
   * alone changes nothing of what is known of its client: below `from` counts as settled with the first message from
   * there on that is logged. Not logged itself: after a restart every client says hello again.
   */
  greet(client: string, from: Partial<Record<Lane, number>> = {}): Partial<Record<Lane, number>> {
    this.#greeted.delete(client)
    if (LANES.some((lane) => (from[lane] ?? 1) - 1 > this.#seen.through(client, lane))) {
      this.#greeted.set(client, from)
      const [longest] = this.#greeted.keys()
      if (this.#greeted.size > GREETED_MAX) this.#greeted.delete(longest as string)
    }
    return this.acked(client, from)
  }

  /**
   * Highest sequence of each lane up to which all that its client holds `from` on is durable here. A lane in which
   * something from there on was settled by an earlier hello is left out: it may be missing.
   */
  acked(client: string, from: Partial<Record<Lane, number>> = {}): Partial<Record<Lane, number>> {
    const through = LANES.filter((lane) => this.#seen.settled(client, lane) < (from[lane] ?? 1)).map(
      (lane) => [lane, this.#seen.through(client, lane)] as const,
    )
    return Object.fromEntries(through.filter(([, seq]) => seq > 0))
  }

  /** Newest durable offset of a channel or of one of its partitions. */
  offset(stream: string): number {
    return this.#offsets.get(stream) ?? 0
  }

  /** Takes one entry of the log, oldest first, before anything else happens. */
  replay(entry: LogEntry): void {
    if ('checkpoint' in entry) {
      this.#restore(entry.checkpoint)
    } else {
      this.#durable(entry.message)
      for (const part of this.#parts) part.apply(entry.message, false, 0)
      if (entry.message.ack === 'central') this.#awaitingCentral.add(entry.message.lane, entry.message)
    }
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
      channels: Object.fromEntries(this.#offsets),
      seen: this.#seen.snapshot(),
      parts: Object.fromEntries(this.#parts.map((part) => [part.name, part.snapshot()])),
    }
  }

  /** Log bytes on disk, told by whoever holds the log after it changed. */
  used(bytes: number): void {
    this.#usedBytes = bytes
  }

  publish(input: PublishInput): PopEffect[] {
    this.counters.published++
    const { client, lane, seq, ack } = input
    if (this.#broken) return this.#refuse(input, 'MP_DISK_FAILED', 'the PoP cannot write to its disk')
    const novelty = this.#seen.look(client, lane, seq, this.#from(client, lane))
    if (novelty === 'beyond-window') {
      return this.#refuse(
        input,
        'MP_OUT_OF_WINDOW',
        'an earlier message of this lane is missing: send it first',
      )
    }
    if (novelty === 'settled') {
      return this.#refuse(
        input,
        'MP_OUT_OF_WINDOW',
        'this client gave the message up in a hello: publish it under a new number',
      )
    }
    if (novelty === 'duplicate') {
      this.counters.duplicates++
      return this.#known(input)
    }
    if (this.#pending.has(identity(input))) {
      this.counters.duplicates++
      return []
    }
    if (novelty === 'too-many-clients')
      return this.#refuse(input, 'MP_OVERLOADED', 'this PoP knows as many clients as it can remember')
    if (this.#offsets.size >= CHANNELS_MAX && !this.#offsets.has(this.#stream(input)))
      return this.#refuse(input, 'MP_OVERLOADED', 'this PoP has as many channels as it can remember')
    const denial = this.#deny(input)
    if (denial) return this.#refuse(input, denial.code, denial.why)
    const full = this.#full(input)
    if (full) return this.#refuse(input, full, 'the queue has no room until the uplink is back')
    if (this.#waiting.length >= WAITING_MAX || this.#waitingBytes >= WAITING_BYTES_MAX)
      return this.#refuse(input, 'MP_OVERLOADED', 'the disk is behind')
    this.#wait(input)
    const acked: PopEffect[] = ack === 'memory' ? [{ do: 'ack', client, lane, seq, durable: 'memory' }] : []
    return [...acked, ...this.#commit()]
  }

  /** A client's session subscribed to a channel. */
  joined(client: string, ch: string, nowMs: number, tMs: number): PopEffect[] {
    return this.act(
      this.#parts.flatMap((part) => part.joined(client, ch, nowMs, tMs)),
      tMs,
    )
  }

  left(client: string, ch: string, nowMs: number, tMs: number): PopEffect[] {
    return this.act(
      this.#parts.flatMap((part) => part.left(client, ch, nowMs, tMs)),
      tMs,
    )
  }

  /** Whether a second PoP follows the log now. Without one, who waits for it is told that it is on this disk only. */
  replica(follows: boolean): PopEffect[] {
    const left = this.#awaitingReplica.follow(follows)
    this.counters.withoutReplica += left.length
    return left.map((of) => ({ do: 'ack', ...of, durable: 'disk' }))
  }

  /** The second PoP has synced every commit up to this one. */
  replicated(commit: number): PopEffect[] {
    return this.#awaitingReplica.settle(commit).map((of) => ({ do: 'ack', ...of, durable: 'replica' }))
  }

  /** The commit in progress survives a power cut. `tMs`: the wall clock. */
  committed(nowMs: number, tMs = nowMs): PopEffect[] {
    const records = this.#committing
    if (!records) throw new Error('committed without a commit in progress')
    this.#committing = null
    this.#committingBytes = 0
    this.counters.commits++
    this.counters.committed += records.length
    const effects: PopEffect[] = []
    for (const record of records) {
      this.#pending.delete(identity(record))
      this.#durable(record)
      const { client, lane, seq, ack, origin } = record
      if (origin === undefined && !client.startsWith(OWN_PREFIX)) {
        if (ack === 'disk') effects.push({ do: 'ack', client, lane, seq, durable: 'disk' })
        if (ack === 'central') this.#awaitingCentral.add(lane, record)
        if (ack === 'replica') effects.push(...this.#replicaOrDisk(client, lane, seq))
      }
      if (!record.ch.startsWith(COLLECT_PREFIX)) effects.push({ do: 'deliver', record })
      for (const part of this.#parts) effects.push(...this.act(part.apply(record, true, nowMs), tMs))
    }
    return [...effects, ...this.#commit(), ...this.#settle(this.uplink.pump(nowMs))]
  }

  /** The commit in progress is not on disk. `full`: the log is as before; `broken`: it must not be written again. */
  commitFailed(reason: 'full' | 'broken'): PopEffect[] {
    const failed = this.#committing ?? []
    this.#committing = null
    this.#committingBytes = 0
    if (reason === 'broken') {
      this.#broken = true
      failed.push(...this.#number(this.#waiting))
      this.#waiting = []
      this.#waitingBytes = 0
    }
    const effects = failed.flatMap((record) => {
      this.#pending.delete(identity(record))
      return reason === 'full'
        ? this.#refuse(record, 'MP_QUEUE_FULL', 'the disk of the PoP is full')
        : this.#refuse(record, 'MP_DISK_FAILED', 'the PoP cannot write to its disk')
    })
    return [...effects, ...this.#commit()]
  }

  uplinkInput(input: UplinkInput, nowMs: number): PopEffect[] {
    return this.#settle(this.uplink.input(input, nowMs))
  }

  /** Call at `wakeAtMs` or later. */
  wake(nowMs: number, tMs = nowMs): PopEffect[] {
    const due = this.#parts.filter(({ wakeAtMs }) => wakeAtMs <= nowMs)
    const effects = this.act(
      due.flatMap((part) => part.wake(nowMs, tMs)),
      tMs,
    )
    return [...effects, ...this.#settle(this.uplink.wake(nowMs))]
  }

  #restore(checkpoint: Checkpoint): void {
    const fresh = LANES.every((lane) => this.uplink.lanes[lane].last === 0)
    this.#log = checkpoint.log
    for (const lane of LANES) {
      const backlog = this.uplink.lanes[lane]
      // Only the oldest segment starts a lane; a later one can but say what central had by then.
      if (fresh) {
        backlog.reset(checkpoint.lastLaneSeq[lane] ?? 0)
      } else {
        this.#centralHas(lane, checkpoint.applied[lane] ?? 0)
        backlog.advance(checkpoint.applied[lane] ?? 0)
      }
    }
    if (fresh) {
      this.#seen.restore(checkpoint.seen)
      for (const [stream, off] of Object.entries(checkpoint.channels)) this.#offsets.set(stream, off)
      for (const part of this.#parts) {
        const snapshot = checkpoint.parts[part.name]
        if (snapshot !== undefined) part.restore(snapshot)
      }
    }
  }

  /** Answers a publish that is on disk already. */
  #known({ client, lane, seq, ack }: PublishInput): PopEffect[] {
    if (this.#awaitingCentral.has(lane, client, seq)) return []
    if (this.#awaitingReplica.has(client, lane, seq)) return []
    if (ack !== 'central') return [{ do: 'ack', client, lane, seq, durable: 'disk' }]
    const { applied, last } = this.uplink.lanes[lane]
    if (applied === last) return [{ do: 'ack', client, lane, seq, durable: 'central' }]
    // Where in the lane it lies is not kept: central has it at the latest with the lane's newest record.
    this.#awaitingCentral.add(lane, { client, seq, laneSeq: last })
    return []
  }

  #durable(record: LogRecord): void {
    const { client, lane, seq } = record
    this.#seen.add(client, lane, seq)
    const from = this.#from(client, lane)
    if (seq >= from) this.#seen.settle(client, lane, from - 1)
    this.#offsets.set(streamOf(record.ch, record.part), record.off)
    if (record.laneSeq > 0) this.uplink.push(record.lane, record.bytes)
  }

  #stream({ ch, key, client }: PublishInput): string {
    return streamOf(ch, this.#channels.partition(ch, key ?? client))
  }

  #deny(input: PublishInput): Denial | null {
    for (const part of this.#parts) {
      const denial = part.admit(input)
      if (denial) return denial
    }
    return null
  }

  #wait(input: PublishInput): void {
    this.#pending.add(identity(input))
    this.#waiting.push(input)
    this.#waitingBytes += input.bytes
  }

  #replicaOrDisk(client: string, lane: Lane, seq: number): PopEffect[] {
    if (this.#awaitingReplica.add({ client, lane, seq }, this.counters.commits)) return []
    this.counters.withoutReplica++
    return [{ do: 'ack', client, lane, seq, durable: 'disk' }]
  }

  /** Does what a part wants; its publishes go to the disk with the next commit. */
  act(wanted: readonly PartEffect[], tMs: number): PopEffect[] {
    const effects: PopEffect[] = []
    for (const effect of wanted) {
      if (effect.do === 'publish') this.#publishOwn(effect, tMs)
      else effects.push(effect)
    }
    return [...effects, ...this.#commit()]
  }

  #publishOwn({ lane, ch, body }: Extract<PartEffect, { do: 'publish' }>, tMs: number): void {
    if (this.#broken) return
    // The log's identity makes these unique also after a replaced disk, which counts from 1 again.
    const client = `${OWN_PREFIX}${this.#log}`
    const seq = Math.max(this.#own.get(lane) ?? 0, this.#seen.through(client, lane)) + 1
    this.#own.set(lane, seq)
    const bytes = JSON.stringify(body).length + OWN_FRAME_BYTES
    this.#wait({ client, lane, seq, ch, at: tMs, t: tMs, ack: 'disk', body, bytes })
  }

  #from(client: string, lane: Lane): number {
    return this.#greeted.get(client)?.[lane] ?? 1
  }

  #commit(): PopEffect[] {
    if (this.#committing || this.#waiting.length === 0) return []
    let count = 0
    let total = 0
    for (const { bytes } of this.#waiting) {
      if (count === COMMIT_MAX || (count > 0 && total + bytes > COMMIT_BYTES_MAX)) break
      count++
      total += bytes
    }
    this.#committing = this.#number(this.#waiting.splice(0, count))
    this.#committingBytes = total
    this.#waitingBytes -= total
    return [{ do: 'commit', records: this.#committing, commit: this.counters.commits + 1 }]
  }

  /** Gives each message its place in lane and channel, continuing from what is durable. */
  #number(group: readonly PublishInput[]): LogRecord[] {
    const laneSeq = Object.fromEntries(LANES.map((lane) => [lane, this.uplink.lanes[lane].last]))
    const offs = new Map<string, number>()
    return group.map(({ key, ...input }) => {
      const part = this.#channels.partition(input.ch, key ?? input.client)
      const stream = streamOf(input.ch, part)
      const off = (offs.get(stream) ?? this.offset(stream)) + 1
      offs.set(stream, off)
      const goesUp = input.origin === undefined && this.#channels.of(input.ch).upstream === 'all'
      if (goesUp) laneSeq[input.lane] = (laneSeq[input.lane] as number) + 1
      return {
        ...input,
        laneSeq: goesUp ? (laneSeq[input.lane] as number) : 0,
        off,
        ...(part !== undefined && { part }),
      }
    })
  }

  #full({ ack, lane }: PublishInput): string | null {
    const used = this.#usedBytes + this.#committingBytes + this.#waitingBytes
    const sheddable = ack === 'memory' && (lane === 'bulk' || lane === 'state')
    const limit = this.#options.queueBytesMax * (sheddable ? SHED_SHARE : 1)
    return used >= limit ? 'MP_QUEUE_FULL' : null
  }

  #refuse(of: { client: string; lane: Lane; seq: number }, code: string, why: string): PopEffect[] {
    this.counters.refused++
    return [{ do: 'refuse', client: of.client, lane: of.lane, seq: of.seq, code, why }]
  }

  /** Adds the acknowledgements that follow from what central has just taken. */
  #settle(effects: UplinkEffect[]): PopEffect[] {
    return effects.flatMap((effect) =>
      effect.do === 'applied' ? [effect, ...this.#centralHas(effect.lane, effect.through)] : [effect],
    )
  }

  #centralHas(lane: Lane, through: number): PopEffect[] {
    return this.#awaitingCentral
      .settle(lane, through)
      .map(({ client, seq }) => ({ do: 'ack', client, lane, seq, durable: 'central' }))
  }
}

function identity({ client, lane, seq }: { client: string; lane: Lane; seq: number }): string {
  return `${lane}/${seq}/${client}`
}

/** The durability a publish asks for: `disk` unless it says otherwise. */
export function durabilityOf(ack: unknown): Durability {
  return isDurability(ack) ? ack : 'disk'
}
