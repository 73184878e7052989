// What was promised and what happened, told by every part of the simulated world: throws where the two disagree.
import { isOwn } from '../../runtime/broker/own-publishes.ts'
import type { Durability, Lane } from '../../runtime/protocol/lanes.ts'
import { SHOW, VOTE_PREFIX } from '../../runtime/protocol/show.ts'
import { type LogRecord, streamOf } from '../../runtime/queue/record.ts'

/** A promise was broken. */
export class BrokenPromise extends Error {}

export interface Identity {
  client: string
  lane: Lane
  seq: number
}

export function identityOf({ client, lane, seq }: Identity): string {
  return `${client}/${lane}/${seq}`
}

/** Who writes which log: a log that another PoP takes over gets another epoch. */
export interface Writer {
  log: string
  epoch: string
}

interface Promised {
  durable: Durability
  /** The PoP that said so. */
  by: Writer
}

/** What a log has had, oldest first, from its first record on. */
interface LogHistory {
  records: LogRecord[]
  /** What each lane's newest record of each client was: lanes keep a client's order. */
  newest: Map<string, number>
}

export class History {
  readonly #promised = new Map<string, Promised>()
  /** Refused at least once, so that later messages of its lane may have come before it. */
  readonly #refused = new Set<string>()
  /** Acknowledged on a disk that is gone, before central or a replica had it: the stated loss. */
  readonly #excused = new Set<string>()
  /** By epoch, what of a log lives on, whose disk is gone. */
  readonly #survived = new Map<string, ReadonlySet<string>>()
  readonly #logs = new Map<string, LogHistory>()
  /** Per epoch, stream and offset, the message that a subscriber was shown there. */
  readonly #shown = new Map<string, string>()
  /** Per log, lane and number, the message that central has there; null where its content was shed. */
  readonly #atCentral = new Map<string, string | null>()
  readonly #effects = new Set<string>()
  /** Also what a central that was set back has lost since. */
  readonly #wasAtCentral = new Set<string>()
  /** What stays at the PoP, by its channel's rule, and is in its log. */
  readonly #staying = new Set<string>()
  polls = 0

  get acknowledged(): number {
    return this.#promised.size
  }

