// The attendees of one venue where there is no PoP: each talks to central, and holds its publishes while it cannot.
import { InternalError } from '../../runtime/errors.ts'
import { NEVER_ACKED_MS, retryDelayMs, SESSION_DRAIN_MS } from '../models/attendee-client.ts'
import type { CentralNode } from '../models/central-node.ts'
import { bodyOf, frameBytes } from '../workload/frames.ts'
import { type Action, CHANNELS, type SessionPlan } from '../workload/run-plan.ts'
import { type AccessGroup, type AccessGroupOptions, accessGroup, connectMs } from './access-group.ts'
import { CONNECT_BYTES, type DirectAttendee, newAttendee, type PublishKind } from './direct-attendee.ts'
import { DirectCentral } from './direct-central.ts'
import { VenueRouter } from './venue-router.ts'

const LANE = 'interactive' as const
const BODIES = { chat: bodyOf('chat'), vote: bodyOf('vote') }
/** An attempt that hears nothing, and the wait after it, about: a live attendee has 5 s and up to 3 s. */
const ATTEMPT_MS = 8_000

export interface DirectSessionsOptions extends AccessGroupOptions {
  venue: string
  onSite: boolean
  central: CentralNode
}

export class DirectSessions {
  readonly #of: DirectSessionsOptions
  readonly #direct: DirectCentral
  /** Across what the venue has, and from outside. */
  readonly uplink: VenueRouter
  readonly #groups: AccessGroup[]
  readonly #attendees: DirectAttendee[] = []
  readonly #byClient = new Map<string, DirectAttendee>()
  readonly #on: Record<
    'join' | 'leave' | 'stop' | 'act' | 'drop' | 'hello' | 'welcome' | 'send' | 'ack',
    number
  >
  sessions = 0
  published = 0
  acknowledged = 0
  #givenUp = 0

