// An attendee's client: an outbox that outlives its connections, and a view of channels that it resumes.
import type { Durability, Lane } from '../../runtime/protocol/lanes.ts'
import { LANES } from '../../runtime/protocol/lanes.ts'
import type { ClientFrame, Message, PopFrame, Publish, Subscribed } from '../../runtime/protocol/session.ts'
import { streamOf } from '../../runtime/queue/record.ts'
import type { EventQueue } from './event-queue.ts'
import { fail, type History, identityOf, type Writer } from './history.ts'
import { CHANNELS, type SessionWire } from './pop-process.ts'
import type { WireEnd } from './wire.ts'

const RECONNECT_MS = { least: 50, most: 1_500 }
/** After a refusal that time may heal. */
const AGAIN_MS = 800
/** Without an answer for so long the connection is given up. */
const SILENT_MS = 6_000
/** Of what the client keeps unacknowledged: beyond, it makes nothing new. */
const OUTBOX_MAX = 100
const HEALED_BY_TIME = new Set(['MP_QUEUE_FULL', 'MP_OVERLOADED', 'MP_DISK_FAILED'])

export interface AttendeeOptions {
  queue: EventQueue
  random: () => number
  history: History
  client: string
  /** The PoP now; null where nobody answers. */
  connect: (end: WireEnd<PopFrame>) => SessionConnection | null
}

export interface SessionConnection {
  wire: SessionWire
  /** The PoP behind it: its client learns of it with its first subscription. */
  by: Writer
}

interface View {
  epoch: string
  off: number
}

export class Attendee {
  readonly client: string
  readonly outbox = new Map<string, Publish>()
  /** Messages that were missed, as the PoP said. */
  reloads = 0
  readonly #of: AttendeeOptions
  readonly #seqs = new Map<Lane, number>()
  readonly #views = new Map<string, View>()
  #wire: SessionWire | null = null
  #welcomed = false
  #by: Writer = { log: '', epoch: '' }
  #againPlanned = false
  #heardAtMs = 0

  constructor(options: AttendeeOptions) {
    this.#of = options
    this.client = options.client
  }

  start(): void {
    this.#connect()
    this.#watch()
  }

