// Central in memory: its rule of what continues a lane, its transactions, crashes, backups and fencing.
import { continueFrom } from '../../runtime/central/continuation.ts'
import type { Lane } from '../../runtime/protocol/lanes.ts'
import { LANES } from '../../runtime/protocol/lanes.ts'
import type {
  Batch,
  CentralUplinkFrame,
  PopUplinkFrame,
  UplinkRecord,
} from '../../runtime/protocol/uplink.ts'
import { pick } from '../../runtime/testing/seeded-random.ts'
import type { EventQueue } from './event-queue.ts'
import { type History, identityOf } from './history.ts'
import type { Wire, WireEnd } from './wire.ts'

export type UplinkWire = Wire<PopUplinkFrame, CentralUplinkFrame>

/** Of one transaction. */
const TRANSACTION_MS = { least: 1, most: 40 }

interface Source {
  log: string
  term: number
}

interface Connection {
  wire: UplinkWire
  source: Source | null
  waiting: Batch[]
  busy: boolean
}

interface Tables {
  /** The name under which a log's records are kept: another one once a PoP took it over with less of it. */
  paths: Map<string, string>
  /** By path and lane. */
  watermarks: Map<string, number>
  terms: Map<string, number>
  /** By path, lane and number: who is there. */
  places: Map<string, string | null>
  /** Every message, whatever brought it. */
  messages: Set<string>
}

export interface CentralOptions {
  queue: EventQueue
  random: () => number
  history: History
  /** The watermark's advance is no part of the transaction: a crash may come between. Breaks the rule on purpose. */
  forgetsWatermarks?: boolean
}

export class Central {
  readonly #of: CentralOptions
  #tables: Tables = emptyTables()
  #backup: { tables: Tables; places: Map<string, string | null> } | null = null
  #connections = new Set<Connection>()
  #life = 0
  up = true

  constructor(options: CentralOptions) {
    this.#of = options
  }

  /** For the server's end of a connection; null where nothing listens. */
  accept(wireOf: (end: WireEnd<PopUplinkFrame>) => UplinkWire): UplinkWire | null {
    if (!this.up) return null
    const end: WireEnd<PopUplinkFrame> = {
      frame: (frame) => this.#frame(connection, frame),
      closed: () => this.#connections.delete(connection),
    }
    const connection: Connection = { wire: wireOf(end), source: null, waiting: [], busy: false }
    this.#connections.add(connection)
    return connection.wire
  }

  /** The process is gone, and with it what is not committed. */
  crash(): void {
    this.up = false
    this.#life++
    const gone = [...this.#connections]
    this.#connections = new Set()
    for (const { wire } of gone) wire.reset()
  }

  start(): void {
    this.up = true
  }

  backUp(): void {
    this.#backup = { tables: copied(this.#tables), places: this.#of.history.backup() }
  }

  /** Goes back to the backup, where there is one, and starts on it. */
  restore(): void {
    this.crash()
    if (this.#backup) {
      // Who may write a log is kept: an operator restores messages, and fences anew what was fenced.
      const { terms } = this.#tables
      this.#tables = { ...copied(this.#backup.tables), terms }
      this.#of.history.restored(this.#backup.places)
    }
    this.start()
  }

  #frame(connection: Connection, frame: PopUplinkFrame): void {
    switch (frame.t) {
      case 'uplink':
        this.#hello(connection, { log: frame.log, term: frame.term ?? 1 }, frame.began)
        break
      case 'beat':
        connection.wire.down(frame)
        break
      case 'batch':
        connection.waiting.push(frame)
        this.#transact(connection)
    }
  }

