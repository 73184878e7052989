// Publishes on their way to the disk: they wait, are grouped into one commit at a time, and get their numbers there.
import { LANES, type Lane } from '../protocol/lanes.ts'
import { type LogRecord, streamOf } from '../queue/record.ts'
import type { ChannelRules } from './channel-rules.ts'
import type { PublishInput } from './pop-io.ts'

/** Publishes waiting for the disk, at most: bounds memory when the disk stalls. */
const WAITING_MAX = 20_000
const WAITING_BYTES_MAX = 64 * 1024 * 1024
/** Records and wire bytes in one commit, at most; a single larger record is committed alone. */
const COMMIT_MAX = 1_024
const COMMIT_BYTES_MAX = 1024 * 1024

/** What is durable, and numbers continue from. */
export interface Durable {
  /** Newest record of a lane. */
  lane: (lane: Lane) => number
  /** Newest offset of a stream. */
  offset: (stream: string) => number
}

export class CommitGroups {
  readonly #channels: ChannelRules
  readonly #durable: Durable
  /** Identities admitted and not yet durable. */
  readonly #pending = new Set<string>()
  #waiting: PublishInput[] = []
  #waitingBytes = 0
  #committing: LogRecord[] | null = null
  #committingBytes = 0
  /** Publishes admitted, and of these the ones done with, since the start. Both only grow. */
  added = 0
  ended = 0

  constructor(channels: ChannelRules, durable: Durable) {
    this.#channels = channels
    this.#durable = durable
  }

  /** The disk is behind: nothing more may wait. */
  get isFull(): boolean {
    return this.#waiting.length >= WAITING_MAX || this.#waitingBytes >= WAITING_BYTES_MAX
  }

  /** Wire bytes of what is admitted and not yet durable. */
  get bytes(): number {
    return this.#waitingBytes + this.#committingBytes
  }

  has(publish: Identified): boolean {
    return this.#pending.has(identity(publish))
  }

  add(publish: PublishInput): void {
    this.#pending.add(identity(publish))
    this.#waiting.push(publish)
    this.#waitingBytes += publish.bytes
    this.added++
  }

  /** The next commit, numbered; null while one is in progress or nothing waits. */
  next(): LogRecord[] | null {
    if (this.#committing || this.#waiting.length === 0) return null
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
    return this.#committing
  }

  /** Ends the commit in progress and returns its records, in its order. */
  finish(): LogRecord[] {
    const records = this.#committing
    if (!records) throw new Error('no commit is in progress')
    this.#committing = null
    this.#committingBytes = 0
    for (const record of records) this.#pending.delete(identity(record))
    this.ended += records.length
    return records
  }

  /** Gives up what waits, and returns it. */
  abandon(): PublishInput[] {
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const publish of waiting) this.#pending.delete(identity(publish))
    this.ended += waiting.length
    return waiting
  }

  /** Gives each message its place in lane and stream, continuing from what is durable. */
  #number(group: readonly PublishInput[]): LogRecord[] {
    const laneSeq = new Map<Lane, number>(LANES.map((lane) => [lane, this.#durable.lane(lane)]))
    const offs = new Map<string, number>()
    return group.map(({ key, ...input }) => {
      const part = this.#channels.partition(input.ch, key ?? input.client)
      const stream = streamOf(input.ch, part)
      const off = (offs.get(stream) ?? this.#durable.offset(stream)) + 1
      offs.set(stream, off)
      const record: LogRecord = { ...input, laneSeq: 0, off, ...(part !== undefined && { part }) }
      if (input.origin === undefined && this.#channels.goesUp(record)) {
        record.laneSeq = (laneSeq.get(input.lane) as number) + 1
        laneSeq.set(input.lane, record.laneSeq)
      }
      return record
    })
  }
}

type Identified = Pick<PublishInput, 'client' | 'lane' | 'seq'>

function identity({ client, lane, seq }: Identified): string {
  return `${lane}/${seq}/${client}`
}
