// One way to central: its connection's phases, retries and beats, what is on its way, and what is measured of it.
// No clock, socket or disk of its own, and no say in which lane goes here: see uplink-sync.ts.
import { LANES, type Lane } from '../protocol/lanes.ts'
import { LaneScheduler } from './lane-scheduler.ts'
import { type DeliveryMark, DeliveryRate, LossShare, RecentQuantile, RoundTrip } from './path-estimates.ts'
import { PathWindow } from './path-window.ts'
import type { PathEffect, UplinkSyncOptions } from './uplink-options.ts'

/** A batch that is on its way, by the connection it went out on. */
export interface OnItsWay {
  lane: Lane
  first: number
  count: number
  bytes: number
  sentAtMs: number
  /** What central had of the lane by all we knew when it left: less than that later means that it forgot. */
  appliedThen: number
  /** `copy`: of a batch that is late on another path. `copied`: it was late here, and has had its chance of a copy. */
  hedge: 'none' | 'copied' | 'copy'
  number: number
  mark: DeliveryMark
}

/**
 * 40 kbit/s. A connection that has not delivered anything is held to this rate, and no path to a lower one: the largest
 * message, 128 KB, then takes 26 s, and central gives up a connection on which nothing arrives for 30 s.
 */
const SLOWEST_BYTES_PER_MS = 5
/** How far a link may fall behind the rate that it had before it counts as dead. */
const SLOWDOWN_MOST = 4
const ANSWER_P = 0.95
/** Below this a hedge would race the jitter of a commit. */
const HEDGE_LEAST_MS = 10

type Phase = 'waiting' | 'connecting' | 'greeting' | 'live' | 'stopped'

const noLanes = (): Record<Lane, number> =>
  Object.fromEntries(LANES.map((lane) => [lane, 0])) as Record<Lane, number>

export class UplinkPath {
  readonly index: number
  readonly scheduler = new LaneScheduler()
  readonly roundTrip = new RoundTrip()
  readonly answerP95 = new RecentQuantile(ANSWER_P)
  readonly loss = new LossShare()
  readonly #options: UplinkSyncOptions
  readonly #random: () => number
  window = new PathWindow()
  rate = new DeliveryRate()
  onItsWay: OnItsWay[] = []
  onItsWayBytes = 0
  /** Highest record of each lane sent on this connection. */
  sentThrough = noLanes()
  /** What central had of each lane by all we knew when the hello left. */
  appliedAtHello = noLanes()
  #phase: Phase = 'waiting'
  #attempts = 0
  #phaseSinceMs = 0
  #retryAtMs = 0
  #heardAtMs = 0
  #beatAtMs = 0
  #beats = 0
  /** The beat without an answer, if there is one; the next waits for it. */
  #unanswered: { n: number; sentAtMs: number; late: boolean } | null = null

  constructor(index: number, random: () => number, options: UplinkSyncOptions) {
    this.index = index
    this.#random = random
    this.#options = options
  }

  get live(): boolean {
    return this.#phase === 'live'
  }

  get phase(): Phase {
    return this.#phase
  }

