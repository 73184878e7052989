// Between the core and the session threads: what threads tell goes to the core, what the core wants told goes to the
// threads that have the sessions, once per tick.
import type { Logger } from 'pino'
import type { AggregateValue } from '../protocol/filter.ts'
import type { Durability, Lane } from '../protocol/lanes.ts'
import type { Hello, PopFrame } from '../protocol/session.ts'
import type { PastMessage, QueryDefinition } from '../queries/queries.ts'
import type { LogRecord } from '../queue/record.ts'
import { SEEN_WINDOW } from '../queue/seen.ts'
import type { DrainSchedule } from './drain.ts'
import { deliveryOf, StreamMessage } from './message-frames.ts'
import type { Denial, PartEffect } from './part.ts'
import type { PopCore, PopEffect } from './pop-core.ts'
import type { PublishInput } from './pop-io.ts'
import { type FromCore, TickBatch, type ToCore } from './session-link.ts'
import { type Ended, type SessionPlace, SessionTable } from './session-table.ts'
import type { UsedTokens } from './tokens.ts'

/** The part that answers queries. */
export interface LiveQueries {
  /** Tells the value at once, or says why not; then there is nothing to close. */
  open(key: string, query: QueryDefinition, nowMs: number): PartEffect[] | Denial
  close(key: string): void
  /** Whether it counts from its opening, and is to be told what was before. */
  isPrimable(key: string): boolean
  /** Adds what was before the opening, and tells the value at once. */
  prime(key: string, past: Iterable<PastMessage>, nowMs: number): PartEffect[]
}

export interface SessionRouterOptions {
  core: PopCore
  queries: LiveQueries
  used: UsedTokens
  /** Performs what the core decides. */
  perform: (effects: readonly PopEffect[]) => void
  /** Calls once the events at hand have been handled. */
  soon: (act: () => void) => void
  /** Monotonic, and since the Unix epoch, ms. */
  nowMs: () => number
  wallMs: () => number
  log: Logger
}

interface Asked {
  threads: Set<number>
  value: AggregateValue | null
  /** While it waits for the messages from before: which opening. Until they are counted nothing is told. */
  opening: number | null
}

export class SessionRouter {
  readonly #of: SessionRouterOptions
  readonly #table = new SessionTable()
  readonly #threads: TickBatch<FromCore>[] = []
  readonly #asked = new Map<string, Asked>()
  #openings = 0
  #empty: PromiseWithResolvers<void> | null = null

  constructor(options: SessionRouterOptions) {
    this.#of = options
  }

  /** Sessions that said hello, in all threads. */
  get sessions(): number {
    return this.#table.size
  }

  /** Adds a thread; `send` hands it what the core tells in one tick. Returns its number. */
  addThread(send: (items: FromCore[]) => void): number {
    return this.#threads.push(new TickBatch(this.#of.soon, send)) - 1
  }

  /** What a thread told in one tick. */
  receive(thread: number, items: readonly ToCore[]): void {
    const { core, perform } = this.#of
    let publishes: PublishInput[] = []
    for (const item of items) {
      if (item.do === 'publish') {
        publishes.push(item.publish)
        continue
      }
      if (publishes.length > 0) perform(core.publishAll(publishes))
      publishes = []
      this.#hear(thread, item)
    }
    if (publishes.length > 0) perform(core.publishAll(publishes))
  }

  ack(client: string, lane: Lane, seq: number, durable: Durability): void {
    const batch = this.#batchOf(client)
    if (!batch) return
    const last = batch.last
    const continues =
      last?.do === 'ack' &&
      last.client === client &&
      last.lane === lane &&
      last.durable === durable &&
      last.seq + 1 === seq
    if (continues) last.seq = seq
    else batch.push({ do: 'ack', client, lane, from: seq, seq, durable })
  }

