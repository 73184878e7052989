// One attendee inside k6: a session that publishes, reads pages, drops, resumes, and writes down what it saw.
import http from 'k6/http'
import { clearTimeout, setTimeout } from 'k6/timers'
import { WebSocket } from 'k6/websockets'
import { PATHS } from '../../runtime/ports.ts'
import { type Hello, type PopFrame, SESSION_SUBPROTOCOL } from '../../runtime/protocol/session.ts'
import { RESEND_REFUSED_MS, retryDelayMs } from '../models/attendee-client.ts'
import { SUBSCRIBED } from '../workload/run-plan.ts'
import { AttendeeOutbox, OUTBOX_LANE, type Unacked } from './attendee-outbox.ts'
import { ChannelCursors, type Gap } from './channel-cursors.ts'
import type { DeliveryLine, RawLine } from './raw-lines.ts'
import type { Load, ScheduledSession } from './schedule.ts'

/** From opening a socket to the PoP's welcome. */
const WELCOME_WITHIN_MS = 5_000
/** Deliveries in one line of measurements. */
const DELIVERIES_PER_LINE = 100

type Timer = ReturnType<typeof setTimeout>

export class Attendee {
  readonly #plan: ScheduledSession
  readonly #load: Load
  readonly #epochMs: number
  readonly #write: (line: RawLine) => void
  readonly #outbox: AttendeeOutbox
  readonly #cursors = new ChannelCursors()
  readonly #timers = new Set<Timer>()
  #socket: WebSocket | null = null
  #welcomed = false
  #everWelcomed = false
  #attempts = 0
  #lostAtMs = 0
  #leaving = false
  #finished = false
  #pagesLoading = 0
  #received = 0
  #sampled = 0
  #errors = 0
  #deliveries: DeliveryLine['d'] = []

  constructor(plan: ScheduledSession, load: Load, epochMs: number, write: (line: RawLine) => void) {
    this.#plan = plan
    this.#load = load
    this.#epochMs = epochMs
    this.#write = write
    this.#outbox = new AttendeeOutbox(plan.client, epochMs)
  }

