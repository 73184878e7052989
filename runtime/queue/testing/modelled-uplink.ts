// Links that drop and fall silent, and a central behind them, in virtual time: the world around an UplinkSync.
import { continueFrom } from '../../central/continuation.ts'
import { LANES, type Lane } from '../../protocol/lanes.ts'
import type { UplinkEffect, UplinkInput, UplinkSync } from '../uplink-sync.ts'

/**
 * From `atMs` for `forMs`: sockets are reset and refused, or nothing passes and nobody is told; what TCP holds by
 * then passes afterwards, also on a connection that the PoP has given up.
 */
export interface Outage {
  is: 'reset' | 'silent'
  atMs: number
  forMs: number
}

/** One way to central. */
export interface ModelledLink {
  outages: readonly Outage[]
  /** One way. */
  latencyMs: number
  /** Towards central; what comes back is small. */
  bytesPerMs: number
}

export interface ModelledUplinkOptions {
  sync: UplinkSync
  /** One for each path of `sync`. */
  links: readonly ModelledLink[]
  /** Time of one transaction at central, ms, by its records. */
  commitMs: (records: number) => number
  /** Batches, counted over all connections, that central drops where more of the lane follow, which are gaps then. */
  dropped?: ReadonlySet<number>
}

interface SentBatch {
  batch: number
  lane: Lane
  first: number
  count: number
  bytes: number
}

interface Connection {
  link: ModelledLink
  path: number
  /** The PoP listens to it. */
  current: boolean
  /** Batches the PoP sent on it and has no answer for. */
  unanswered: SentBatch[]
  /** Batches that have arrived and wait for a transaction. */
  waiting: SentBatch[]
  applying: boolean
  /** When the last byte sent so far is through. */
  clearAtMs: number
}

/** Records in one of central's transactions. */
const TRANSACTION_RECORDS = 1_000
/** Wakes at one instant, at most: more means that the machine spins. */
const WAKES_AT_ONCE_MAX = 100

export class ModelledUplink {
  nowMs = 0
  /** Per lane, the sequence numbers that central applied, in order of application. */
  readonly applied: Record<Lane, number[]>
  /** Per lane and record, when central applied it. */
  readonly appliedAtMs: Record<Lane, number[]>
  readonly effects: { atMs: number; effect: UplinkEffect }[] = []
  /** Most bytes without an answer when another batch was sent, over what the window of its path allowed then. */
  overWindowBytesMax = Number.NEGATIVE_INFINITY
  sentBytes = 0
  lastHeardMs = 0
  readonly #options: ModelledUplinkOptions
  #events: { atMs: number; order: number; happen: () => void }[] = []
  #order = 0
  readonly #connections: (Connection | null)[]
  #centralFreeAtMs = 0
  #batches = 0

  constructor(options: ModelledUplinkOptions) {
    this.#options = options
    this.applied = byLane()
    this.appliedAtMs = byLane()
    this.#connections = options.links.map(() => null)
    for (const [path, { outages }] of options.links.entries()) {
      for (const { is, atMs } of outages) if (is === 'reset') this.at(atMs, () => this.#reset(path))
    }
  }

  get watermarks(): Partial<Record<Lane, number>> {
    return Object.fromEntries(LANES.map((lane) => [lane, this.applied[lane].length]))
  }

  at(atMs: number, happen: () => void): void {
    const event = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, happen }
    // Nearly always among the last: found from the end.
    let i = this.#events.length
    while (i > 0 && (this.#events[i - 1]?.atMs as number) > event.atMs) i--
    this.#events.splice(i, 0, event)
  }

  /** Records become durable at the PoP now. */
  push(lane: Lane, sizes: readonly number[]): void {
    for (const bytes of sizes) this.#options.sync.push(lane, bytes)
    this.#perform(this.#options.sync.pump(this.nowMs))
  }

  /** Central is restored from a backup: of each lane it has what it had after so many records, and no connection. */
  restore(through: Partial<Record<Lane, number>>): void {
    for (const lane of LANES) this.applied[lane].splice(through[lane] ?? 0)
    for (const path of this.#connections.keys()) this.#reset(path)
  }

  /** Lets time pass until `untilMs`, or until `done`. */
  run(untilMs: number, done: () => boolean = () => false): void {
    const { sync } = this.#options
    let wakes = 0
    while (!done()) {
      const event = this.#events[0]
      const nextMs = Math.min(event?.atMs ?? Number.POSITIVE_INFINITY, sync.wakeAtMs)
      if (nextMs > untilMs) break
      wakes = nextMs > this.nowMs ? 0 : wakes + 1
      if (wakes > WAKES_AT_ONCE_MAX + this.#events.length) throw new Error(`spins at ${this.nowMs} ms`)
      this.nowMs = Math.max(nextMs, this.nowMs)
      if (event && event.atMs <= this.nowMs) {
        this.#events.shift()
        event.happen()
      } else {
        this.#perform(sync.wake(this.nowMs))
      }
    }
    if (!done()) this.nowMs = untilMs
  }

  #perform(effects: readonly UplinkEffect[]): void {
    for (const effect of effects) {
      this.effects.push({ atMs: this.nowMs, effect })
      switch (effect.do) {
        case 'connect':
          this.#connect(effect.path)
          break
        case 'disconnect': {
          const connection = this.#connections[effect.path]
          if (connection) connection.current = false
          this.#connections[effect.path] = null
          break
        }
        case 'hello':
          this.#toCentral(this.#connectionOf(effect.path), 100, (from) =>
            this.#toPop(from, { is: 'ready', watermarks: this.watermarks }),
          )
          break
        case 'beat':
          this.#toCentral(this.#connectionOf(effect.path), 20, (from) =>
            this.#toPop(from, { is: 'beat', n: effect.n }),
          )
          break
        case 'send':
          this.#send(effect)
          break
      }
    }
  }

  #connect(path: number): void {
    const link = this.#options.links[path] as ModelledLink
    const connection: Connection = {
      link,
      path,
      current: true,
      unanswered: [],
      waiting: [],
      applying: false,
      clearAtMs: this.nowMs,
    }
    this.#connections[path] = connection
    const refused = link.outages.some((o) => o.is === 'reset' && during(o, this.nowMs))
    const input: UplinkInput = refused ? { is: 'closed' } : { is: 'opened' }
    this.#pass(link, this.nowMs + link.latencyMs, () => this.#input(connection, input))
  }