  #hello(connection: Connection, source: Source, began?: Partial<Record<Lane, number>>): void {
    const { terms, watermarks, paths } = this.#tables
    if (source.term < (terms.get(source.log) ?? 0)) {
      this.#fence(connection)
      return
    }
    const isNewTerm = source.term > (terms.get(source.log) ?? source.term)
    terms.set(source.log, source.term)
    if (began && isNewTerm) this.#branchOff(source, began)
    const path = paths.get(source.log) ?? source.log
    connection.source = source
    const known = LANES.map((lane) => [lane, watermarks.get(`${path} ${lane}`) ?? 0] as const)
    connection.wire.down({ t: 'ready', watermarks: Object.fromEntries(known) })
  }

  /** As `openSource` does: what central has beyond `began` is of the PoP before, and stays as it is. */
  #branchOff({ log, term }: Source, began: Partial<Record<Lane, number>>): void {
    const { paths, watermarks } = this.#tables
    const former = paths.get(log) ?? log
    const known = LANES.map((lane) => [lane, watermarks.get(`${former} ${lane}`) ?? 0] as const)
    if (known.every(([lane, through]) => through <= (began[lane] ?? 0))) return
    const path = `${log}@${term}`
    paths.set(log, path)
    for (const [lane, through] of known)
      watermarks.set(`${path} ${lane}`, Math.min(through, began[lane] ?? 0))
  }

  #transact(connection: Connection): void {
    if (connection.busy || connection.waiting.length === 0) return
    connection.busy = true
    const { queue, random } = this.#of
    const life = this.#life
    const tookMs = TRANSACTION_MS.least + random() * (TRANSACTION_MS.most - TRANSACTION_MS.least)
    queue.after(tookMs, () => {
      // A crash before the commit leaves nothing of the transaction; a connection that is gone ends none.
      if (this.#life !== life) return
      const batches = connection.waiting.splice(0)
      connection.busy = false
      this.#commit(connection, batches)
      this.#transact(connection)
    })
  }

  #commit(connection: Connection, batches: readonly Batch[]): void {
    const { source, wire } = connection
    if (!source) return
    if (source.term < (this.#tables.terms.get(source.log) ?? 0)) {
      this.#fence(connection)
      return
    }
    const answers = new Map<Lane, CentralUplinkFrame>()
    for (const { lane, first, records } of batches) {
      const path = this.#tables.paths.get(source.log) ?? source.log
      const key = `${path} ${lane}`
      const watermark = this.#tables.watermarks.get(key) ?? 0
      const next = continueFrom(watermark, first, records.length)
      if (next.is === 'gap') {
        answers.set(lane, { t: 'gap', lane, expected: next.expected })
        continue
      }
      for (const [i, record] of records.entries()) {
        const laneSeq = first + i
        if (i >= next.skip) this.#apply(path, lane, laneSeq, record)
        else if (!this.#isSame(`${key} ${laneSeq}`, lane, record)) {
          wire.down({ t: 'err', code: 'MP_LOG_REWOUND', why: 'other records under known numbers' })
          return
        }
      }
      const { forgetsWatermarks, random } = this.#of
      if (forgetsWatermarks && pick(random, 10) === 0) {
        wire.reset()
        return
      }
      this.#tables.watermarks.set(key, watermark + next.apply)
      if (answers.get(lane)?.t !== 'gap')
        answers.set(lane, { t: 'applied', lane, through: watermark + next.apply })
    }
    for (const answer of answers.values()) wire.down(answer)
  }

  #apply(path: string, lane: Lane, laneSeq: number, record: UplinkRecord | null): void {
    const { places, messages } = this.#tables
    const id = record && identityOf({ lane, ...record })
    // What another path has brought is skipped, as the messages' primary key has it.
    const other = id !== null && messages.has(id) && !hasBrought(places, path, id)
    if (!other) this.#of.history.applied(path, lane, laneSeq, record && { lane, ...record })
    places.set(`${path} ${lane} ${laneSeq}`, id)
    if (id !== null) messages.add(id)
  }

  #isSame(place: string, lane: Lane, record: UplinkRecord | null): boolean {
    const there = this.#tables.places.get(place)
    if (record === null || there === null) return true
    return there === identityOf({ lane, ...record })
  }

  #fence({ wire }: Connection): void {
    wire.down({ t: 'err', code: 'MP_UPLINK_FENCED', why: 'another PoP writes this log' })
    wire.closeFromServer()
  }
}

function hasBrought(places: ReadonlyMap<string, string | null>, path: string, id: string): boolean {
  for (const [place, there] of places) if (there === id && place.startsWith(`${path} `)) return true
  return false
}

function emptyTables(): Tables {
  return { paths: new Map(), watermarks: new Map(), terms: new Map(), places: new Map(), messages: new Set() }
}

function copied({ paths, watermarks, terms, places, messages }: Tables): Tables {
  return {
    paths: new Map(paths),
    watermarks: new Map(watermarks),
    terms: new Map(terms),
    places: new Map(places),
    messages: new Set(messages),
  }
}