  publish(lane: Lane, ch: string, ack: Durability, body: unknown): void {
    if (this.outbox.size >= OUTBOX_MAX) return
    const seq = (this.#seqs.get(lane) ?? 0) + 1
    this.#seqs.set(lane, seq)
    const publish: Publish = { t: 'pub', lane, seq, ch, at: Math.floor(this.#of.queue.nowMs), ack, body }
    this.outbox.set(identityOf({ client: this.client, lane, seq }), publish)
    if (this.#welcomed) this.#wire?.up(publish)
  }

  /** Publishes to a channel that attendees follow: the body tells which message it is. */
  say(lane: Lane, ch: string, ack: Durability, size: number): void {
    this.publish(lane, ch, ack, [lane, (this.#seqs.get(lane) ?? 0) + 1, 'x'.repeat(size)])
  }

  /** Cuts the connection: what was sent may still arrive, what was on its way back is lost. */
  drop(): void {
    this.#wire?.closeFromClient()
    this.#retry()
  }

  /** Whether all of a stream up to `off` was shown here. */
  hasSeen(epoch: string, stream: string, off: number): boolean {
    const view = this.#views.get(stream)
    return off === 0 || (view?.epoch === epoch && view.off === off)
  }

  #connect(): void {
    const connection = this.#of.connect({
      frame: (frame) => {
        if (wire && this.#wire === wire) this.#take(frame)
      },
      closed: () => {
        if (wire && this.#wire === wire) this.#retry()
      },
    })
    const wire = connection?.wire ?? null
    this.#wire = wire
    if (!connection || !wire) {
      this.#retry()
      return
    }
    this.#by = connection.by
    this.#heardAtMs = this.#of.queue.nowMs
    const from = this.#of.random() < 0.7 ? { from: this.#from() } : {}
    wire.up({ t: 'hello', client: this.client, ...from })
    for (const [ch, { parts }] of Object.entries(CHANNELS)) this.#subscribe(ch, parts)
  }

  #subscribe(ch: string, parts: number): void {
    const wire = this.#wire as SessionWire
    const streams = parts === 1 ? [undefined] : [...Array(parts).keys()]
    const known = streams.filter((part) => this.#views.has(streamOf(ch, part)))
    if (known.length < streams.length) {
      for (const part of streams) this.#views.delete(streamOf(ch, part))
      wire.up({ t: 'sub', ch })
      return
    }
    for (const part of streams) {
      const { epoch, off } = this.#views.get(streamOf(ch, part)) as View
      const frame: ClientFrame = { t: 'sub', ch, ...(part !== undefined && { part }), epoch, off }
      wire.up(frame)
    }
  }

  #take(frame: PopFrame): void {
    this.#heardAtMs = this.#of.queue.nowMs
    switch (frame.t) {
      case 'welcome':
        for (const [lane, through] of Object.entries(frame.acked) as [Lane, number][]) {
          for (const { seq, ack } of this.#ofLane(lane)) {
            // As durable as it was to be: what memory was enough for may be let go again.
            if (seq <= through && (ack === 'disk' || ack === 'memory')) this.#done(lane, seq, ack)
          }
        }
        this.#welcomed = true
        this.#resend()
        break
      case 'subd':
        this.#subscribed(frame)
        break
      case 'msg':
        this.#shown(frame)
        break
      case 'ack':
        this.#done(frame.lane, frame.seq, frame.durable)
        break
      case 'err':
        this.#refused(frame.code, frame.lane as Lane, frame.seq as number)
    }
  }

  #subscribed({ ch, part, epoch, off, recovered }: Subscribed): void {
    const stream = streamOf(ch, part)
    const view = this.#views.get(stream)
    if (view && recovered) {
      if (view.epoch !== epoch) fail(`${stream} went on in ${epoch} after ${view.epoch}`)
      if (off < view.off) fail(`${stream} was resumed at ${view.off}, beyond its newest offset ${off}`)
      return
    }
    if (view) this.reloads++
    this.#views.set(stream, { epoch, off })
  }

  #shown(message: Message): void {
    const stream = streamOf(message.ch, message.part)
    const view = this.#views.get(stream)
    if (!view) fail(`${stream} was not subscribed to`)
    if (message.off !== view.off + 1) fail(`${stream} went from ${view.off} to ${message.off} without a word`)
    view.off = message.off
    const [lane, seq] = message.body as [Lane, number]
    this.#of.history.shown(view.epoch, message, identityOf({ client: message.client, lane, seq }))
  }

  #done(lane: Lane, seq: number, durable: Durability): void {
    const of = { client: this.client, lane, seq }
    const publish = this.outbox.get(identityOf(of))
    if (!publish) return
    this.outbox.delete(identityOf(of))
    this.#of.history.acknowledge(this.#by, of, publish.ack as Durability, durable)
  }

  #refused(code: string, lane: Lane, seq: number): void {
    if (!HEALED_BY_TIME.has(code)) {
      if (code === 'MP_OUT_OF_WINDOW') fail(`${this.client}/${lane}/${seq} was refused with ${code}`)
      this.outbox.delete(identityOf({ client: this.client, lane, seq }))
      return
    }
    if (this.#againPlanned) return
    this.#againPlanned = true
    this.#of.queue.after(AGAIN_MS * (1 + this.#of.random()), () => {
      this.#againPlanned = false
      if (this.#welcomed) this.#resend()
    })
  }

  #resend(): void {
    for (const publish of this.outbox.values()) this.#wire?.up(publish)
  }

  #from(): Partial<Record<Lane, number>> {
    return Object.fromEntries(
      LANES.map((lane) => [lane, this.#ofLane(lane)[0]?.seq ?? (this.#seqs.get(lane) ?? 0) + 1]),
    )
  }

  #ofLane(lane: Lane): Publish[] {
    return [...this.outbox.values()].filter((publish) => publish.lane === lane)
  }

  #retry(): void {
    this.#wire = null
    this.#welcomed = false
    const { queue, random } = this.#of
    const { least, most } = RECONNECT_MS
    queue.after(least + random() * (most - least), () => {
      if (!this.#wire) this.#connect()
    })
  }

  /** A client that waits for an answer in vain connects again. */
  #watch(): void {
    const { queue } = this.#of
    queue.after(SILENT_MS / 2, () => {
      const isWaiting = !this.#welcomed || this.outbox.size > 0
      if (this.#wire && isWaiting && queue.nowMs - this.#heardAtMs > SILENT_MS) this.drop()
      this.#watch()
    })
  }
}