  #send({ path, lane, first, count, bytes }: Extract<UplinkEffect, { do: 'send' }>): void {
    const connection = this.#connectionOf(path)
    const sent = { batch: this.#batches++, lane, first, count, bytes }
    this.sentBytes += bytes
    const unanswered = connection.unanswered.reduce((sum, one) => sum + one.bytes, 0)
    const windowBytes = this.#options.sync.paths[path]?.window.urgentBytes as number
    this.overWindowBytesMax = Math.max(this.overWindowBytesMax, unanswered - windowBytes)
    connection.unanswered.push(sent)
    this.#toCentral(connection, bytes, (from) => {
      from.waiting.push(sent)
      this.#transact(from)
    })
  }

  /** Applies what waits on a connection, as much as one transaction takes. The connections of a log take turns. */
  #transact(from: Connection): void {
    if (from.applying || from.waiting.length === 0) return
    from.applying = true
    this.at(Math.max(this.#centralFreeAtMs, this.nowMs), () => {
      let records = 0
      const over = from.waiting.findIndex(({ count }) => {
        records += count
        return records > TRANSACTION_RECORDS
      })
      const group = from.waiting.splice(0, over === -1 ? from.waiting.length : Math.max(1, over))
      const tookMs = this.#options.commitMs(group.reduce((sum, { count }) => sum + count, 0))
      this.#centralFreeAtMs = this.nowMs + tookMs
      this.at(this.#centralFreeAtMs, () => {
        from.applying = false
        this.#answer(from, group)
        this.#transact(from)
      })
    })
  }

  #answer(from: Connection, group: readonly SentBatch[]): void {
    const answers = new Map<Lane, UplinkInput>()
    for (const { batch, lane, first, count } of group) {
      const followed = from.unanswered.some((sent) => sent.lane === lane && sent.batch > batch)
      if (followed && this.#options.dropped?.has(batch)) continue
      const gapped = answers.get(lane)?.is === 'gap'
      const answer = this.#apply(lane, first, count)
      if (!gapped) answers.set(lane, answer)
    }
    for (const [lane, answer] of answers) {
      const last = group.findLast((sent) => sent.lane === lane)?.batch as number
      this.#toPop(from, answer, () => {
        from.unanswered = from.unanswered.filter((sent) => sent.lane !== lane || sent.batch > last)
      })
    }
  }

  #apply(lane: Lane, first: number, count: number): UplinkInput {
    const applied = this.applied[lane]
    const next = continueFrom(applied.length, first, count)
    if (next.is === 'gap') return { is: 'gap', lane, expected: next.expected }
    for (let i = next.skip; i < count; i++) {
      applied.push(first + i)
      this.appliedAtMs[lane][first + i] ??= this.nowMs
    }
    return { is: 'applied', lane, through: applied.length }
  }

  #connectionOf(path: number): Connection {
    const connection = this.#connections[path]
    if (!connection) throw new Error(`path ${path} is used without a connection`)
    return connection
  }

  #toCentral(connection: Connection, bytes: number, arrive: (connection: Connection) => void): void {
    const { link } = connection
    connection.clearAtMs = Math.max(connection.clearAtMs, this.nowMs) + bytes / link.bytesPerMs
    this.#pass(link, connection.clearAtMs + link.latencyMs, () => arrive(connection))
  }

  #toPop(connection: Connection, input: UplinkInput, arrived = () => {}): void {
    this.#pass(connection.link, this.nowMs + connection.link.latencyMs, () => {
      arrived()
      this.#input(connection, input)
    })
  }

  /** Something sent now passes at `arrivesMs`: never where a reset comes between, later where silence does. */
  #pass({ outages }: ModelledLink, arrivesMs: number, arrive: () => void): void {
    const sentMs = this.nowMs
    if (outages.some((o) => o.is === 'reset' && o.atMs > sentMs && o.atMs <= arrivesMs)) return
    const silence = outages.find((o) => o.is === 'silent' && during(o, arrivesMs))
    // Answers keep their order behind the silence: events of one instant happen in the order they were made.
    this.at(silence ? silence.atMs + silence.forMs : arrivesMs, arrive)
  }

  #input(connection: Connection, input: UplinkInput): void {
    if (!connection.current || this.#connections[connection.path] !== connection) return
    if (input.is === 'closed') this.#connections[connection.path] = null
    this.lastHeardMs = this.nowMs
    this.#perform(this.#options.sync.input({ ...input, path: connection.path }, this.nowMs))
  }

  #reset(path: number): void {
    const connection = this.#connections[path]
    if (connection) this.#input(connection, { is: 'closed' })
  }
}

function byLane(): Record<Lane, number[]> {
  return Object.fromEntries(LANES.map((lane) => [lane, [] as number[]])) as Record<Lane, number[]>
}

function during({ atMs, forMs }: Outage, momentMs: number): boolean {
  return momentMs >= atMs && momentMs < atMs + forMs
}