  /** When to call `wake` though nothing arrives. */
  get wakeAtMs(): number {
    if (this.#phase === 'live') return Math.min(this.#nextBeatMs, this.#deadAtMs)
    if (this.#phase === 'waiting') return this.#retryAtMs
    if (this.#phase === 'stopped') return Number.POSITIVE_INFINITY
    return this.#phaseSinceMs + this.#options.connectTimeoutMs
  }

  /** Bytes per ms: as measured, or as the window allows until something has been. */
  get bytesPerMs(): number {
    return this.rate.bytesPerMs ?? this.window.bytes / Math.max(1, this.roundTrip.rtoMs)
  }

  /** Bytes per ms that nothing on this path asks for now. */
  get freeBytesPerMs(): number {
    return this.bytesPerMs * Math.max(0, 1 - this.onItsWayBytes / this.window.bytes)
  }

  /** Delay beyond which an answer is among the slowest twentieth. */
  get hedgeAfterMs(): number {
    return Math.max(HEDGE_LEAST_MS, this.answerP95.value ?? this.roundTrip.rtoMs)
  }

  /** What a small batch sent now is likely to wait until central has it. A path that owes an answer gets no better. */
  expectedDelayMs(nowMs: number): number {
    const oldestMs = Math.min(this.onItsWay[0]?.sentAtMs ?? nowMs, this.#unanswered?.sentAtMs ?? nowMs)
    const roundTripMs = Math.max(this.roundTrip.srttMs ?? this.roundTrip.rtoMs, nowMs - oldestMs)
    return roundTripMs + this.onItsWayBytes / this.bytesPerMs + this.loss.share * this.roundTrip.rtoMs
  }

  wake(nowMs: number): PathEffect[] {
    const path = this.index
    switch (this.#phase) {
      case 'waiting':
        if (nowMs < this.#retryAtMs) return []
        this.#phase = 'connecting'
        this.#attempts++
        this.#phaseSinceMs = nowMs
        return [{ do: 'connect', path }]
      case 'connecting':
      case 'greeting':
        if (nowMs < this.#phaseSinceMs + this.#options.connectTimeoutMs) return []
        return this.giveUp('no answer from central', nowMs)
      case 'live':
        if (nowMs >= this.#deadAtMs) return this.giveUp('central is silent', nowMs)
        return nowMs < this.#nextBeatMs ? [] : this.#beat(nowMs)
      case 'stopped':
        return []
    }
  }

  /** The connection stands; `applied` is what central has of each lane by all we know. */
  opened(applied: Record<Lane, number>, nowMs: number): PathEffect[] {
    if (this.#phase !== 'connecting') return []
    this.#phase = 'greeting'
    this.appliedAtHello = applied
    this.#heardAtMs = nowMs
    return [{ do: 'hello', path: this.index }]
  }

  /** Central has said what it has. */
  greeted(nowMs: number): void {
    this.#phase = 'live'
    this.#beatAtMs = nowMs - this.#options.beatEveryMs
    this.#heardAtMs = nowMs
    this.#unanswered = null
  }

  heard(nowMs: number): void {
    this.#heardAtMs = nowMs
  }

  /** Central did something for us: the next retry is a first one. */
  proved(): void {
    this.#attempts = 0
  }

  beatAnswered(n: number, nowMs: number): void {
    if (this.#unanswered?.n !== n) return
    this.roundTrip.sample(nowMs - this.#unanswered.sentAtMs)
    if (!this.#unanswered.late) this.loss.seen(false)
    this.#unanswered = null
  }

  sent(
    batch: Pick<OnItsWay, 'lane' | 'first' | 'count' | 'bytes' | 'appliedThen' | 'hedge'>,
    nowMs: number,
  ): PathEffect {
    const { lane, first, count, bytes } = batch
    const number = this.window.sent(this.onItsWayBytes)
    const mark = this.rate.mark(nowMs, this.onItsWay.length === 0)
    this.onItsWay.push({ ...batch, sentAtMs: nowMs, number, mark })
    this.onItsWayBytes += bytes
    this.sentThrough[lane] = first + count - 1
    return { do: 'send', path: this.index, lane, first, count, bytes }
  }

  /** Central has `lane` up to `through`, it says on this path: what went out here up to there has arrived. */
  applied(lane: Lane, through: number, nowMs: number): void {
    const before = this.onItsWay
    this.onItsWay = []
    let bytes = 0
    let newest: OnItsWay | null = null
    for (const batch of before) {
      if (batch.lane !== lane || batch.first + batch.count - 1 > through) {
        this.onItsWay.push(batch)
        continue
      }
      bytes += batch.bytes
      // Where a batch went out twice, central may have it by the other path: that says nothing of how fast this one is.
      if (batch.hedge !== 'copy') this.answerP95.add(nowMs - batch.sentAtMs)
      if (batch.hedge === 'none') newest = batch
    }
    this.onItsWayBytes -= bytes
    if (newest === null) return
    this.rate.delivered(bytes, newest.mark, nowMs)
    this.window.answered(newest.number, nowMs - newest.sentAtMs, nowMs)
  }

  closed(nowMs: number): void {
    if (this.#phase === 'waiting') return
    if (this.#phase === 'live') this.loss.seen(true)
    const { retryMinMs, retryMaxMs } = this.#options
    const ceiling = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(Math.max(this.#attempts, 1), 20))
    this.#phase = 'waiting'
    this.#retryAtMs = nowMs + retryMinMs + this.#random() * (ceiling - retryMinMs)
    this.#forget()
  }

  giveUp(why: string, nowMs: number): PathEffect[] {
    this.closed(nowMs)
    return [{ do: 'disconnect', path: this.index, why }]
  }

  stop(why: string): PathEffect[] {
    const connected = this.#phase !== 'waiting'
    this.#phase = 'stopped'
    this.#forget()
    return connected ? [{ do: 'disconnect', path: this.index, why }] : []
  }

  #forget(): void {
    this.onItsWay = []
    this.onItsWayBytes = 0
    this.sentThrough = noLanes()
    this.#unanswered = null
    // The next connection may take another way: what this one could carry says little of it.
    this.window = new PathWindow()
    this.rate = new DeliveryRate()
  }

  get #nextBeatMs(): number {
    const { beatEveryMs } = this.#options
    if (this.#unanswered === null) return this.#beatAtMs + beatEveryMs
    return this.#unanswered.late ? Number.POSITIVE_INFINITY : this.#unanswered.sentAtMs + this.#lateAfterMs
  }

  /** A beat behind data waits for it: only one that waits for longer is a loss. */
  get #lateAfterMs(): number {
    return Math.max(this.#options.beatEveryMs, this.roundTrip.rtoMs) + this.#onItsWayMs
  }

  get #deadAtMs(): number {
    return this.#heardAtMs + this.#options.deadAfterMs + this.#onItsWayMs
  }

  /** How long what is on its way may take on a link that has slowed down as much as a link may. */
  get #onItsWayMs(): number {
    const bytesPerMs = (this.rate.bytesPerMs ?? 0) / SLOWDOWN_MOST
    return this.onItsWayBytes / Math.max(SLOWEST_BYTES_PER_MS, bytesPerMs)
  }

  #beat(nowMs: number): PathEffect[] {
    if (this.#unanswered !== null) {
      this.#unanswered.late = true
      this.loss.seen(true)
      return []
    }
    this.#beatAtMs = nowMs
    this.#unanswered = { n: ++this.#beats, sentAtMs: nowMs, late: false }
    return [{ do: 'beat', path: this.index, n: this.#beats }]
  }
}
