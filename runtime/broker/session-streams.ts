// Who gets what: the subscriptions of one thread's sessions, by channel and partition, and the history they resume from.
import type { Filter } from '../protocol/filter.ts'
import type { PopFrame, Presence, Skip, Subscribe, Subscribed } from '../protocol/session.ts'
import { compileFilter } from '../queries/filter.ts'
import { streamOf } from '../queue/record.ts'
import { ChannelHistory, type HistoryLimits, type StreamHistory } from './channel-history.ts'
import type { ChannelRules } from './channel-rules.ts'
import { type Delivery, type MessageFields, StreamMessage } from './message-frames.ts'
import { OutputStream, type SlowStep } from './output-stream.ts'
import type { Session } from './session.ts'
import { SharedFrame } from './ws-frame.ts'

export interface StreamCounters {
  /** Messages handed to sessions' sockets or queues. */
  delivered: number
  /** Of their frames' text, about. */
  deliveredBytes: number
  /** Messages not sent, or in part, because a session was behind, by the step of the channel's rule. */
  spared: Record<SlowStep, number>
}

/**
 * One channel of one session. Its lists are short, and there are as many as sessions: `concat` makes them no longer
 * than they must be, where `push` and spreading would leave room for sixteen more.
 */
export interface Subscription {
  session: Session
  ch: string
  presence: Subscribe['presence']
  streams: readonly StreamSubscription[]
}

interface StreamSubscription {
  session: Session
  stream: Stream
  where: ((message: StreamMessage) => boolean) | null
  /** What a delta builds on; kept where the channel's rule has deltas. */
  sent: StreamMessage | null
  /** Not null while the session is behind on the stream. */
  slow: OutputStream | null
  /** Newest offset that did not match and is not accounted for yet; 0 where there is none. */
  skipped: number
}

interface Stream {
  ch: string
  part: number | undefined
  history: StreamHistory
  steps: readonly SlowStep[]
  subscribers: Set<StreamSubscription>
}

export class SessionStreams {
  readonly counters: StreamCounters = {
    delivered: 0,
    deliveredBytes: 0,
    spared: { delta: 0, latest: 0, sampled: 0 },
  }
  readonly #epoch: string
  readonly #rules: ChannelRules
  readonly #history: ChannelHistory
  readonly #streams = new Map<string, Stream>()
  readonly #channels = new Map<string, Set<Subscription>>()
  /** With offsets to account for. */
  readonly #skipping = new Set<StreamSubscription>()
  #lastRead: { message: StreamMessage; fields: MessageFields } | null = null

  constructor(epoch: string, rules: ChannelRules, limits: HistoryLimits) {
    this.#epoch = epoch
    this.#rules = rules
    this.#history = new ChannelHistory(limits)
  }

  /** Primes the history with what the log held: `offsets` by stream, and its newest messages in their order. */
  prime(offsets: Record<string, number>, deliveries: readonly Delivery[]): void {
    this.#history.restore(offsets)
    for (const delivery of deliveries) {
      this.#history.add(streamOf(delivery.ch, delivery.part), new StreamMessage(delivery))
    }
  }

  /**
   * True where it is now to be told who is there: it was not subscribed to the channel before, or not to its presence
   * like this. What it missed follows the answers.
   */
  subscribe(session: Session, frame: Subscribe): boolean | { wrong: string } {
    const { ch, part, presence } = frame
    const { partitions } = this.#rules.of(ch)
    if (part !== undefined && (partitions === 1 || part >= partitions)) {
      return { wrong: partitions === 1 ? `${ch} has no partitions` : `${ch} has ${partitions} partitions` }
    }
    const parts = partitions === 1 ? [undefined] : part !== undefined ? [part] : [...Array(partitions).keys()]
    let subscription = session.subscription(ch)
    const isToldWho = !subscription || (presence !== undefined && presence !== subscription.presence)
    if (!subscription) {
      subscription = { session, ch, presence, streams: [] }
      session.subscriptions = session.subscriptions.concat(subscription)
      this.#channels.set(ch, (this.#channels.get(ch) ?? new Set()).add(subscription))
    }
    subscription.presence = presence ?? subscription.presence
    // What this tick has for the session so far belongs before the answer.
    session.output.flush()
    for (const one of parts) this.#join(subscription, this.#stream(ch, one), frame)
    return isToldWho
  }

  /** False where the session was not subscribed. */
  unsubscribe(session: Session, ch: string): boolean {
    const subscription = session.subscription(ch)
    if (!subscription) return false
    session.subscriptions = session.subscriptions.filter((other) => other !== subscription)
    this.#leave(subscription)
    return true
  }

  forget(session: Session): void {
    for (const subscription of session.subscriptions) this.#leave(subscription)
    session.subscriptions = []
  }

  deliver(delivery: Delivery): void {
    const name = streamOf(delivery.ch, delivery.part)
    const message = new StreamMessage(delivery)
    this.#history.add(name, message)
    const stream = this.#streams.get(name)
    if (!stream) return
    const keepsSent = stream.steps.includes('delta')
    for (const subscriber of stream.subscribers) {
      const { session, slow, where } = subscriber
      if (slow) {
        session.output.offer(slow, message)
      } else if (where !== null && !where(message)) {
        if (subscriber.skipped === 0) this.#skipping.add(subscriber)
        subscriber.skipped = message.off
        continue
      } else if (session.output.message(message)) {
        subscriber.skipped = 0
        if (keepsSent) subscriber.sent = message
      } else {
        this.#fallBehind(subscriber, message.off - 1, false)
        session.output.offer(subscriber.slow as unknown as OutputStream, message)
      }
      this.counters.delivered++
      this.counters.deliveredBytes += message.bytes
    }
  }

