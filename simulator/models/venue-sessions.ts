// The attendees of one venue under virtual time: who is connected on which link, and what each publishes.
// Deliveries of one message go to each link as a whole: sessions on a link are alike.
import { InternalError } from '../../runtime/errors.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { quantile } from '../calibration/quantile-table.ts'
import type { EventQueue } from '../engine/event-queue.ts'
import type { Random } from '../engine/random.ts'
import type { Recording } from '../recording.ts'
import { bodyOf, frameBytes } from '../workload/frames.ts'
import { type Action, CHANNELS, type RunPlan, type SessionPlan } from '../workload/run-plan.ts'
import { type ActionCursor, cursorOf } from '../workload/session-draws.ts'
import {
  NEVER_ACKED_MS,
  PAGE_FAILED_MS,
  RESEND_REFUSED_MS,
  reconnectedAtMs,
  SESSION_DRAIN_MS,
} from './attendee-client.ts'
import type { CentralNode } from './central-node.ts'
import { FanOut } from './fan-out.ts'
import { countHeld, type Held, type Holder, heldBy, hold, letGo } from './held-publishes.ts'
import { transferExtraMs } from './link-variation.ts'
import type { PopNode } from './pop-node.ts'
import { SequenceSet } from './sequence-set.ts'
import { type Link, timesOf } from './session-link.ts'

const LANE = 'interactive' as const
/** Shared: the twin keeps many messages and few bodies. */
const BODIES = { chat: bodyOf('chat'), vote: bodyOf('vote') }

interface Attendee extends Holder {
  index: number
  session: SessionPlan
  link: Link
  /** Drawn while the session lasts; the one that comes next is planned. */
  actions: ActionCursor | null
  next: Action | null
  drops: Iterator<number> | null
  /** Whether it counts among the sessions: not while its PoP is gone. */
  connected: boolean
  /** After a lost socket: when the client is welcomed again. */
  backMs: number
  /** When what it sent last is at the PoP: its stream keeps its order. */
  arrivedMs: number
  published: number
  acknowledged: SequenceSet
}

export interface VenueSessionsOptions {
  clock: EventQueue
  recording: Recording
  calibration: Calibration
  plan: RunPlan
  venue: string
  pop: PopNode
  random: Random
  /** What links add now and then. */
  linkRandom: Random
}

export class VenueSessions {
  readonly #of: VenueSessionsOptions
  readonly #links: ReadonlyMap<string, Link>
  readonly #fanOut: FanOut
  readonly #attendees: Attendee[] = []
  readonly #byClient = new Map<string, Attendee>()
  /** What happens to the attendee whose index is the event's first number. */
  readonly #on: Record<'join' | 'back' | 'leave' | 'act' | 'drop' | 'send' | 'arrive' | 'ack', number>
  /** When the PoP's process is there again that was killed. */
  #popUpMs = Number.NEGATIVE_INFINITY
  sessions = 0
  published = 0
  acknowledged = 0
  #givenUp = 0
  /** Publishes that were refused at least once, whether they were taken later or not. */
  refused = 0
  pageBytes = 0

