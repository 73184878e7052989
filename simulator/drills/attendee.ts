// An attendee of a drill: publishes all the while, keeps what is not acknowledged, and comes back wherever it is sent.
import { WebSocket } from 'ws'
import { type PopFrame, SESSION_SUBPROTOCOL } from '../../runtime/protocol/session.ts'
import { RESEND_REFUSED_MS } from '../models/attendee-client.ts'
import { ChannelCursors } from '../rehearsal/channel-cursors.ts'
import type { RehearsalClock } from '../rehearsal/clock.ts'

const LANE = 'interactive'
/** From opening a socket to the PoP's welcome. */
const WELCOME_WITHIN_MS = 5_000
const RETRY_MIN_MS = 100
const RETRY_MAX_MS = 1_000
/** Messages that wait for their acknowledgement at once, at most: then nothing new is published until some are answered. */
const OUTBOX_MAX = 1_000

export interface AttendeeOptions {
  client: string
  ch: string
  /** Where the session is opened now, asked before each attempt. */
  url: () => Promise<string>
  /** Between two publishes. */
  everyMs: number
  clock: RehearsalClock
}

interface Unacked {
  frame: string
  body: string
  sinceMs: number
}

export class DrillAttendee {
  readonly client: string
  /** Bodies by number, of what was acknowledged. */
  readonly acknowledged = new Map<number, string>()
  published = 0
  sessions = 0
  silentGaps = 0
  /** Times the PoP said that it cannot give what was missed: the client reloads its view. */
  toldGaps = 0
  longestWaitMs = 0
  /** URL of the newest session. */
  at: string | null = null
  readonly #options: AttendeeOptions
  readonly #outbox = new Map<number, Unacked>()
  readonly #cursors = new ChannelCursors()
  readonly #leaving = new AbortController()
  #socket: WebSocket | null = null
  #welcomed = false
  #publishing = true

  constructor(options: AttendeeOptions) {
    this.#options = options
    this.client = options.client
  }

  get present(): boolean {
    return this.#welcomed
  }

  get unanswered(): number {
    return this.#outbox.size
  }

  /** Comes, and stays until `leave`. Never rejects: a PoP that is gone is what it is there for. */
  async stay(): Promise<void> {
    await Promise.all([this.#keepSession(), this.#keepPublishing()])
  }

  /** Publishes nothing new; what waits is still sent again. */
  stopPublishing(): void {
    this.#publishing = false
  }

  leave(): void {
    this.#leaving.abort()
    this.#socket?.close()
  }

  async #keepSession(): Promise<void> {
    const { clock, url } = this.#options
    let retryMs = RETRY_MIN_MS
    while (!this.#leaving.signal.aborted) {
      const before = this.sessions
      const address = await url().catch(() => null)
      const againMs = address === null ? null : await this.#session(address)
      retryMs = this.sessions > before ? RETRY_MIN_MS : Math.min(RETRY_MAX_MS, retryMs * 2)
      await this.#pause(againMs ?? retryMs, clock)
    }
  }

  async #keepPublishing(): Promise<void> {
    const { clock, everyMs } = this.#options
    while (!this.#leaving.signal.aborted) {
      if (this.#publishing && this.#outbox.size < OUTBOX_MAX) this.#publish()
      await this.#pause(everyMs, clock)
    }
  }

  async #pause(ms: number, clock: RehearsalClock): Promise<void> {
    const { signal } = this.#leaving
    await clock.sleep(ms, signal).catch((error) => {
      if (!signal.aborted) throw error
    })
  }

  #publish(): void {
    const { ch, clock } = this.#options
    const seq = ++this.published
    const body = `${this.client} says ${seq}`
    const frame = JSON.stringify({ t: 'pub', lane: LANE, seq, ch, body, at: Math.round(clock.wallMs()) })
    this.#outbox.set(seq, { frame, body, sinceMs: clock.monotonicMs() })
    if (this.#welcomed) this.#socket?.send(frame)
  }

  /** One session to its end: ms until the next where the PoP said so, null where it did not. */
  #session(address: string): Promise<number | null> {
    const { clock } = this.#options
    return new Promise((resolve) => {
      const socket = new WebSocket(address, SESSION_SUBPROTOCOL, { handshakeTimeout: WELCOME_WITHIN_MS })
      this.#socket = socket
      const over = new AbortController()
      let againMs: number | null = null
      const end = () => {
        if (over.signal.aborted) return
        over.abort()
        if (this.#socket === socket) this.#welcomed = false
        socket.terminate()
        resolve(againMs)
      }
      // A PoP that takes the socket and says nothing is none.
      clock.sleep(WELCOME_WITHIN_MS, over.signal).then(
        () => !this.#welcomed && end(),
        () => undefined,
      )
      socket.on('open', () => {
        const [lowest = this.published + 1] = this.#outbox.keys()
        socket.send(JSON.stringify({ t: 'hello', client: this.client, from: { [LANE]: lowest } }))
      })
      socket.on('message', (data) => {
        const frame: PopFrame = JSON.parse(data.toString())
        if (frame.t === 'goodbye') {
          againMs = frame.reconnectMs
          end()
        } else this.#take(frame, socket, address, over.signal)
      })
      socket.on('close', end)
      socket.on('error', end)
    })
  }

  #take(frame: PopFrame, socket: WebSocket, address: string, over: AbortSignal): void {
    switch (frame.t) {
      case 'welcome':
        this.#welcomed = true
        this.at = address
        this.sessions++
        this.#answered(1, frame.acked[LANE] ?? 0)
        for (const sub of this.#cursors.subscriptions(this.#options.ch)) socket.send(JSON.stringify(sub))
        for (const { frame: waiting } of this.#outbox.values()) socket.send(waiting)
        break
      case 'ack':
        if (frame.lane === LANE && frame.durable !== 'memory') {
          this.#answered(frame.from ?? frame.seq, frame.seq)
        }
        break
      case 'err':
        if (frame.seq !== undefined) this.#sendAgain(frame.seq, socket, over)
        break
      case 'subd':
        // Of the first subscription everything before it is missed, and nobody misses it.
        if (this.#cursors.subscribed(frame) !== null && this.sessions > 1) this.toldGaps++
        break
      case 'msg':
        if (this.#cursors.message(frame) !== null) this.silentGaps++
        break
      case 'skip':
        this.#cursors.skipped(frame)
    }
  }

  #answered(from: number, through: number): void {
    const now = this.#options.clock.monotonicMs()
    for (const [seq, { body, sinceMs }] of this.#outbox) {
      if (seq < from || seq > through) continue
      this.#outbox.delete(seq)
      this.acknowledged.set(seq, body)
      this.longestWaitMs = Math.max(this.longestWaitMs, now - sinceMs)
    }
  }

  #sendAgain(seq: number, socket: WebSocket, over: AbortSignal): void {
    this.#options.clock.sleep(RESEND_REFUSED_MS, over).then(
      () => {
        const waiting = this.#outbox.get(seq)
        if (waiting && socket.readyState === WebSocket.OPEN) socket.send(waiting.frame)
      },
      () => undefined,
    )
  }
}