  /** What the history has of a channel, oldest first. */
  past(ch: string): Delivery[] {
    return [...this.#history.messages()]
      .filter((message) => message.ch === ch)
      .map(({ delivery }) => delivery)
  }

  /** To every session subscribed to the channel; who is there, only to those that asked. */
  tell(ch: string, frame: PopFrame): void {
    const subscribers = this.#channels.get(ch)
    if (!subscribers) return
    const whole = new SharedFrame(JSON.stringify(frame))
    if (frame.t !== 'presence') {
      for (const { session } of subscribers) session.output.control(whole)
      return
    }
    const count = new SharedFrame(JSON.stringify(countOnly(frame)))
    for (const { session, presence } of subscribers) {
      if (presence) session.output.control(presence === 'members' ? whole : count)
    }
  }

  /** What a session is told by name: who is there, only where it asked. */
  tellSession(session: Session, frame: PopFrame): void {
    if (frame.t !== 'presence') {
      session.tell(frame)
      return
    }
    const presence = session.subscription(frame.ch)?.presence
    if (presence) session.tell(presence === 'members' ? frame : countOnly(frame))
  }

  /** Accounts for what did not match, and lets old messages go. `nowMs`: ms since the Unix epoch. */
  sweep(nowMs: number): void {
    for (const subscriber of this.#skipping) {
      if (subscriber.skipped > 0 && !subscriber.slow) {
        const { ch, part } = subscriber.stream
        const place = part === undefined ? { ch } : { ch, part }
        const skip: Skip = { t: 'skip', ...place, through: subscriber.skipped, why: 'filter' }
        subscriber.session.tell(skip)
      }
      subscriber.skipped = 0
    }
    this.#skipping.clear()
    this.#history.expire(nowMs)
  }

  #stream(ch: string, part: number | undefined): Stream {
    const name = streamOf(ch, part)
    let stream = this.#streams.get(name)
    if (!stream) {
      const { slow: steps } = this.#rules.of(ch)
      stream = { ch, part, history: this.#history.stream(name), steps, subscribers: new Set() }
      this.#streams.set(name, stream)
    }
    return stream
  }

  #join(subscription: Subscription, stream: Stream, frame: Subscribe): void {
    const { ch, part, history } = stream
    const { session, streams } = subscription
    const former = streams.find((one) => one.stream === stream)
    if (former) this.#drop(former)
    const subscriber: StreamSubscription = {
      session,
      stream,
      where: frame.where ? this.#compile(frame.where) : null,
      sent: null,
      slow: null,
      skipped: 0,
    }
    stream.subscribers.add(subscriber)
    subscription.streams = former
      ? streams.map((one) => (one === former ? subscriber : one))
      : streams.concat(subscriber)
    const resumes = frame.epoch !== undefined && frame.off !== undefined
    const from = frame.off ?? 0
    // Offsets count in one partition: those of the whole channel, from when it had none, say nothing of it.
    const recovered = !resumes || (frame.epoch === this.#epoch && frame.part === part && history.covers(from))
    const answer: Subscribed = {
      t: 'subd',
      ch,
      ...(part !== undefined && { part }),
      epoch: this.#epoch,
      off: history.last,
      recovered,
    }
    session.tell(answer)
    if (resumes && recovered && from < history.last) this.#fallBehind(subscriber, from, true)
  }

  #fallBehind(subscriber: StreamSubscription, after: number, resuming: boolean): void {
    const { session, stream, where, sent } = subscriber
    const { ch, part, history, steps } = stream
    const slow = new OutputStream({
      ch,
      part,
      history,
      after,
      sent,
      steps,
      where,
      resuming,
      caughtUp: (newest) => {
        subscriber.slow = null
        subscriber.sent = steps.includes('delta') ? newest : null
        if (where) this.#skipping.add(subscriber)
        if (where) subscriber.skipped = history.last
      },
      spared: (step) => this.counters.spared[step]++,
    })
    subscriber.slow = slow
    session.output.behind(slow)
  }

  #leave(subscription: Subscription): void {
    const { ch, streams } = subscription
    for (const subscriber of streams) {
      this.#drop(subscriber)
      const { part, subscribers } = subscriber.stream
      if (subscribers.size === 0) this.#streams.delete(streamOf(ch, part))
    }
    const subscribers = this.#channels.get(ch)
    subscribers?.delete(subscription)
    if (subscribers?.size === 0) this.#channels.delete(ch)
  }

  #drop(subscriber: StreamSubscription): void {
    const { session, stream, slow } = subscriber
    if (slow) session.output.forget(slow)
    this.#skipping.delete(subscriber)
    stream.subscribers.delete(subscriber)
  }

  /** A message is read once for all whose filters look at it. */
  #compile(where: Filter): (message: StreamMessage) => boolean {
    const matches = compileFilter(where)
    return (message) => {
      if (this.#lastRead?.message !== message) this.#lastRead = { message, fields: message.read() }
      return matches(this.#lastRead.fields)
    }
  }
}

function countOnly({ t, ch, count }: Presence): Presence {
  return { t, ch, count }
}