  deliver(record: LogRecord): void {
    const delivery = deliveryOf(record)
    for (const batch of this.#threads) batch.push({ do: 'deliver', delivery })
  }

  tell(ch: string, frame: PopFrame): void {
    for (const batch of this.#threads) batch.push({ do: 'tell', ch, frame })
  }

  tellClient(client: string, frame: PopFrame): void {
    this.#batchOf(client)?.push({ do: 'tell-client', client, frame })
  }

  result(key: string, value: AggregateValue): void {
    const asked = this.#asked.get(key)
    if (!asked || asked.opening !== null) return
    asked.value = value
    for (const thread of asked.threads) this.#threads[thread]?.push({ do: 'result', key, value })
  }

  /** One schedule a thread. */
  drain(schedules: readonly DrainSchedule[]): void {
    for (const [thread, schedule] of schedules.entries()) {
      this.#threads[thread]?.push({ do: 'drain', ...schedule })
    }
  }

  /** Resolves once no session is left. */
  empty(): Promise<void> {
    if (this.#table.size === 0) return Promise.resolve()
    this.#empty ??= Promise.withResolvers<void>()
    return this.#empty.promise
  }

  #batchOf(client: string): TickBatch<FromCore> | undefined {
    return this.#threads[this.#table.threadOf(client) ?? -1]
  }

  #hear(thread: number, item: Exclude<ToCore, { do: 'publish' }>): void {
    const { core, used, perform, nowMs, wallMs } = this.#of
    switch (item.do) {
      case 'hello':
        this.#hello({ thread, session: item.session }, item.client, item.from)
        break
      case 'gone':
        this.#ended(this.#table.gone({ thread, session: item.session }))
        if (this.#table.size === 0) this.#empty?.resolve()
        break
      case 'joined': {
        const client = this.#table.joined({ thread, session: item.session }, item.ch)
        if (client !== null) perform(core.joined(client, item.ch, nowMs(), wallMs()))
        break
      }
      case 'left': {
        const client = this.#table.left({ thread, session: item.session }, item.ch)
        if (client !== null) perform(core.left(client, item.ch, nowMs(), wallMs()))
        break
      }
      case 'query':
        this.#query(thread, item.key, item.query)
        break
      case 'unquery':
        this.#unquery(thread, item.key)
        break
      case 'past':
        this.#past(item)
        break
      case 'claim': {
        const { claim, id, expiresAtMs } = item
        used.claim(id, expiresAtMs).then(
          (as) => this.#threads[thread]?.push({ do: 'claimed', claim, as }),
          (error) => {
            this.#of.log.error({ err: error }, 'the first use of a token could not be kept')
            this.#threads[thread]?.push({ do: 'claimed', claim, as: 'full' })
          },
        )
        break
      }
    }
  }

  #hello(place: SessionPlace, client: string, from: Hello['from']): void {
    const former = this.#table.hello(place, client)
    if (former) this.#threads[former.thread]?.push({ do: 'replace', session: former.session })
    this.#ended(former)
    const acked = this.#of.core.greet(client, from)
    for (const [lane, seq] of Object.entries(from ?? {})) {
      const ahead = seq - (acked[lane as Lane] ?? 0)
      if (ahead > SEEN_WINDOW) {
        this.#of.log.info({ client, lane, from: seq, ahead }, 'a client goes on far ahead')
      }
    }
    this.#threads[place.thread]?.push({ do: 'welcome', session: place.session, acked })
  }

  #ended(ended: Ended | null): void {
    const { core, perform, nowMs, wallMs } = this.#of
    for (const ch of ended?.channels ?? []) {
      perform(core.left((ended as Ended).client, ch, nowMs(), wallMs()))
    }
  }

  #query(thread: number, key: string, query: QueryDefinition): void {
    const { core, queries, perform, nowMs, wallMs } = this.#of
    const known = this.#asked.get(key)
    if (known) {
      known.threads.add(thread)
      if (known.value) this.#threads[thread]?.push({ do: 'result', key, value: known.value })
      return
    }
    const opened = queries.open(key, query, nowMs())
    if ('code' in opened) {
      this.#threads[thread]?.push({ do: 'query-refused', key, denial: opened })
      return
    }
    const asked: Asked = { threads: new Set([thread]), value: null, opening: null }
    this.#asked.set(key, asked)
    if (queries.isPrimable(key)) {
      asked.opening = ++this.#openings
      this.#threads[thread]?.push({ do: 'past', key, opening: asked.opening, ch: query.ch })
    } else {
      perform(core.act(opened, wallMs()))
    }
  }

  /** The thread had been handed every delivery from before the opening, and none from after it. */
  #past({ key, opening, messages }: Extract<ToCore, { do: 'past' }>): void {
    const { core, queries, perform, nowMs, wallMs } = this.#of
    const asked = this.#asked.get(key)
    // Not for a query that was closed and opened again since: that one has a question of its own under way.
    if (asked?.opening !== opening) return
    asked.opening = null
    const past = messages.map((of) => ({ ...new StreamMessage(of).read(), part: of.part }))
    perform(core.act(queries.prime(key, past, nowMs()), wallMs()))
  }

  #unquery(thread: number, key: string): void {
    const asked = this.#asked.get(key)
    if (!asked?.threads.delete(thread) || asked.threads.size > 0) return
    this.#asked.delete(key)
    this.#of.queries.close(key)
  }
}
