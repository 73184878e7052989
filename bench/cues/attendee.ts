// An attendee of the bench: a real session whose frames take their time each way, with a clock of its own that is
// wrong and drifts, and what it presents when.
import { WebSocket } from 'ws'
import { align, PopClock, presentAt } from '../../runtime/protocol/clock.ts'
import { type PopFrame, SESSION_SUBPROTOCOL } from '../../runtime/protocol/session.ts'
import { type FireCue, type MediaClock, SHOW } from '../../runtime/protocol/show.ts'
import { exponential, type Random } from '../../simulator/engine/random.ts'

/** Each way of each attendee has a least delay of its own, up to this, so that paths are uneven… */
const LEAST_MS_MAX = { up: 15, down: 30 }
/** …and on top what radio and queues add to each frame, on average… */
const ADDED_MS_MEAN = 20
/** …or, now and then, a retransmission. */
const RETRANSMITTED = { share: 0.02, ms: 200 }
const CLOCK_OFF_MS = 10_000
const DRIFT_MAX = 50e-6
const PINGS = 16
const PING_EVERY_MS = 250

/** When a cue was presented, or how far a player was off a stream, by the clock of the bench, ms. */
export type Seen = (kind: 'cue' | 'stream', id: string, ms: number) => void

export class Attendee {
  readonly clock = new PopClock()
  readonly #socket: WebSocket
  readonly #random: Random
  readonly #seen: Seen
  readonly #off: number
  readonly #drift: number
  readonly #least: { up: number; down: number }
  readonly #lastAt = { up: 0, down: 0 }
  #welcomed: () => void = () => {}

  private constructor(socket: WebSocket, random: Random, seen: Seen) {
    this.#socket = socket
    this.#random = random
    this.#seen = seen
    this.#off = (2 * random() - 1) * CLOCK_OFF_MS
    this.#drift = (2 * random() - 1) * DRIFT_MAX
    this.#least = { up: random() * LEAST_MS_MAX.up, down: random() * LEAST_MS_MAX.down }
    socket.on('message', (data) => this.#carry('down', () => this.#take(JSON.parse(data.toString()))))
  }

  /** Says hello, subscribes, and pings until its clock is known. */
  static async open(url: string, client: string, random: Random, seen: Seen): Promise<Attendee> {
    const socket = new WebSocket(url, SESSION_SUBPROTOCOL)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    const attendee = new Attendee(socket, random, seen)
    const welcomed = new Promise<void>((resolve) => {
      attendee.#welcomed = resolve
    })
    attendee.#send({ t: 'hello', client })
    await welcomed
    for (const ch of [SHOW.cues, SHOW.media]) attendee.#send({ t: 'sub', ch })
    for (let n = 1; n <= PINGS; n++) {
      attendee.#send({ t: 'ping', n, t0: attendee.#localMs() })
      await new Promise((resolve) => setTimeout(resolve, PING_EVERY_MS))
    }
    return attendee
  }

  /** How far its estimate is off the PoP's clock, and by how much it says that it may be, ms. */
  error(): { ms: number; boundMs: number } {
    const estimate = this.clock.estimate(this.#localMs())
    if (!estimate) throw new Error('no ping was answered')
    const ms = this.#localMs() + estimate.offsetMs - Date.now()
    return { ms: Math.abs(ms), boundMs: estimate.errorMs }
  }

  close(): void {
    this.#socket.terminate()
  }

  #take(frame: PopFrame): void {
    if (frame.t === 'welcome') this.#welcomed()
    if (frame.t === 'pong' && frame.t0 !== undefined && frame.t1 !== undefined && frame.t2 !== undefined) {
      this.clock.ping({ t0: frame.t0, t1: frame.t1, t2: frame.t2, t3: this.#localMs() })
    }
    if (frame.t !== 'msg') return
    if (frame.ch === SHOW.cues) this.#present(frame.body as FireCue)
    if (frame.ch === SHOW.media) this.#play(frame.body as MediaClock)
  }

  #present(cue: FireCue): void {
    const localMs = this.#localMs()
    const waitMs = presentAt(cue, this.clock, localMs) - localMs
    if (waitMs <= 0) this.#seen('cue', cue.id, performance.now())
    else setTimeout(() => this.#seen('cue', cue.id, performance.now()), waitMs)
  }

  /** A player that takes the position as it comes is off by the way it took; one that aligns, by its clock's error. */
  #play(media: MediaClock): void {
    const trulyMs = media.positionMs + (Date.now() - media.wallMs) * media.rate
    this.#seen('stream', `${media.stream} on arrival`, media.positionMs - trulyMs)
    const player = { positionMs: media.positionMs, localMs: this.#localMs() }
    const alignedMs = media.positionMs - align(media, this.clock, player).errorMs
    this.#seen('stream', `${media.stream} aligned`, alignedMs - trulyMs)
  }

  #localMs(): number {
    return performance.now() * (1 + this.#drift) + this.#off
  }

  #send(frame: object): void {
    const text = JSON.stringify(frame)
    this.#carry('up', () => this.#socket.send(text))
  }

  /** In order, as TCP does: a frame that is late holds up those after it. */
  #carry(way: 'up' | 'down', arrive: () => void): void {
    const addedMs = exponential(this.#random, ADDED_MS_MEAN)
    const lostMs = this.#random() < RETRANSMITTED.share ? RETRANSMITTED.ms : 0
    const now = performance.now()
    const at = Math.max(this.#lastAt[way], now + this.#least[way] + addedMs + lostMs)
    this.#lastAt[way] = at
    setTimeout(arrive, at - now)
  }
}