  /** Messages that were acknowledged `disk` and went with the disk. */
  get lost(): number {
    return [...this.#excused].filter((id) => !this.#effects.has(id)).length
  }

  acknowledge(by: Writer, of: Identity, wanted: Durability, durable: Durability): void {
    const id = identityOf(of)
    if (wanted === 'central' && durable !== 'central') fail(`${id} waits for central and was told ${durable}`)
    if (durable === 'central' && !this.#wasAtCentral.has(id))
      fail(`${id} is not at central, as its sender was told`)
    // Said before the disk went, and heard after.
    const survived = this.#survived.get(by.epoch)
    if (durable === 'disk' && survived && !survived.has(id)) this.#excused.add(id)
    this.#promised.set(id, { durable, by })
  }

  refuse(of: Identity): void {
    this.#refused.add(identityOf(of))
  }

  /** A record is durable at `position` of a log, or found there by a PoP that starts. */
  logged(log: string, position: number, record: LogRecord): void {
    const history = this.#logOf(log)
    const { records, newest } = history
    const id = identityOf(record)
    const before = records[position - 1]
    if (before) {
      if (identityOf(before) !== id)
        fail(`record ${position} of ${log} was ${identityOf(before)} and is ${id}`)
      return
    }
    if (position !== records.length + 1) fail(`record ${position} of ${log} follows ${records.length}`)
    records.push(record)
    if (record.laneSeq === 0) this.#staying.add(id)
    const lane = `${record.client}/${record.lane}`
    const last = newest.get(lane) ?? 0
    // What the PoP itself publishes is tried again later where the disk was full.
    if (record.seq <= last && !this.#refused.has(id) && !isOwn(record))
      fail(`${id} comes in ${log} after number ${last} of its lane`)
    newest.set(lane, Math.max(last, record.seq))
    if (record.ch === SHOW.polls) this.#poll(records, record)
  }

  /** A PoP has opened a log and found it `position` long. */
  opened(log: string, position: number): void {
    const { length } = this.#logOf(log).records
    if (position < length) fail(`${log} had ${length} durable records and has ${position}`)
  }

  /** The disk of a PoP is gone. Another one goes on with its first `position` records; null where there is none. */
  diskLost({ log, epoch }: Writer, position: number | null): void {
    const { records } = this.#logOf(log)
    const kept = new Set(records.slice(0, position ?? 0).map(identityOf))
    this.#survived.set(epoch, kept)
    for (const [id, promised] of this.#promised) {
      if (promised.by.log !== log || kept.has(id) || this.#effects.has(id)) continue
      // What stays at the PoP leaves both logs once central has what is around it.
      if (promised.durable === 'replica' && !this.#staying.has(id))
        fail(`${id} was acknowledged by a replica that does not have it`)
      this.#excused.add(id)
    }
    const gone = records.splice(position ?? 0)
    for (const record of gone) {
      this.#staying.delete(identityOf(record))
      this.#logOf(log).newest.delete(`${record.client}/${record.lane}`)
    }
  }

  /** A subscriber is shown a message. */
  shown(epoch: string, of: Pick<LogRecord, 'ch' | 'part' | 'off'>, id: string): void {
    const at = `${epoch} ${streamOf(of.ch, of.part)} ${of.off}`
    const before = this.#shown.get(at)
    if (before !== undefined && before !== id) fail(`offset ${at} was ${before} and is ${id}`)
    this.#shown.set(at, id)
  }

  /** Central has stored the record of a lane's number, as far as it can tell for the first time. */
  applied(log: string, lane: Lane, laneSeq: number, of: Identity | null): void {
    const at = `${log} ${lane} ${laneSeq}`
    const id = of && identityOf(of)
    const before = this.#atCentral.get(at)
    if (before !== undefined) fail(`record ${at} took effect twice: ${before}, ${id}`)
    this.#atCentral.set(at, id)
    if (id === null) return
    if (this.#effects.has(id)) fail(`${id} took effect twice, the second time as ${at}`)
    this.#effects.add(id)
    this.#wasAtCentral.add(id)
  }

  /** Central was set back to what it had then. */
  restored(places: ReadonlyMap<string, string | null>): void {
    this.#atCentral.clear()
    this.#effects.clear()
    for (const [at, id] of places) {
      this.#atCentral.set(at, id)
      if (id !== null) this.#effects.add(id)
    }
  }

  /** What central has now, by place: for `restored`. */
  backup(): Map<string, string | null> {
    return new Map(this.#atCentral)
  }

  /** All faults have ended and everything is quiet: every promise must have been kept. */
  end(): void {
    for (const [id, { durable, by }] of this.#promised) {
      if (durable === 'memory' || this.#effects.has(id) || this.#staying.has(id) || this.#excused.has(id))
        continue
      fail(`${id}, acknowledged ${durable} in ${by.epoch}, is not at central`)
    }
  }

  #logOf(log: string): LogHistory {
    let history = this.#logs.get(log)
    if (!history) {
      history = { records: [], newest: new Map() }
      this.#logs.set(log, history)
    }
    return history
  }

  /** Counts a poll again, from the log alone, when its result is told. */
  #poll(records: readonly LogRecord[], { body }: LogRecord): void {
    const told = body as { do: string; id: string; voters: number; counts: number[] }
    if (told.do !== 'result') return
    const votes = new Map<string, number>()
    let admits = false
    for (const record of records) {
      const news = record.body as { do?: string; id?: string; choice?: number }
      if (record.ch === SHOW.polls && news.id === told.id)
        admits = news.do === 'open' || (admits && news.do === 'close')
      if (admits && record.ch === `${VOTE_PREFIX}${told.id}`) votes.set(record.client, news.choice as number)
    }
    const counts = told.counts.map((_, i) => [...votes.values()].filter((choice) => choice === i).length)
    if (votes.size !== told.voters || counts.join() !== told.counts.join())
      fail(`poll ${told.id} was told as ${told.counts} and is ${counts}`)
    this.polls++
  }
}

export function fail(what: string): never {
  throw new BrokenPromise(what)
}
