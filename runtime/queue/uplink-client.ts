// The PoP's end of the uplink: one WebSocket to central, told by the state machine what to do.
import type { Logger } from 'pino'
import { WebSocket } from 'ws'
import type { Lane } from '../protocol/lanes.ts'
import { type Batch, type PopUplinkFrame, UPLINK_SUBPROTOCOL, type UplinkHello } from '../protocol/uplink.ts'
import { parseCentralFrame } from './parse-central-frame.ts'
import type { LogRecord } from './record.ts'
import type { UplinkInput } from './uplink-sync.ts'

/** Central's frames are small; anything larger is not central. */
const FRAME_BYTES_MAX = 64 * 1024

export interface UplinkClientOptions {
  url: string
  /** Shared secret; null where central asks for none. */
  token: string | null
  hello: () => UplinkHello
  read: (lane: Lane, first: number, count: number) => Promise<LogRecord[]>
  input: (input: UplinkInput) => void
  log: Logger
}

export class UplinkClient {
  readonly #options: UplinkClientOptions
  #socket: WebSocket | null = null
  /** Batches are read from disk and must leave in the order they were asked for. */
  #sending: Promise<void> = Promise.resolve()
  #fault: string | null = null
  sentBytes = 0
  receivedBytes = 0
  connects = 0

  constructor(options: UplinkClientOptions) {
    this.#options = options
  }

  /** Why there is no connection to central, in the system's words; null once central has answered. */
  get fault(): string | null {
    return this.#fault
  }

  connect(): void {
    this.#drop()
    const { url, token, input } = this.#options
    const socket = new WebSocket(url, UPLINK_SUBPROTOCOL, {
      maxPayload: FRAME_BYTES_MAX,
      perMessageDeflate: false,
      ...(token !== null && { headers: { authorization: `Bearer ${token}` } }),
    })
    this.#socket = socket
    this.#sending = Promise.resolve()
    const current = () => this.#socket === socket
    socket.on('open', () => {
      this.connects++
      if (current()) input({ is: 'opened' })
    })
    socket.on('message', (data) => {
      const text = data.toString()
      this.receivedBytes += text.length
      if (current()) this.#frame(text)
    })
    socket.on('error', (error) => {
      if (current()) this.#failed(error)
    })
    socket.on('close', () => {
      if (!current()) return
      this.#socket = null
      input({ is: 'closed' })
    })
  }

  disconnect(why: string): void {
    if (this.#socket) this.#options.log.info({ why }, 'uplink given up')
    this.#drop()
  }

  hello(): void {
    this.#send(this.#options.hello())
  }

  beat(n: number): void {
    this.#send({ t: 'beat', n })
  }

  batch(lane: Lane, first: number, count: number): void {
    const socket = this.#socket
    this.#sending = this.#sending.then(async () => {
      if (this.#socket !== socket) return
      try {
        const records = await this.#options.read(lane, first, count)
        if (this.#socket === socket) this.#send(batchFrame(lane, first, records))
      } catch (error) {
        // The log moves on when central turns out to have these records: then this connection is over too.
        if (this.#socket !== socket) return
        this.#options.log.error({ err: error }, 'cannot read a batch from the log')
        socket?.terminate()
      }
    })
  }

  close(): void {
    this.#drop()
  }

  /** Retries fail by the dozen: each cause is told once, until central answers. */
  #failed(error: Error & { code?: string }): void {
    // Where each address of a name refuses, Node gives a code and no message.
    const cause = error.message || (error.code ?? 'unknown')
    const level = cause === this.#fault ? 'debug' : 'warn'
    this.#fault = cause
    this.#options.log[level]({ err: cause }, 'the uplink fails; trying again')
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = null
    // A dead link would hold a polite close open for 30 s.
    socket?.terminate()
  }

  #send(frame: PopUplinkFrame): void {
    const socket = this.#socket
    if (socket?.readyState !== WebSocket.OPEN) return
    const text = JSON.stringify(frame)
    this.sentBytes += Buffer.byteLength(text)
    socket.send(text)
  }

  #frame(text: string): void {
    const { input, log } = this.#options
    const parsed = parseCentralFrame(text)
    if ('wrong' in parsed) {
      log.warn({ wrong: parsed.wrong }, 'central sent a frame that cannot be read')
      this.#socket?.terminate()
      return
    }
    const frame = parsed.ok
    switch (frame.t) {
      case 'ready':
        this.#fault = null
        input({ is: 'ready', watermarks: frame.watermarks })
        break
      case 'applied':
        input({ is: 'applied', lane: frame.lane, through: frame.through })
        break
      case 'gap':
        input({ is: 'gap', lane: frame.lane, expected: frame.expected })
        break
      case 'beat':
        input({ is: 'beat' })
        break
      case 'err':
        log.error({ code: frame.code, why: frame.why }, 'central refused')
        if (frame.code === 'MP_LOG_REWOUND') input({ is: 'rewound' })
    }
  }
}

/** The wire form of consecutive records of a lane. */
export function batchFrame(lane: Lane, first: number, records: readonly LogRecord[]): Batch {
  return {
    t: 'batch',
    lane,
    first,
    records: records.map(({ client, seq, ch, body, at }) => ({ client, seq, ch, body, at })),
  }
}