  /** Sets a timer for everything that the plan intends; the VU ends when the last of them is through. */
  plant(): void {
    const { startMs, endMs, actions, dropsAtMs } = this.#plan
    this.#at(startMs, (late) => this.#connect(late))
    for (const { atMs, kind } of actions) {
      this.#at(atMs, (late) => {
        if (kind === 'page') this.#loadPage(atMs, late)
        else this.#send(this.#outbox.publish(kind, atMs, late))
      })
    }
    for (const dropMs of dropsAtMs) this.#at(dropMs, () => this.#drop())
    this.#at(endMs, () => {
      this.#leaving = true
      this.#finishIfDone()
    })
    this.#at(endMs + this.#load.drainMs, () => this.#finish())
  }

  #now(): number {
    return Date.now() - this.#epochMs
  }

  #at(atMs: number, act: (lateMs: number) => void): Timer {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        act(Math.max(0, Math.round(this.#now() - atMs)))
      },
      Math.max(0, atMs - this.#now()),
    )
    this.#timers.add(timer)
    return timer
  }

  #connect(lateMs: number): void {
    this.#attempts++
    const socket = new WebSocket(
      `ws://${this.#plan.session}${PATHS.session}`,
      // The type says that k6 ignores it; since 1.0 it does not.
      [SESSION_SUBPROTOCOL] as unknown as null,
    )
    this.#socket = socket
    const ifCurrent = (act: () => void) => () => {
      if (this.#socket === socket) act()
    }
    const lost = ifCurrent(() => this.#lost(retryDelayMs(this.#attempts, this.#plan.startMs)))
    const timeout = this.#at(this.#now() + WELCOME_WITHIN_MS, lost)
    socket.onopen = ifCurrent(() => socket.send(JSON.stringify(this.#hello())))
    socket.onclose = lost
    socket.onerror = lost
    socket.onmessage = (event) => {
      if (this.#socket !== socket) return
      const frame: PopFrame = JSON.parse(event?.data as string)
      if (frame.t === 'welcome') {
        clearTimeout(timeout)
        this.#timers.delete(timeout)
        this.#welcome(frame.acked[OUTBOX_LANE] ?? 0, lateMs)
      } else {
        this.#receive(frame)
      }
    }
  }

  #hello(): Hello {
    return { t: 'hello', client: this.#plan.client, from: { [OUTBOX_LANE]: this.#outbox.lowest } }
  }

  #welcome(acked: number, lateMs: number): void {
    const { client, startMs } = this.#plan
    const [now, at] = [this.#now(), Math.round(startMs)]
    this.#write(
      this.#everWelcomed
        ? { k: 'drop', c: client, at: this.#lostAtMs, ms: now - this.#lostAtMs }
        : { k: 'connect', c: client, at, late: lateMs, ms: now - at },
    )
    this.#welcomed = true
    this.#everWelcomed = true
    this.#attempts = 0
    for (const ch of SUBSCRIBED) {
      for (const sub of this.#cursors.subscriptions(ch)) this.#socket?.send(JSON.stringify(sub))
    }
    for (const { seq } of this.#outbox.waiting()) if (seq <= acked) this.#acknowledged(seq)
    for (const unacked of this.#outbox.waiting()) this.#send(unacked)
  }

  #receive(frame: PopFrame): void {
    switch (frame.t) {
      case 'ack':
        if (frame.durable !== 'disk') break
        for (let seq = frame.from ?? frame.seq; seq <= frame.seq; seq++) this.#acknowledged(seq)
        break
      case 'msg':
        this.#received++
        this.#note(this.#cursors.message(frame))
        if (frame.off % this.#load.deliveryEvery === 0) this.#sample(frame.client, frame.at)
        break
      case 'subd':
        this.#note(this.#cursors.subscribed(frame))
        break
      case 'skip':
        this.#note(this.#cursors.skipped(frame))
        break
      case 'goodbye':
        this.#lost(frame.reconnectMs)
        break
      case 'err':
        this.#errors++
        if (frame.seq !== undefined) this.#refused(frame.seq, frame.code)
    }
  }

  #note(gap: Gap | null): void {
    if (gap !== null) this.#write({ k: 'gap', c: this.#plan.client, ...gap })
  }

  #sample(from: string, at: number): void {
    this.#sampled++
    this.#deliveries.push([from, Math.round(at - this.#epochMs), Date.now() - at])
    if (this.#deliveries.length >= DELIVERIES_PER_LINE) this.#flush()
  }

  #flush(): void {
    if (this.#deliveries.length > 0) this.#write({ k: 'in', c: this.#plan.client, d: this.#deliveries })
    this.#deliveries = []
  }

  #send({ frame, line }: Unacked): void {
    if (!this.#welcomed) return
    line.sends++
    this.#socket?.send(frame)
  }

  #acknowledged(seq: number): void {
    const line = this.#outbox.acknowledged(seq, this.#now())
    if (line === null) return
    this.#write(line)
    this.#finishIfDone()
  }

  #refused(seq: number, code: string): void {
    const unacked = this.#outbox.refused(seq, code)
    if (unacked === null) return
    this.#at(this.#now() + RESEND_REFUSED_MS, () => {
      if (this.#outbox.has(seq)) this.#send(unacked)
    })
  }

  async #loadPage(atMs: number, late: number): Promise<void> {
    const { client, session, images } = this.#plan
    const { imagePaths, imageConnections, requestTimeoutMs } = this.#load
    const get = async (url: string) => {
      const { status } = await http.asyncRequest('GET', url, null, { timeout: requestTimeoutMs })
      return status === 200
    }
    this.#pagesLoading++
    let ok = await get(`http://${session}/`)
    const waiting = [...imagePaths]
    const connection = async () => {
      for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
        ok = (await get(`http://${images}${path}`)) && ok
      }
    }
    await Promise.all(Array.from({ length: imageConnections }, connection))
    this.#pagesLoading--
    const at = Math.round(atMs)
    this.#write({ k: 'page', c: client, at, late, ms: this.#now() - at, ok })
    this.#finishIfDone()
  }

  /** The phone sleeps or roams: the socket is gone and the client notices at once. */
  #drop(): void {
    if (this.#socket) this.#lost(retryDelayMs(this.#attempts, this.#plan.startMs))
  }

  #lost(againInMs: number): void {
    if (this.#welcomed) this.#lostAtMs = this.#now()
    this.#welcomed = false
    this.#socket?.close()
    this.#socket = null
    if (!this.#finished) this.#at(this.#now() + againInMs, () => this.#connect(0))
  }

  #finishIfDone(): void {
    if (this.#leaving && this.#outbox.size === 0 && this.#pagesLoading === 0) this.#finish()
  }

  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    for (const timer of this.#timers) clearTimeout(timer)
    const { client, startMs } = this.#plan
    if (!this.#everWelcomed) {
      this.#write({ k: 'connect', c: client, at: Math.round(startMs), late: 0, ms: null })
    } else if (!this.#welcomed) {
      this.#write({ k: 'drop', c: client, at: this.#lostAtMs, ms: null })
    }
    for (const { line } of this.#outbox.waiting()) this.#write(line)
    this.#flush()
    const counts = { received: this.#received, sampled: this.#sampled, errors: this.#errors }
    this.#write({ k: 'end', c: client, ...counts })
    const socket = this.#socket
    this.#socket = null
    socket?.close()
  }
}