  constructor(options: DirectSessionsOptions) {
    this.#of = options
    const { clock, recording, plan, venue, onSite, central } = options
    const found = plan.venues.find(({ name }) => name === venue)
    if (!found) throw new Error(`the plan has no venue ${venue}`)
    const told = (router: () => VenueRouter) => ({
      lost: () => this.#lost(router()),
      opened: () => this.#opened(router()),
    })
    // In the region a PoP stands beside central: what cuts it off cuts off its attendees, who share no link.
    this.uplink = onSite
      ? new VenueRouter({ clock, ...found, ...told(() => this.uplink) })
      : VenueRouter.ofOutside({ clock, name: venue, ...told(() => this.uplink) })
    const outside: VenueRouter = VenueRouter.ofOutside({ clock, name: venue, ...told(() => outside) })
    this.#groups = plan.links
      .filter((link) => link.venue === venue)
      // A phone's own network does not cross what the venue has.
      .map((access) =>
        accessGroup(access, onSite && access.technology === '4g' ? outside : this.uplink, options),
      )
    const on = (run: (attendee: DirectAttendee, seq: number) => void) =>
      clock.handler((index, seq) => run(this.#attendees[index] as DirectAttendee, seq))
    this.#on = {
      join: on((attendee) => this.#join(attendee)),
      leave: on((attendee) => this.#leave(attendee)),
      stop: on((attendee) => this.#stop(attendee)),
      act: on((attendee) => this.#act(attendee)),
      drop: on((attendee) => this.#drop(attendee)),
      hello: on((attendee) => this.#hello(attendee)),
      welcome: on((attendee) => this.#welcome(attendee)),
      send: on((attendee, seq) => this.#send(attendee, seq)),
      ack: on((attendee, seq) => this.#ack(attendee, seq)),
    }
    this.#direct = new DirectCentral({
      venue,
      central,
      acked: (client, seq) => this.#acked(client, seq),
      deliver: (record) => {
        for (const { broadcasts } of this.#groups) broadcasts.send(record.at)
      },
      synced: (record) => recording.latency('sync', record.at, clock.nowMs - record.at),
    })
    for (const session of plan.sessions) if (session.venue === venue) this.#plant(session)
    clock.invariant(() => this.#conserve())
  }

  /** Publishes that attendees have not given up. */
  get waiting(): number {
    return this.published - this.acknowledged - this.#givenUp
  }

  get deliveredBytes(): number {
    return this.#groups.reduce((sum, { broadcasts }) => sum + broadcasts.deliveredBytes, 0)
  }

  get pageBytes(): number {
    return this.#groups.reduce((sum, { pages }) => sum + pages.bytes, 0)
  }

  /** Acknowledged and not at central. */
  lost(central: CentralNode): number {
    return this.#attendees.reduce(
      (sum, { session, acknowledged }) =>
        sum + acknowledged.missingFrom(central.settled(session.client, LANE)),
      0,
    )
  }

  /** The run is over: what has not come now never will. */
  end(): void {
    for (const attendee of this.#attendees) this.#stop(attendee)
    for (const { broadcasts, pages } of this.#groups) {
      broadcasts.end()
      pages.lost()
    }
  }

  #plant(session: SessionPlan): void {
    const group = this.#groups.find(({ access }) => access.id === session.link)
    if (!group) throw new Error(`the plan names no link ${session.link}`)
    const attendee = newAttendee(this.#attendees.length, session, group)
    this.#attendees.push(attendee)
    this.#byClient.set(session.client, attendee)
    this.#of.clock.schedule(session.startMs, this.#on.join, attendee.index)
  }

  #join(attendee: DirectAttendee): void {
    const { session, index } = attendee
    attendee.here = true
    this.sessions++
    this.#connect(attendee, 0)
    this.#planAction(attendee)
    this.#planDrop(attendee)
    this.#of.clock.schedule(session.endMs, this.#on.leave, index)
  }

  #leave(attendee: DirectAttendee): void {
    attendee.here = false
    this.sessions--
    if (attendee.subscribed) attendee.group.broadcasts.subscribers--
    this.#of.clock.schedule(attendee.session.endMs + SESSION_DRAIN_MS, this.#on.stop, attendee.index)
  }

  /** Waits no longer for acknowledgements. */
  #stop(attendee: DirectAttendee): void {
    for (const { atMs } of attendee.unacked) {
      this.#givenUp++
      this.#of.recording.latency('ack', atMs, NEVER_ACKED_MS)
    }
    attendee.unacked = []
  }

  #planAction(attendee: DirectAttendee): void {
    const next = attendee.actions.advance()
    attendee.next = next
    if (next !== null) this.#of.clock.schedule(next.atMs, this.#on.act, attendee.index)
  }

  #planDrop(attendee: DirectAttendee): void {
    const { done, value } = attendee.drops.next()
    if (!done) this.#of.clock.schedule(value, this.#on.drop, attendee.index)
  }

  #act(attendee: DirectAttendee): void {
    const { kind, atMs } = attendee.next as Action
    if (kind === 'page') attendee.group.pages.load(atMs)
    else {
      const seq = ++attendee.published
      this.published++
      attendee.unacked.push({ seq, kind, atMs })
      if (attendee.up) this.#leaveDevice(attendee, seq, kind)
    }
    this.#planAction(attendee)
  }

  /** The socket is gone: the client connects again at once, which it does in vain during a cut. */
  #drop(attendee: DirectAttendee): void {
    const { group } = attendee
    if (group.router.isOpen) attendee.backMs = this.#of.clock.nowMs + connectMs(group)
    else this.#down(attendee)
    this.#planDrop(attendee)
  }

  #down(attendee: DirectAttendee): void {
    if (!attendee.up) return
    attendee.up = false
    attendee.downSinceMs = this.#of.clock.nowMs
  }

  #connect(attendee: DirectAttendee, delayMs: number): void {
    const { clock } = this.#of
    clock.schedule(clock.nowMs + delayMs + connectMs(attendee.group), this.#on.hello, attendee.index)
  }

  /** In vain during a cut: who is not welcome when the way is open again tries then. */
  #hello(attendee: DirectAttendee): void {
    const { router, access } = attendee.group
    if (!router.isOpen) return
    const { clock } = this.#of
    router.toCentral(CONNECT_BYTES.hello, () =>
      router.toAttendees(CONNECT_BYTES.welcome, () =>
        clock.schedule(clock.nowMs + access.rttMs, this.#on.welcome, attendee.index),
      ),
    )
  }

  #welcome(attendee: DirectAttendee): void {
    if (attendee.up || !attendee.group.router.isOpen) return
    attendee.up = true
    if (attendee.here && !attendee.subscribed) {
      attendee.subscribed = true
      attendee.group.broadcasts.subscribers++
    }
    for (const { seq, kind } of attendee.unacked) this.#leaveDevice(attendee, seq, kind)
  }

  #lost(router: VenueRouter): void {
    for (const group of this.#groups) {
      if (group.router !== router) continue
      group.broadcasts.lost()
      group.pages.lost()
    }
    for (const attendee of this.#attendees) if (attendee.group.router === router) this.#down(attendee)
  }

  #opened(router: VenueRouter): void {
    const { clock } = this.#of
    for (const group of this.#groups) {
      if (group.router === router)
        clock.after(connectMs(group), () => group.router.isOpen && group.broadcasts.resume())
    }
    for (const attendee of this.#attendees) {
      const { group, up, session, unacked, here, downSinceMs } = attendee
      if (group.router !== router || up || !(here || unacked.length > 0)) continue
      const downMs = clock.nowMs - downSinceMs - router.rttMs
      const attempts = downMs <= 0 ? 0 : 1 + Math.floor(downMs / ATTEMPT_MS)
      this.#connect(attendee, retryDelayMs(attempts, session.startMs))
    }
  }