  constructor(options: VenueSessionsOptions) {
    this.#of = options
    const { clock, plan, venue, calibration } = options
    const links = plan.links.filter((link) => link.venue === venue)
    this.#links = new Map(links.map((link) => [link.id, timesOf(link, plan, calibration)]))
    this.#fanOut = new FanOut({
      recording: options.recording,
      links: [...this.#links.values()],
      random: options.linkRandom,
    })
    const on = (run: (attendee: Attendee, seq: number) => void) =>
      clock.handler((index, seq) => run(this.#attendees[index] as Attendee, seq))
    this.#on = {
      join: on((attendee) => this.#join(attendee)),
      back: on((attendee) => this.#back(attendee)),
      leave: on((attendee) => this.#leave(attendee)),
      act: on((attendee) => this.#act(attendee)),
      drop: on((attendee) => this.#drop(attendee)),
      send: on((attendee, seq) => this.#send(attendee, seq)),
      ack: on((attendee, seq) => this.#ack(attendee, seq)),
      arrive: on((attendee, seq) => this.#arrive(attendee, seq)),
    }
    for (const session of plan.sessions) if (session.venue === venue) this.#plant(session)
    clock.invariant(() => this.#conserve())
  }

  /** The acknowledgement of this publish leaves `afterMs` from now, and reaches its attendee one way later. */
  acked(client: string, seq: number, afterMs: number): void {
    const attendee = this.#byClient.get(client)
    if (!attendee) return
    const { clock } = this.#of
    const { link, index } = attendee
    const leavesMs = clock.nowMs + afterMs
    clock.schedule(leavesMs + link.ackMs + this.#extraMs(link, link.ackMs), this.#on.ack, index, seq)
  }

  /** What the link adds to one frame that takes `ms` of it, in one direction. */
  #extraMs({ variation, rttMs }: Link, ms: number): number {
    return variation === null ? 0 : transferExtraMs(variation, rttMs, 0.5, ms, this.#of.linkRandom)
  }

  #ack(attendee: Attendee, seq: number): void {
    const publish = heldBy(attendee, seq)
    if (!publish) return
    letGo(attendee, publish)
    attendee.acknowledged.add(seq)
    this.acknowledged++
    this.#of.recording.latency('ack', publish.atMs, this.#of.clock.nowMs - publish.atMs)
  }

  /** The refusal reaches its attendee one way later, who sends again for as long as the session lasts. */
  refusedOne(client: string, seq: number): void {
    const attendee = this.#byClient.get(client)
    const publish = attendee ? heldBy(attendee, seq) : null
    if (!attendee || !publish) return
    if (!publish.refused) this.refused++
    publish.refused = true
    const { clock } = this.#of
    const againMs = clock.nowMs + attendee.link.ackMs + RESEND_REFUSED_MS
    if (againMs <= attendee.session.endMs + SESSION_DRAIN_MS) {
      clock.schedule(againMs, this.#on.send, attendee.index, seq)
    } else this.#giveUp(attendee, publish)
  }

  /** Publishes that attendees have not given up. */
  get waiting(): number {
    return this.published - this.acknowledged - this.#givenUp
  }

  /** Acknowledged, to go up, and not at central. */
  lost(central: CentralNode): number {
    return this.#attendees.reduce(
      (sum, { session, acknowledged }) =>
        sum + acknowledged.missingFrom(central.settled(session.client, LANE)),
      0,
    )
  }

  /** The run is over: what is not acknowledged now never will be. */
  end(): void {
    for (const attendee of this.#attendees) {
      while (attendee.held !== null) this.#giveUp(attendee, attendee.held)
    }
  }

  #giveUp(attendee: Attendee, publish: Held): void {
    letGo(attendee, publish)
    this.#givenUp++
    this.#of.recording.latency('ack', publish.atMs, NEVER_ACKED_MS)
  }

  deliver(record: LogRecord, extraMs: number, spreadMs: number): void {
    this.#fanOut.deliver(record, this.#of.clock.nowMs + extraMs, spreadMs)
  }

  get deliveredBytes(): number {
    return this.#fanOut.deliveredBytes
  }

  #plant(session: SessionPlan): void {
    const link = this.#links.get(session.link)
    if (!link) throw new Error(`the plan names no link ${session.link}`)
    const attendee: Attendee = {
      index: this.#attendees.length,
      session,
      link,
      actions: null,
      next: null,
      drops: null,
      connected: false,
      backMs: Number.NEGATIVE_INFINITY,
      arrivedMs: 0,
      published: 0,
      acknowledged: new SequenceSet(),
      held: null,
    }
    this.#byClient.set(session.client, attendee)
    this.#attendees.push(attendee)
    this.#of.clock.schedule(session.startMs, this.#on.join, attendee.index)
  }

  #join(attendee: Attendee): void {
    const { session } = attendee
    if (this.#popIsGone) this.#lost(attendee)
    else this.#connect(attendee)
    attendee.actions = cursorOf(session.actions)
    attendee.drops = session.dropsAtMs[Symbol.iterator]()
    this.#planAction(attendee)
    this.#planDrop(attendee)
    this.#of.clock.schedule(session.endMs, this.#on.leave, attendee.index)
  }

  #leave(attendee: Attendee): void {
    if (attendee.connected) this.#disconnect(attendee)
  }

  #connect(attendee: Attendee): void {
    attendee.connected = true
    attendee.link.sessions++
    this.sessions++
    this.#of.pop.join()
  }

  #disconnect(attendee: Attendee): void {
    attendee.connected = false
    attendee.link.sessions--
    this.sessions--
  }

  get #popIsGone(): boolean {
    return this.#of.clock.nowMs < this.#popUpMs
  }

  /** The PoP's process is gone until `upMs`: every socket closes, and what was published stays with its attendee. */
  popGone(upMs: number): void {
    this.#popUpMs = upMs
    for (const attendee of this.#attendees) {
      if (!attendee.connected) continue
      this.#disconnect(attendee)
      this.#lost(attendee)
    }
  }

  /** Tries again as the live client does, until an attempt meets the PoP. */
  #lost(attendee: Attendee): void {
    const { clock } = this.#of
    const { session, link, index } = attendee
    const atMs = reconnectedAtMs(clock.nowMs, this.#popUpMs, session.startMs)
    attendee.backMs = atMs + 2 * link.rttMs
    clock.schedule(attendee.backMs, this.#on.back, index)
  }

  /** Welcome again: it sends again what it has no answer for, unless its time is over. */
  #back(attendee: Attendee): void {
    const { clock } = this.#of
    const { session } = attendee
    if (this.#popIsGone) {
      this.#lost(attendee)
      return
    }
    if (clock.nowMs < session.endMs) this.#connect(attendee)
    const isOver = clock.nowMs > session.endMs + SESSION_DRAIN_MS
    for (let publish = attendee.held, next: Held | null; publish !== null; publish = next) {
      next = publish.next
      if (isOver) this.#giveUp(attendee, publish)
      else this.#send(attendee, publish.seq)
    }
  }

  /** Plans one action at a time, so that pending events grow with sessions and not with the day. */
  #planAction(attendee: Attendee): void {
    const next = (attendee.actions as ActionCursor).advance()
    attendee.next = next
    if (next === null) attendee.actions = null
    else this.#of.clock.schedule(next.atMs, this.#on.act, attendee.index)
  }

  #planDrop(attendee: Attendee): void {
    const { done, value } = (attendee.drops as Iterator<number>).next()
    if (done) attendee.drops = null
    else this.#of.clock.schedule(value, this.#on.drop, attendee.index)
  }

  /** The socket is gone; the client takes two round trips to be welcomed again. */
  #drop(attendee: Attendee): void {
    this.#planDrop(attendee)
    if (!attendee.connected) return
    attendee.backMs = this.#of.clock.nowMs + 2 * attendee.link.rttMs
    this.#of.pop.join()
  }

