// One attendee inside k6: a session that publishes, reads pages, drops, resumes, and writes down what it saw.
import http from 'k6/http'
import { clearTimeout, setTimeout } from 'k6/timers'
import { WebSocket } from 'k6/websockets'
import { PATHS } from '../../runtime/ports.ts'
import {
  COLLECT_PREFIX,
  type PopFrame,
  type Publish,
  SESSION_SUBPROTOCOL,
} from '../../runtime/protocol/session.ts'
import { bodyOf } from '../workload/frames.ts'
import { type Action, CHANNELS } from '../workload/run-plan.ts'
import type { DeliveryLine, PublishLine, RawLine } from './raw-lines.ts'
import type { Load, ScheduledSession } from './schedule.ts'

const LANE = 'interactive'
/** A channel that collects is not sent to anybody. */
const SUBSCRIBED = Object.values(CHANNELS).filter((ch) => !ch.startsWith(COLLECT_PREFIX))
/** From opening a socket to the PoP's welcome. */
const WELCOME_WITHIN_MS = 5_000
/** Wait before the second attempt to reconnect; doubles up to the maximum, spread over half of itself. */
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 3_000
const RESEND_REFUSED_MS = 1_000
const PAGE_TIMEOUT = '30s'
/** Deliveries in one line of measurements. */
const DELIVERIES_PER_LINE = 100

interface Unacked {
  frame: string
  line: PublishLine
}

type Timer = ReturnType<typeof setTimeout>

