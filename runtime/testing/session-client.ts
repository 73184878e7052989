// An attendee's end of the session wire, for tests: speaks frames, remembers what came, and waits for what it expects.
import { WebSocket } from 'ws'
import type { Durability, Lane } from '../protocol/lanes.ts'
import {
  type Ack,
  type ClientFrame,
  type Hello,
  type Message,
  type PopFrame,
  SESSION_SUBPROTOCOL,
  type Subscribed,
  type Welcome,
} from '../protocol/session.ts'

/** How long a test waits for a frame before it fails; far beyond what a loaded machine needs. */
const FRAME_WITHIN_MS = 10_000

export interface Publication {
  lane?: Lane
  seq: number
  ch: string
  body: unknown
  ack?: Durability
}

type FrameOf<T extends PopFrame['t']> = Extract<PopFrame, { t: T }>

export class SessionClient {
  /** Every frame received, in order. */
  readonly frames: PopFrame[] = []
  /** Resolves when the socket is closed, with its close code (1006 where it was cut). */
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #socket: WebSocket
  #waiting: (() => void)[] = []

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(data.toString()))
      this.#wake()
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() })
        this.#wake()
      })
    })
    socket.on('error', () => {})
  }

  /** Opens a session and, where `client` is given, says hello and waits for the welcome. */
  static async open(url: string, client?: string): Promise<SessionClient> {
    // Bodies of tests are all alike: compressed, none would ever fill a socket.
    const socket = new WebSocket(url, SESSION_SUBPROTOCOL, { perMessageDeflate: false })
    const session = new SessionClient(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    if (client !== undefined) await session.hello(client)
    return session
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  hello(client: string, from?: Hello['from']): Promise<Welcome> {
    this.send({ t: 'hello', client, ...(from && { from }) })
    return this.next('welcome')
  }

  /** Subscribes; `from` resumes after an offset. Messages that were missed follow the answer. */
  subscribe(ch: string, from?: { epoch: string; off: number }): Promise<Subscribed> {
    this.send({ t: 'sub', ch, ...from })
    return this.next('subd', (frame) => frame.ch === ch)
  }

  /** Sends a publish and returns at once; `acked` waits for its answer. */
  publish({ lane = 'interactive', ...publication }: Publication): void {
    this.send({ t: 'pub', at: 0, lane, ...publication })
  }

  /** The acknowledgement of one publish, which may have come as one of several. */
  async acked(seq: number, lane: Lane = 'interactive', durable?: Durability): Promise<Ack> {
    const covers = (ack: Ack) => ack.lane === lane && seq <= ack.seq && seq >= (ack.from ?? ack.seq)
    const ack = await this.next(
      'ack',
      (one) => covers(one) && (durable === undefined || one.durable === durable),
    )
    const from = ack.from ?? ack.seq
    // The others it covers may be waited for too.
    if (from < seq) this.frames.push({ ...ack, seq: seq - 1 })
    if (seq < ack.seq) this.frames.push({ ...ack, from: seq + 1 })
    return { t: 'ack', lane, seq, durable: ack.durable }
  }

  /** Publishes acknowledged so far, and not waited for. */
  get ackedCount(): number {
    const counts = this.frames.map((frame) =>
      frame.t === 'ack' ? frame.seq - (frame.from ?? frame.seq) + 1 : 0,
    )
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** `text` as it is, or a frame as JSON. */
  send(frame: ClientFrame | string | Buffer): void {
    const data = typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame)
    this.#socket.send(data)
  }

  messages(ch: string): Message[] {
    return this.frames.filter((frame) => frame.t === 'msg').filter((message) => message.ch === ch)
  }

  /** The first frame of a kind that matches, already received or yet to come. It is taken out of `frames`. */
  async next<T extends PopFrame['t']>(t: T, matches: (frame: FrameOf<T>) => boolean = () => true) {
    const find = () => this.frames.findIndex((frame) => frame.t === t && matches(frame as FrameOf<T>))
    // Looked for again once it is there: another who waits may have taken a frame meanwhile.
    while (find() < 0) await this.until(() => find() >= 0, `frame ${t}`)
    return this.frames.splice(find(), 1)[0] as FrameOf<T>
  }

  /** Waits until `holds`, asked again after every frame; throws where the session ends or time is up before. */
  async until(holds: () => boolean, what = 'condition'): Promise<void> {
    const late = AbortSignal.timeout(FRAME_WITHIN_MS)
    late.addEventListener('abort', () => this.#wake(), { once: true })
    while (!holds()) {
      if (late.aborted) throw new Error(`no ${what} within ${FRAME_WITHIN_MS} ms`)
      if (this.#socket.readyState === WebSocket.CLOSED) throw new Error(`session ended before ${what}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Stops reading, as a client does whose device or link cannot keep up. */
  pause(): void {
    this.#socket.pause()
  }

  read(): void {
    this.#socket.resume()
  }

  /** Cuts the connection without a word, as a lost link does. */
  drop(): void {
    this.#socket.terminate()
  }

  async close(): Promise<void> {
    this.#socket.close()
    await this.closed
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