  #act(attendee: Attendee): void {
    const { kind, atMs } = attendee.next as Action
    if (kind === 'page') this.#loadPage(attendee.link, atMs)
    else {
      const seq = ++attendee.published
      this.published++
      hold(attendee, { seq, kind, atMs, refused: false, next: null })
      // Without a PoP it stays at the device, which sends it when it is back.
      if (attendee.connected) this.#send(attendee, seq)
    }
    this.#planAction(attendee)
  }

  /** Under the same identity each time; while there is no socket it waits for one. */
  #send(attendee: Attendee, seq: number): void {
    const { clock } = this.#of
    const publish = heldBy(attendee, seq)
    // Answered since, by a copy that was sent on another connection.
    if (publish === null) return
    const { kind } = publish
    const sentMs = Math.max(clock.nowMs, attendee.backMs)
    const { link, index } = attendee
    const onLinkMs = link.publishMs[kind]
    const arrivesMs = sentMs + onLinkMs + this.#extraMs(link, onLinkMs)
    attendee.arrivedMs = Math.max(attendee.arrivedMs, arrivesMs)
    clock.schedule(attendee.arrivedMs, this.#on.arrive, index, seq)
  }

  #arrive(attendee: Attendee, seq: number): void {
    const publish = heldBy(attendee, seq)
    if (publish === null) return
    const { kind, atMs } = publish
    this.#of.pop.publish({
      client: attendee.session.client,
      lane: LANE,
      seq,
      ch: CHANNELS[kind],
      at: atMs,
      t: this.#of.clock.nowMs,
      ack: 'disk',
      body: BODIES[kind],
      bytes: frameBytes.publish[kind],
    })
  }

  #loadPage({ pageMs, imageBytes, pageRounds, variation, rttMs }: Link, atMs: number): void {
    const { calibration, random, linkRandom, recording, pop } = this.#of
    if (this.#popIsGone) {
      recording.latency('page', atMs, PAGE_FAILED_MS)
      return
    }
    const linkMs =
      pageMs + (variation === null ? 0 : transferExtraMs(variation, rttMs, pageRounds, pageMs, linkRandom))
    const slowerMs = pop.page()
    recording.latency('page', atMs, linkMs + quantile(calibration.pageServiceMs, random()) + slowerMs)
    this.pageBytes += calibration.pageBytes.html + imageBytes
  }

  /** Every publish was acknowledged or given up, or its attendee holds it. */
  #conserve(): void {
    const held = this.#attendees.reduce((sum, attendee) => sum + countHeld(attendee), 0)
    if (this.published === this.acknowledged + this.#givenUp + held) return
    throw new InternalError(
      'MP_MESSAGES_LOST',
      `${this.#of.venue}: attendees published ${this.published} messages, ${this.acknowledged} were acknowledged, ` +
        `${this.#givenUp} given up, and ${held} wait`,
    )
  }
}
