// Publishes on their way to the disk: they wait, are grouped into commits, and get their numbers there.
//
// With two commits in flight the second is encoded while the first is written. It is handed out early only where
// encoding takes long enough to matter: small ones would only follow each other, and each publish would wait for two.
import type { Lane } from '../protocol/lanes.ts'
import { type LogRecord, streamOf } from '../queue/record.ts'
import type { ChannelRules } from './channel-rules.ts'
import { type Identified, PendingIdentities } from './pending-identities.ts'
import type { PublishInput } from './pop-io.ts'

/** Publishes waiting for the disk, at most: bounds memory when the disk stalls. */
const WAITING_MAX = 20_000
const WAITING_BYTES_MAX = 64 * 1024 * 1024
/** Records and wire bytes in one commit, at most; a single larger record is committed alone. */
const COMMIT_MAX = 1_024
const COMMIT_BYTES_MAX = 1024 * 1024
/** Records or wire bytes that are a commit of their own while another one is in flight: 30 µs of encoding or more. */
export const AHEAD_RECORDS_MIN = 64
const AHEAD_BYTES_MIN = 32 * 1024

/** What is durable, and numbers continue from. */
export interface Durable {
  /** Newest record of a lane. */
  lane: (lane: Lane) => number
  /** Newest offset of a stream. */
  offset: (stream: string) => number
}

export interface CommitGroupsOptions {
  /** Commits handed out before the first of them has ended, at most. Default: 1. */
  commitsInFlight?: number
  /** Records that are a commit of their own while another one is in flight. Default: `AHEAD_RECORDS_MIN`. */
  aheadRecordsMin?: number
}

/** A commit in flight, and where its numbers end. */
interface Group {
  records: LogRecord[]
  bytes: number
  lanes: Partial<Record<Lane, number>>
  offsets: Map<string, number>
}

export class CommitGroups {
  readonly #channels: ChannelRules
  readonly #durable: Durable
  readonly #inFlightMax: number
  readonly #aheadRecordsMin: number
  /** Identities admitted and not yet durable. */
  readonly #pending = new PendingIdentities()
  #waiting: PublishInput[] = []
  #waitingBytes = 0
  /** Oldest first. */
  readonly #inFlight: Group[] = []
  #inFlightBytes = 0
  /** A commit failed, and those behind it fail too: their numbers are given out again. */
  #failing = false
  /** Publishes admitted, and of these the ones done with, since the start. Both only grow. */
  added = 0
  ended = 0

  constructor(channels: ChannelRules, durable: Durable, options: CommitGroupsOptions = {}) {
    this.#channels = channels
    this.#durable = durable
    this.#inFlightMax = options.commitsInFlight ?? 1
    this.#aheadRecordsMin = options.aheadRecordsMin ?? AHEAD_RECORDS_MIN
  }

  /** Commits handed out that have not ended. */
  get inFlight(): number {
    return this.#inFlight.length
  }

  /** The disk is behind: nothing more may wait. */
  get isFull(): boolean {
    return this.#waiting.length >= WAITING_MAX || this.#waitingBytes >= WAITING_BYTES_MAX
  }

  /** Wire bytes of what is admitted and not yet durable. */
  get bytes(): number {
    return this.#waitingBytes + this.#inFlightBytes
  }

  has(publish: Identified): boolean {
    return this.#pending.has(publish)
  }

  add(publish: PublishInput): void {
    this.#pending.add(publish)
    this.#waiting.push(publish)
    this.#waitingBytes += publish.bytes
    this.added++
  }

  /** The next commit, numbered; null while none may begin or what waits is not worth one. */
  next(): LogRecord[] | null {
    if (this.#failing || this.#inFlight.length >= this.#inFlightMax || !this.#isEnough()) return null
    let count = 0
    let bytes = 0
    for (const publish of this.#waiting) {
      if (count === COMMIT_MAX || (count > 0 && bytes + publish.bytes > COMMIT_BYTES_MAX)) break
      count++
      bytes += publish.bytes
    }
    const group: Group = { records: [], bytes, lanes: {}, offsets: new Map() }
    this.#number(this.#waiting.splice(0, count), group)
    this.#inFlight.push(group)
    this.#inFlightBytes += bytes
    this.#waitingBytes -= bytes
    return group.records
  }

  /** The oldest commit in flight is durable: returns its records, in its order. */
  finish(): LogRecord[] {
    if (this.#failing) throw new Error('a commit cannot be durable after one before it failed')
    return this.#end()
  }

  /** The oldest commit in flight is not durable: returns its records. No other begins until all in flight have failed. */
  fail(): LogRecord[] {
    const records = this.#end()
    this.#failing = this.#inFlight.length > 0
    return records
  }

  /** Gives up what waits, and returns it. */
  abandon(): PublishInput[] {
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const publish of waiting) this.#pending.delete(publish)
    this.ended += waiting.length
    return waiting
  }

  #isEnough(): boolean {
    if (this.#inFlight.length === 0) return this.#waiting.length > 0
    return this.#waiting.length >= this.#aheadRecordsMin || this.#waitingBytes >= AHEAD_BYTES_MIN
  }

  #end(): LogRecord[] {
    const group = this.#inFlight.shift()
    if (!group) throw new Error('no commit is in flight')
    this.#inFlightBytes -= group.bytes
    for (const record of group.records) this.#pending.delete(record)
    this.ended += group.records.length
    return group.records
  }

  /** Gives each message its place in lane and stream, continuing from what is in flight, then from what is durable. */
  #number(publishes: readonly PublishInput[], { records, lanes, offsets }: Group): void {
    for (const input of publishes) {
      const part = this.#channels.partition(input.ch, input.key ?? input.client)
      const stream = streamOf(input.ch, part)
      const off = (offsets.get(stream) ?? this.#offset(stream)) + 1
      offsets.set(stream, off)
      const { client, lane, seq, ch, at, t, ack, body, bytes } = input
      const record: LogRecord = { lane, laneSeq: 0, ch, off, client, seq, at, t, ack, body, bytes }
      if (part !== undefined) record.part = part
      if (input.origin !== undefined) record.origin = input.origin
      if (input.origin === undefined && this.#channels.goesUp(record)) {
        record.laneSeq = (lanes[lane] ?? this.#laneSeq(lane)) + 1
        lanes[lane] = record.laneSeq
      }
      records.push(record)
    }
  }

  #laneSeq(lane: Lane): number {
    const group = this.#inFlight.findLast(({ lanes }) => lanes[lane] !== undefined)
    return group?.lanes[lane] ?? this.#durable.lane(lane)
  }

  #offset(stream: string): number {
    const group = this.#inFlight.findLast(({ offsets }) => offsets.has(stream))
    return group?.offsets.get(stream) ?? this.#durable.offset(stream)
  }
}
