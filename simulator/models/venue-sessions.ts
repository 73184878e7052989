// The attendees of one venue under virtual time: who is connected on which link, and what each publishes.
// Deliveries of one message go to each link as a whole: sessions on a link are alike.
import type { LogRecord } from '../../runtime/queue/record.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { oneWayMs, pageLinkMs } from '../calibration/link-time.ts'
import { quantile } from '../calibration/quantile-table.ts'
import type { EventQueue } from '../engine/event-queue.ts'
import type { Random } from '../engine/random.ts'
import type { Recording } from '../recording.ts'
import { bodyOf, frameBytes } from '../workload/frames.ts'
import {
  type AccessLink,
  type Action,
  CHANNELS,
  type RunPlan,
  type SessionPlan,
} from '../workload/run-plan.ts'
import { NEVER_ACKED_MS, RESEND_REFUSED_MS, SESSION_DRAIN_MS } from './attendee-client.ts'
import type { PopNode } from './pop-node.ts'

const LANE = 'interactive' as const
/** Shared: the twin keeps many messages and few bodies. */
const BODIES = { chat: bodyOf('chat'), vote: bodyOf('vote') }

/** A publish that an attendee holds until it is acknowledged. */
interface Unacked {
  seq: number
  kind: Exclude<Action['kind'], 'page'>
  /** Intended time of its first sending. */
  atMs: number
  session: SessionPlan
  link: AccessLink
  refused: boolean
}

export class VenueSessions {
  readonly #clock: EventQueue
  readonly #recording: Recording
  readonly #calibration: Calibration
  readonly #plan: RunPlan
  readonly #random: Random
  readonly #pop: PopNode
  readonly #links: Map<string, { link: AccessLink; sessions: number }>
  readonly #unacked = new Map<string, Unacked>()
  sessions = 0
  published = 0
  acknowledged: { client: string; seq: number; kind: 'chat' | 'vote' }[] = []
  /** Publishes that were refused at least once, whether they were taken later or not. */
  refused = 0
  pageBytes = 0
  deliveredBytes = 0

  constructor(options: {
    clock: EventQueue
    recording: Recording
    calibration: Calibration
    plan: RunPlan
    venue: string
    pop: PopNode
    random: Random
  }) {
    this.#clock = options.clock
    this.#recording = options.recording
    this.#calibration = options.calibration
    this.#plan = options.plan
    this.#random = options.random
    this.#pop = options.pop
    this.#links = new Map(
      options.plan.links
        .filter((link) => link.venue === options.venue)
        .map((link) => [link.id, { link, sessions: 0 }]),
    )
    for (const session of options.plan.sessions) if (session.venue === options.venue) this.#plant(session)
  }

  /** The publish that `ack` names reaches its attendee one way later. */
  acked(client: string, seq: number): void {
    const publish = this.#unacked.get(`${client}/${seq}`)
    if (!publish) return
    this.#unacked.delete(`${client}/${seq}`)
    this.acknowledged.push({ client, seq, kind: publish.kind })
    const latencyMs = this.#clock.nowMs + oneWayMs(publish.link, frameBytes.ack) - publish.atMs
    this.#recording.latency('ack', publish.atMs, latencyMs)
  }

  /** The refusal reaches its attendee one way later, who sends again for as long as the session lasts. */
  refusedOne(client: string, seq: number): void {
    const publish = this.#unacked.get(`${client}/${seq}`)
    if (!publish) return
    if (!publish.refused) this.refused++
    publish.refused = true
    const { link, session } = publish
    const againMs = this.#clock.nowMs + oneWayMs(link, frameBytes.ack) + RESEND_REFUSED_MS
    if (againMs <= session.endMs + SESSION_DRAIN_MS) this.#send(publish, againMs)
    else this.#giveUp(publish)
  }

  /** Publishes that attendees have not given up. */
  get waiting(): number {
    return this.#unacked.size
  }

  /** The run is over: what is not acknowledged now never will be. */
  end(): void {
    for (const publish of this.#unacked.values()) this.#giveUp(publish)
  }

  #giveUp({ session, seq, atMs }: Unacked): void {
    this.#unacked.delete(`${session.client}/${seq}`)
    this.#recording.latency('ack', atMs, NEVER_ACKED_MS)
  }

  deliver(record: LogRecord, extraMs: number): void {
    for (const { link, sessions } of this.#links.values()) {
      if (sessions === 0) continue
      const latencyMs = this.#clock.nowMs + extraMs + oneWayMs(link, frameBytes.message) - record.at
      this.#recording.latency('delivery', record.at, latencyMs, sessions)
      this.deliveredBytes += sessions * frameBytes.message
    }
  }

  #plant(session: SessionPlan): void {
    const on = this.#links.get(session.link)
    if (!on) throw new Error(`the plan names no link ${session.link}`)
    this.#clock.at(session.startMs, () => {
      on.sessions++
      this.sessions++
      this.#pop.join()
      this.#act(session, on.link, 0, 0)
    })
    for (const dropMs of session.dropsAtMs) this.#clock.at(dropMs, () => this.#pop.join())
    this.#clock.at(session.endMs, () => {
      on.sessions--
      this.sessions--
    })
  }

  /** Plans one action at a time, so that pending events grow with sessions and not with the day. */
  #act(session: SessionPlan, link: AccessLink, index: number, published: number): void {
    const action = session.actions[index]
    if (!action) return
    this.#clock.at(action.atMs, () => {
      if (action.kind === 'page') this.#loadPage(action, link)
      else this.#publish(session, link, action, published + 1)
      this.#act(session, link, index + 1, published + (action.kind === 'page' ? 0 : 1))
    })
  }

  #publish(session: SessionPlan, link: AccessLink, { atMs, kind }: Action, seq: number): void {
    if (kind === 'page') return
    this.published++
    const publish = { seq, kind, atMs, session, link, refused: false }
    this.#unacked.set(`${session.client}/${seq}`, publish)
    this.#send(publish, atMs)
  }

  /** Under the same identity each time. */
  #send({ seq, kind, atMs, session, link }: Unacked, wantedMs: number): void {
    const { client, dropsAtMs } = session
    const sentMs = connectedAtMs(wantedMs, dropsAtMs, link)
    const bytes = frameBytes.publish[kind]
    this.#clock.at(sentMs + oneWayMs(link, bytes), () =>
      this.#pop.publish({
        client,
        lane: LANE,
        seq,
        ch: CHANNELS[kind],
        at: atMs,
        ack: 'disk',
        body: BODIES[kind],
        bytes,
      }),
    )
  }

  #loadPage({ atMs }: Action, link: AccessLink): void {
    const { html, images } = this.#calibration.pageBytes
    const serviceMs = quantile(this.#calibration.pageServiceMs, this.#random())
    const slowerMs = this.#pop.page()
    const latencyMs = pageLinkMs(link, html, this.#plan.page.images, images) + serviceMs + slowerMs
    this.#recording.latency('page', atMs, latencyMs)
    this.pageBytes += html + images
  }
}

/** When a client that wants to send at `atMs` can: after a drop it takes two round trips to be welcomed again. */
function connectedAtMs(atMs: number, dropsAtMs: readonly number[], link: AccessLink): number {
  for (const dropMs of dropsAtMs) {
    const backMs = dropMs + 2 * link.rttMs
    if (atMs >= dropMs && atMs < backMs) return backMs
  }
  return atMs
}