  #leaveDevice({ index, group, backMs }: DirectAttendee, seq: number, kind: PublishKind): void {
    const { clock } = this.#of
    clock.schedule(Math.max(clock.nowMs, backMs) + group.publishMs[kind], this.#on.send, index, seq)
  }

  /** From the access link on, across what is shared. What a cut swallows is sent again by who is welcome again. */
  #send({ up, unacked, group, session }: DirectAttendee, seq: number): void {
    const publish = unacked.find((of) => of.seq === seq)
    if (!up || !publish) return
    const { kind, atMs } = publish
    group.router.toCentral(frameBytes.publish[kind], () =>
      this.#direct.publish({
        client: session.client,
        lane: LANE,
        seq,
        ch: CHANNELS[kind],
        at: atMs,
        t: this.#of.clock.nowMs,
        ack: 'central',
        body: BODIES[kind],
        bytes: frameBytes.publish[kind],
      }),
    )
  }

  #acked(client: string, seq: number): void {
    const attendee = this.#byClient.get(client) as DirectAttendee
    const { clock } = this.#of
    attendee.group.router.toAttendees(frameBytes.ack, () =>
      clock.schedule(clock.nowMs + attendee.group.ackMs, this.#on.ack, attendee.index, seq),
    )
  }

  #ack(attendee: DirectAttendee, seq: number): void {
    const at = attendee.unacked.findIndex((of) => of.seq === seq)
    const [publish] = at < 0 ? [] : attendee.unacked.splice(at, 1)
    if (!publish) return
    attendee.acknowledged.add(seq)
    this.acknowledged++
    this.#of.recording.latency('ack', publish.atMs, this.#of.clock.nowMs - publish.atMs)
  }

  /** Every publish was acknowledged or given up, or its attendee holds it. */
  #conserve(): void {
    const held = this.#attendees.reduce((sum, { unacked }) => sum + unacked.length, 0)
    if (this.published === this.acknowledged + this.#givenUp + held) return
    throw new InternalError(
      'MP_MESSAGES_LOST',
      `${this.#of.venue} without a PoP: attendees published ${this.published} messages, ${this.acknowledged} were ` +
        `acknowledged, ${this.#givenUp} given up, and ${held} wait`,
    )
  }
}
