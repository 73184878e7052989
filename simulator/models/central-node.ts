// Central under virtual time: the runtime's own rules of what shares a transaction and of what continues a lane, and a
// database with as many writers as it has connections.
import { isOwn } from '../../runtime/broker/own-publishes.ts'
import { CENTRAL_LIMITS, DATABASE_CONNECTIONS } from '../../runtime/central/limits.ts'
import { type LaneBatch, type SortedOut, sortOut } from '../../runtime/central/sort-out.ts'
import { WaitingBatches } from '../../runtime/central/waiting-batches.ts'
import { LANES, type Lane } from '../../runtime/protocol/lanes.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import { type QuantileTable, quantile } from '../calibration/quantile-table.ts'
import type { EventQueue } from '../engine/event-queue.ts'
import type { Random } from '../engine/random.ts'
import { Station } from '../engine/station.ts'
import type { RunPlan } from '../workload/run-plan.ts'
import { SequenceSet } from './sequence-set.ts'

/** What a transaction did. */
export type Applied = Pick<SortedOut<LogRecord>, 'through' | 'gaps'> & {
  /** Records that central did not have before, in their order. */
  fresh: readonly LogRecord[]
  /** The connection that brought them is there to be answered. */
  isOpen: boolean
}

/** What central has of one PoP. */
interface PopAtCentral {
  watermarks: Record<Lane, number>
  /** Records applied, counted one by one. */
  applied: number
}

/** A show has PostgreSQL, a rehearsal the embedded store. */
export function writersOf({ stage }: Pick<RunPlan, 'stage'>): number {
  return stage === 'show' ? DATABASE_CONNECTIONS : 1
}

export class CentralNode {
  readonly #clock: EventQueue
  readonly #writers: Station
  readonly #applyMs: QuantileTable
  readonly #random: Random
  readonly #pops = new Map<string, PopAtCentral>()
  /** By lane and client: what was applied, and what stays at a PoP for good. */
  readonly #settled = byLane(() => new Map<string, SequenceSet>())
  readonly #connections: CentralConnection[] = []
  readonly #onCommit: number
  /** Of attendees; a PoP's own are applied too. */
  messages = 0
  appliedTwice = 0

  /** `writers`: transactions that run at once, at most. */
  constructor(clock: EventQueue, applyMs: QuantileTable, random: Random, writers = 1) {
    this.#clock = clock
    this.#writers = new Station(clock, writers, 'the writers of central')
    this.#applyMs = applyMs
    this.#random = random
    this.#onCommit = clock.handler((connection) => this.#connections[connection]?.commit())
  }

  /** A way by which a PoP's batches come, for all of the run. `applied` is called at the end of each transaction. */
  connection(pop: string, applied: (what: Applied) => void): CentralConnection {
    const index = this.#connections.length
    const begin = () =>
      this.#clock.schedule(
        this.#writers.serve(quantile(this.#applyMs, this.#random())),
        this.#onCommit,
        index,
      )
    const connection = new CentralConnection({
      begin,
      apply: (batches) => this.#apply(pop, batches),
      applied,
    })
    this.#connections.push(connection)
    return connection
  }

  /** Of a client's messages in a lane: those that are here, or kept at a PoP by its channel's rule. */
  settled(client: string, lane: Lane): SequenceSet {
    const clients = this.#settled[lane]
    let settled = clients.get(client)
    if (!settled) {
      settled = new SequenceSet()
      clients.set(client, settled)
    }
    return settled
  }

  of(pop: string): PopAtCentral {
    let known = this.#pops.get(pop)
    if (!known) {
      known = { watermarks: byLane(() => 0), applied: 0 }
      this.#pops.set(pop, known)
    }
    return known
  }

  #apply(pop: string, batches: readonly LaneBatch<LogRecord>[]): Omit<Applied, 'isOpen'> {
    const at = this.of(pop)
    const { fresh, through, gaps } = sortOut(batches, at.watermarks)
    for (const { record, lane } of fresh) {
      at.applied++
      if (!this.settled(record.client, lane).add(record.seq)) this.appliedTwice++
      else if (!isOwn(record)) this.messages++
    }
    Object.assign(at.watermarks, through)
    return { fresh: fresh.map(({ record }) => record), through, gaps }
  }
}

interface ConnectionOptions {
  /** Begins a transaction, at whose end `commit` is called. */
  begin: () => void
  apply: (batches: readonly LaneBatch<LogRecord>[]) => Omit<Applied, 'isOpen'>
  applied: (what: Applied) => void
}

/** One transaction at a time; what comes meanwhile shares the next one. */
export class CentralConnection {
  readonly #of: ConnectionOptions
  readonly #waiting = new WaitingBatches<LaneBatch<LogRecord>>(CENTRAL_LIMITS.transactionRecords)
  #applying: readonly LaneBatch<LogRecord>[] | null = null
  /** It was closed since the transaction began. */
  #closed = false

  constructor(options: ConnectionOptions) {
    this.#of = options
  }

  /** A batch has arrived. */
  batch(batch: LaneBatch<LogRecord>): void {
    this.#waiting.push(batch, 0)
    this.#begin()
  }

  /** The PoP is gone, and comes back by a new connection: what waits is forgotten, what is in progress ends. */
  close(): void {
    this.#waiting.clear()
    this.#closed = true
  }

  /** The transaction in progress has ended. */
  commit(): void {
    const batches = this.#applying as readonly LaneBatch<LogRecord>[]
    this.#applying = null
    this.#of.applied({ ...this.#of.apply(batches), isOpen: !this.#closed })
    this.#begin()
  }

  #begin(): void {
    if (this.#applying !== null || this.#waiting.count === 0) return
    this.#applying = this.#waiting.take()
    this.#closed = false
    this.#of.begin()
  }
}

function byLane<T>(of: () => T): Record<Lane, T> {
  return Object.fromEntries(LANES.map((lane) => [lane, of()])) as Record<Lane, T>
}
