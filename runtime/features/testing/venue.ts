// A PoP's state machine with the parts of a show, over a log in memory, for tests: they choose when a commit is
// durable, what a kill leaves of it, when the log rolls to a new segment, and what the clocks say.
import type { Part } from '../../broker/part.ts'
import { PopCore } from '../../broker/pop-core.ts'
import type { PopEffect } from '../../broker/pop-io.ts'
import type { Lane } from '../../protocol/lanes.ts'
import type { PopFrame } from '../../protocol/session.ts'
import type { LogEntry, LogRecord } from '../../queue/record.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { venueParts } from '../venue-parts.ts'

const START_T_MS = 1_700_000_000_000

export class Venue {
  /** Monotonic clock, ms. */
  nowMs = 0
  #bootedAtMs = START_T_MS
  /** Everything ever logged, oldest first. */
  readonly records: LogRecord[] = []
  readonly refusals: { client: string; seq: number; code: string; why: string }[] = []
  readonly acked = new Set<string>()
  told: { to: string; frame: PopFrame }[] = []
  core: PopCore
  /** What is on disk: the oldest segment's checkpoint and all since. */
  #entries: LogEntry[]
  #committing: LogRecord[] | null = null
  readonly #seqs = new Map<string, number>()

  constructor() {
    this.core = this.#newCore()
    this.#entries = [{ checkpoint: this.core.checkpoint() }]
    this.#perform(this.core.wake(this.nowMs, this.tMs))
  }

  /** Wall clock, ms since the Unix epoch. */
  get tMs(): number {
    return this.#bootedAtMs + this.nowMs
  }

  /** The wall clock is set. */
  set(byMs: number): void {
    this.#bootedAtMs += byMs
  }

  /** Returns the number of the publish; its commit waits for `sync`. */
  publish(client: string, ch: string, body: unknown, lane: Lane = 'interactive', origin?: string): number {
    const key = `${client} ${lane}`
    const seq = (this.#seqs.get(key) ?? 0) + 1
    const refused = this.refusals.length
    const of = { client, lane, seq, ch, at: this.tMs, t: this.tMs, ack: 'disk' as const, body, bytes: 200 }
    this.#perform(this.core.publish({ ...of, ...(origin !== undefined && { origin }) }))
    if (this.refusals.length === refused) this.#seqs.set(key, seq)
    return seq
  }

  operate(ch: string, body: unknown): string | null {
    const refused = this.refusals.length
    this.publish('operator', ch, body, 'control')
    this.sync()
    return this.refusals[refused]?.code ?? null
  }

  /** The code that a vote is refused with, or null. */
  vote(client: string, poll: string, choice: unknown): string | null {
    const refused = this.refusals.length
    this.publish(client, `collect.poll.${poll}`, { choice })
    return this.refusals[refused]?.code ?? null
  }

  join(client: string, ch: string): void {
    this.#perform(this.core.joined(client, ch, this.nowMs, this.tMs))
  }

  leave(client: string, ch: string): void {
    this.#perform(this.core.left(client, ch, this.nowMs, this.tMs))
  }

  /** Every commit asked for becomes durable. */
  sync(): void {
    while (this.#committing) {
      const records = this.#committing
      this.#committing = null
      this.#write(records)
      this.#perform(this.core.committed(this.nowMs, this.tMs))
    }
  }

  /** The disk is full: the commit in progress is not written, and its publishers may try again. */
  full(): void {
    const records = this.#committing
    if (!records) return
    this.#committing = null
    for (const { client, lane, seq } of records) {
      const key = `${client} ${lane}`
      const newest = this.#seqs.get(key)
      if (newest !== undefined) this.#seqs.set(key, Math.min(newest, seq - 1))
    }
    this.#perform(this.core.commitFailed('full'))
  }

  /** Time passes; the PoP is woken whenever it asked to be. With `sync: false` the disk stalls meanwhile. */
  pass(ms: number, { sync = true } = {}): void {
    const untilMs = this.nowMs + ms
    if (sync) this.sync()
    while (this.core.wakeAtMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.core.wakeAtMs)
      this.#perform(this.core.wake(this.nowMs, this.tMs))
      if (sync) this.sync()
    }
    this.nowMs = untilMs
  }

  /** A new segment; the older ones go. */
  roll(): void {
    this.sync()
    this.#entries = [JSON.parse(JSON.stringify({ checkpoint: this.core.checkpoint() }))]
  }

  /** The process dies, with the first `kept` records of the commit in progress on disk, and starts after `downMs`. */
  kill(kept = 0, downMs = 0): void {
    this.#write((this.#committing ?? []).slice(0, kept))
    this.#committing = null
    this.#bootedAtMs = this.tMs + downMs
    // The monotonic clock starts anew with the machine.
    this.nowMs = 0
    this.core = this.#newCore()
    for (const entry of this.#entries) this.core.replay(JSON.parse(JSON.stringify(entry)))
    for (const [key] of this.#seqs) {
      const [client, lane] = key.split(' ') as [string, Lane]
      this.#seqs.set(key, this.core.acked(client)[lane] ?? 0)
    }
    this.#perform(this.core.wake(this.nowMs, this.tMs))
  }

  /** Bodies that the PoP or others published to a channel. */
  bodies<T>(ch: string): T[] {
    return this.records.filter((record) => record.ch === ch).map(({ body }) => body as T)
  }

  /** What a client that joins a channel of the show now is told there. */
  stateOf(ch: string): unknown {
    this.told = []
    this.join('newcomer', ch)
    this.leave('newcomer', ch)
    return this.told.flatMap(({ frame }) => (frame.t === 'state' ? [frame.body] : []))[0]
  }

  #newCore(): PopCore {
    return new PopCore({
      log: 'log-1',
      queueBytesMax: 1e9,
      random: seededRandom(1),
      parts: venueParts(),
    })
  }

  #write(records: readonly LogRecord[]): void {
    this.records.push(...records)
    this.#entries.push(...records.map((message) => ({ message })))
  }

  #perform(effects: readonly PopEffect[]): void {
    for (const effect of effects) {
      if (effect.do === 'commit') this.#committing = effect.records
      if (effect.do === 'refuse') this.refusals.push(effect)
      if (effect.do === 'ack') this.acked.add(`${effect.client} ${effect.lane} ${effect.seq}`)
      if (effect.do === 'tell') this.told.push({ to: effect.ch, frame: effect.frame })
      if (effect.do === 'tell-client') this.told.push({ to: effect.client, frame: effect.frame })
    }
  }
}

/** Snapshots of fresh parts that were given a log; `from` restores all of them first. */
export function replayed(
  records: readonly LogRecord[],
  from?: Record<string, unknown>,
): Record<string, unknown> {
  const parts: Part[] = venueParts()
  for (const part of parts) if (from) part.restore(JSON.parse(JSON.stringify(from[part.name])))
  for (const record of records) for (const part of parts) part.apply(record, false, 0)
  return JSON.parse(JSON.stringify(Object.fromEntries(parts.map((part) => [part.name, part.snapshot()]))))
}

export function openPoll(id: string, more: object = {}): object {
  return { do: 'open', id, question: 'Tea?', options: ['yes', 'no', 'later'], ...more }
}