export class Attendee {
  readonly #plan: ScheduledSession
  readonly #load: Load
  readonly #epochMs: number
  readonly #write: (line: RawLine) => void
  readonly #unacked = new Map<number, Unacked>()
  readonly #timers = new Set<Timer>()
  readonly #seen = new Map<string, { epoch: string; off: number }>()
  #socket: WebSocket | null = null
  #welcomed = false
  #everWelcomed = false
  #attempts = 0
  #lostAtMs = 0
  #seq = 0
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
  }

  /** Sets a timer for everything that the plan intends; the VU ends when the last of them is through. */
  plant(): void {
    const { startMs, endMs, actions, dropsAtMs } = this.#plan
    this.#at(startMs, (late) => this.#connect(late))
    for (const action of actions) {
      this.#at(action.atMs, (late) => {
        if (action.kind === 'page') this.#loadPage(action.atMs, late)
        else this.#publish(action, action.kind, late)
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
    const current = (then: () => void) => () => {
      if (this.#socket === socket) then()
    }
    const timeout = this.#at(this.#now() + WELCOME_WITHIN_MS, () => current(() => this.#lost())())
    socket.onopen = current(() => this.#send({ t: 'hello', client: this.#plan.client }))
    socket.onclose = current(() => this.#lost())
    socket.onerror = current(() => this.#lost())
    socket.onmessage = (event) => {
      if (this.#socket !== socket) return
      const frame: PopFrame = JSON.parse(event?.data as string)
      if (frame.t === 'welcome') {
        this.#cancel(timeout)
        this.#welcome(frame.acked[LANE] ?? 0, lateMs)
      } else {
        this.#receive(frame)
      }
    }
  }

  #welcome(acked: number, lateMs: number): void {
    const { client, startMs } = this.#plan
    const now = this.#now()
    if (this.#everWelcomed)
      this.#write({ k: 'drop', c: client, at: this.#lostAtMs, ms: now - this.#lostAtMs })
    else
      this.#write({
        k: 'connect',
        c: client,
        at: Math.round(startMs),
        late: lateMs,
        ms: Math.round(now - startMs),
      })
    this.#welcomed = true
    this.#everWelcomed = true
    this.#attempts = 0
    for (const ch of SUBSCRIBED) this.#send({ t: 'sub', ch, ...this.#seen.get(ch) })
    for (const [seq] of this.#unacked) if (seq <= acked) this.#acknowledged(seq)
    for (const unacked of this.#unacked.values()) this.#sendPublish(unacked)
  }

  #receive(frame: PopFrame): void {
    switch (frame.t) {
      case 'ack':
        if (frame.durable === 'disk') this.#acknowledged(frame.seq)
        break
      case 'msg':
        this.#message(frame.ch, frame.off, frame.client, frame.at)
        break
      case 'subd': {
        const { ch, epoch, off, recovered } = frame
        const seen = this.#seen.get(ch)
        if (!recovered) this.#gap(ch, seen?.off ?? 0, off, true)
        // What was missed follows in order, so a recovered channel goes on from where it was.
        this.#seen.set(ch, { epoch, off: recovered && seen ? seen.off : off })
        break
      }
      case 'err':
        this.#errors++
        if (frame.seq !== undefined) this.#refused(frame.seq, frame.code)
    }
  }

  #message(ch: string, off: number, from: string, at: number): void {
    this.#received++
    const seen = this.#seen.get(ch)
    if (seen && off > seen.off + 1) this.#gap(ch, seen.off, off, false)
    if (seen && off > seen.off) seen.off = off
    if (off % this.#load.deliveryEvery !== 0) return
    this.#sampled++
    this.#deliveries.push([from, Math.round(at - this.#epochMs), Date.now() - at])
    if (this.#deliveries.length >= DELIVERIES_PER_LINE) this.#flush()
  }

  #gap(ch: string, after: number, off: number, told: boolean): void {
    this.#write({ k: 'gap', c: this.#plan.client, ch, after, off, told })
  }

  #publish({ atMs }: Action, kind: 'chat' | 'vote', late: number): void {
    const seq = ++this.#seq
    const at = Math.round(atMs)
    const publish: Publish = {
      t: 'pub',
      lane: LANE,
      seq,
      ch: CHANNELS[kind],
      body: bodyOf(kind),
      at: this.#epochMs + at,
      ack: 'disk',
    }
    const line: PublishLine = {
      k: 'pub',
      c: this.#plan.client,
      lane: LANE,
      seq,
      kind,
      at,
      late,
      ack: null,
      sends: 0,
    }
    const unacked = { frame: JSON.stringify(publish), line }
    this.#unacked.set(seq, unacked)
    this.#sendPublish(unacked)
  }

  #sendPublish({ frame, line }: Unacked): void {
    if (!this.#welcomed) return
    line.sends++
    this.#socket?.send(frame)
  }

  #acknowledged(seq: number): void {
    const unacked = this.#unacked.get(seq)
    if (unacked === undefined) return
    this.#unacked.delete(seq)
    this.#write({ ...unacked.line, ack: this.#now() - unacked.line.at })
    this.#finishIfDone()
  }

  #refused(seq: number, code: string): void {
    const unacked = this.#unacked.get(seq)
    if (unacked === undefined) return
    unacked.line.refused = code
    // The lane has no holes: what was refused must be taken before what comes after it can be let go.
    this.#at(this.#now() + RESEND_REFUSED_MS, () => {
      if (this.#unacked.has(seq)) this.#sendPublish(unacked)
    })
  }

  async #loadPage(atMs: number, late: number): Promise<void> {
    const { client, session, images } = this.#plan
    const { imagePaths, imageConnections } = this.#load
    const get = async (url: string) => {
      const { status } = await http.asyncRequest('GET', url, null, { timeout: PAGE_TIMEOUT })
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
    this.#write({ k: 'page', c: client, at: Math.round(atMs), late, ms: Math.round(this.#now() - atMs), ok })
    this.#finishIfDone()
  }

  /** The phone sleeps or roams: the socket is gone and the client notices at once. */
  #drop(): void {
    if (this.#socket) this.#lost()
  }

  #lost(): void {
    if (this.#welcomed) this.#lostAtMs = this.#now()
    this.#welcomed = false
    this.#socket?.close()
    this.#socket = null
    if (this.#finished) return
    this.#at(this.#now() + this.#retryDelayMs(), () => this.#connect(0))
  }

  /** At once after a session that worked, then doubling. Spread by the sequence of attempts, not by chance. */
  #retryDelayMs(): number {
    if (this.#attempts === 0) return 0
    const ceiling = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (this.#attempts - 1))
    const spread = (Math.imul(this.#plan.startMs + this.#attempts, 2654435761) >>> 0) / 2 ** 32
    return ceiling * (0.5 + spread / 2)
  }

  #send(frame: object): void {
    this.#socket?.send(JSON.stringify(frame))
  }

  #cancel(timer: Timer): void {
    clearTimeout(timer)
    this.#timers.delete(timer)
  }

  #flush(): void {
    if (this.#deliveries.length > 0) this.#write({ k: 'in', c: this.#plan.client, d: this.#deliveries })
    this.#deliveries = []
  }

  #finishIfDone(): void {
    if (this.#leaving && this.#unacked.size === 0 && this.#pagesLoading === 0) this.#finish()
  }

  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    for (const timer of this.#timers) clearTimeout(timer)
    const { client, startMs } = this.#plan
    if (!this.#everWelcomed)
      this.#write({ k: 'connect', c: client, at: Math.round(startMs), late: 0, ms: null })
    else if (!this.#welcomed) this.#write({ k: 'drop', c: client, at: this.#lostAtMs, ms: null })
    for (const { line } of this.#unacked.values()) this.#write(line)
    this.#flush()
    this.#write({
      k: 'end',
      c: client,
      received: this.#received,
      sampled: this.#sampled,
      errors: this.#errors,
    })
    const socket = this.#socket
    this.#socket = null
    socket?.close()
  }
}
