// A link that drops and falls silent, and a central behind it, in virtual time: the world around an UplinkSync.
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

export interface ModelledUplinkOptions {
  sync: UplinkSync
  outages: readonly Outage[]
  latencyMs: number
  bytesPerMs: number
  /** Time of one commit at central, ms; called for each batch. */
  commitMs: () => number
  /** Batches, counted over all connections, that central drops where more of the lane follow, which are gaps then. */
  dropped?: ReadonlySet<number>
}

interface Connection {
  /** The PoP listens to it. */
  current: boolean
  /** Bytes the PoP sent on it and has no answer for. */
  unanswered: { batch: number; lane: Lane; bytes: number }[]
  /** When the last byte sent so far is through. */
  clearAtMs: number
  /** Central works on its batches one after the other. */
  centralFreeAtMs: number
}

/** Wakes at one instant, at most: more means that the machine spins. */
const WAKES_AT_ONCE_MAX = 100

export class ModelledUplink {
  nowMs = 0
  /** Per lane, the sequence numbers that central applied, in order of application. */
  readonly applied: Record<Lane, number[]>
  readonly effects: { atMs: number; effect: UplinkEffect }[] = []
  unansweredBytesMax = 0
  lastHeardMs = 0
  readonly #options: ModelledUplinkOptions
  #events: { atMs: number; order: number; happen: () => void }[] = []
  #order = 0
  #connection: Connection | null = null
  #batches = 0

  constructor(options: ModelledUplinkOptions) {
    this.#options = options
    this.applied = Object.fromEntries(LANES.map((lane) => [lane, [] as number[]])) as Record<Lane, number[]>
    for (const outage of options.outages) {
      if (outage.is === 'reset') this.at(outage.atMs, () => this.#reset())
    }
  }

  get watermarks(): Partial<Record<Lane, number>> {
    return Object.fromEntries(LANES.map((lane) => [lane, this.applied[lane].length]))
  }

  at(atMs: number, happen: () => void): void {
    this.#events.push({ atMs: Math.max(atMs, this.nowMs), order: this.#order++, happen })
  }

  /** Records become durable at the PoP now. */
  push(lane: Lane, sizes: readonly number[]): void {
    for (const bytes of sizes) this.#options.sync.push(lane, bytes)
    this.#perform(this.#options.sync.pump(this.nowMs))
  }

  /** Lets time pass until `untilMs`, or until `done`. */
  run(untilMs: number, done: () => boolean = () => false): void {
    const { sync } = this.#options
    let wakes = 0
    while (!done()) {
      this.#events.sort((a, b) => a.atMs - b.atMs || a.order - b.order)
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
          this.#connect()
          break
        case 'disconnect':
          if (this.#connection) this.#connection.current = false
          this.#connection = null
          break
        case 'hello':
          this.#toCentral(100, (connection) =>
            this.#toPop(connection, { is: 'ready', watermarks: this.watermarks }),
          )
          break
        case 'beat':
          this.#toCentral(20, (connection) => this.#toPop(connection, { is: 'beat' }))
          break
        case 'send':
          this.#send(effect)
          break
      }
    }
  }

  #connect(): void {
    const connection: Connection = {
      current: true,
      unanswered: [],
      clearAtMs: this.nowMs,
      centralFreeAtMs: 0,
    }
    this.#connection = connection
    const refused = this.#options.outages.some((o) => o.is === 'reset' && during(o, this.nowMs))
    const input: UplinkInput = refused ? { is: 'closed' } : { is: 'opened' }
    this.#pass(this.nowMs + this.#options.latencyMs, () => this.#input(connection, input))
  }

  #send({ lane, first, count, bytes }: Extract<UplinkEffect, { do: 'send' }>): void {
    const connection = this.#connection as Connection
    const batch = this.#batches++
    connection.unanswered.push({ batch, lane, bytes })
    const unanswered = connection.unanswered.reduce((sum, sent) => sum + sent.bytes, 0)
    this.unansweredBytesMax = Math.max(this.unansweredBytesMax, unanswered)
    this.#toCentral(bytes, (from) => {
      from.centralFreeAtMs = Math.max(from.centralFreeAtMs, this.nowMs) + this.#options.commitMs()
      this.at(from.centralFreeAtMs, () => {
        const followed = from.unanswered.some((sent) => sent.lane === lane && sent.batch > batch)
        if (followed && this.#options.dropped?.has(batch)) return
        const answer = this.#apply(lane, first, count)
        this.#toPop(from, answer, () => {
          from.unanswered = from.unanswered.filter((sent) => sent.lane !== lane || sent.batch > batch)
        })
      })
    })
  }

  #apply(lane: Lane, first: number, count: number): UplinkInput {
    const applied = this.applied[lane]
    const next = continueFrom(applied.length, first, count)
    if (next.is === 'gap') return { is: 'gap', lane, expected: next.expected }
    for (let i = next.skip; i < count; i++) applied.push(first + i)
    return { is: 'applied', lane, through: applied.length }
  }

  #toCentral(bytes: number, arrive: (connection: Connection) => void): void {
    const connection = this.#connection as Connection
    connection.clearAtMs = Math.max(connection.clearAtMs, this.nowMs) + bytes / this.#options.bytesPerMs
    this.#pass(connection.clearAtMs + this.#options.latencyMs, () => arrive(connection))
  }

  #toPop(connection: Connection, input: UplinkInput, arrived = () => {}): void {
    this.#pass(this.nowMs + this.#options.latencyMs, () => {
      arrived()
      this.#input(connection, input)
    })
  }

  /** Something sent now passes at `arrivesMs`: never where a reset comes between, later where silence does. */
  #pass(arrivesMs: number, arrive: () => void): void {
    const sentMs = this.nowMs
    const { outages } = this.#options
    if (outages.some((o) => o.is === 'reset' && o.atMs > sentMs && o.atMs <= arrivesMs)) return
    const silence = outages.find((o) => o.is === 'silent' && during(o, arrivesMs))
    // Answers keep their order behind the silence: events of one instant happen in the order they were made.
    this.at(silence ? silence.atMs + silence.forMs : arrivesMs, arrive)
  }

  #input(connection: Connection, input: UplinkInput): void {
    if (!connection.current || this.#connection !== connection) return
    if (input.is === 'closed') this.#connection = null
    this.lastHeardMs = this.nowMs
    this.#perform(this.#options.sync.input(input, this.nowMs))
  }

  #reset(): void {
    const connection = this.#connection
    if (connection) this.#input(connection, { is: 'closed' })
  }
}

function during({ atMs, forMs }: Outage, momentMs: number): boolean {
  return momentMs >= atMs && momentMs < atMs + forMs
}
