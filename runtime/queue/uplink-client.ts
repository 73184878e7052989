// The PoP's end of one path to central: a WebSocket, told by the state machine what to do.
import type { Logger } from 'pino'
import { type RawData, WebSocket } from 'ws'
import type { UplinkConfig } from '../pop-config.ts'
import type { Lane } from '../protocol/lanes.ts'
import {
  type Batch,
  CENTRAL_FRAME_BYTES_MAX,
  type CentralUplinkFrame,
  type PopUplinkFrame,
  UPLINK_SPOKEN_HEADER,
  UPLINK_SUBPROTOCOL,
  type UplinkHello,
} from '../protocol/uplink.ts'
import { parseCentralFrame } from './parse-central-frame.ts'
import type { LogRecord } from './record.ts'
import { uplinkRecord } from './uplink-record.ts'
import type { UplinkInput } from './uplink-sync.ts'

/**
 * Bytes that wait in the process for the socket, before the next batch is read from the log: a beat, or a batch of a
 * higher lane, has no more than this and one batch in front of it here.
 */
const SOCKET_QUEUE_BYTES = 16 * 1024

/** What central says beside its acknowledgements. */
export type CentralAnswer = Exclude<CentralUplinkFrame, { t: 'ready' | 'applied' | 'gap' | 'beat' | 'err' }>

/** What is needed of a WebSocket: frames also travel over NATS. */
export interface UplinkSocket extends Pick<WebSocket, 'readyState' | 'bufferedAmount' | 'terminate'> {
  on(event: 'open' | 'close', listener: () => void): unknown
  on(event: 'message', listener: (data: RawData) => void): unknown
  on(event: 'error', listener: (error: Error & { code?: string }) => void): unknown
  send(text: string, written: () => void): void
}

export interface UplinkClientOptions {
  /** Index in `uplinks` of pop.json, told with every input. */
  path: number
  uplink: UplinkConfig
  /** Shared secret; null where central asks for none. */
  token: string | null
  hello: () => UplinkHello
  /** Records of a lane in their order; null for one that was shed. */
  read: (lane: Lane, first: number, count: number) => Promise<readonly (LogRecord | null)[]>
  input: (input: UplinkInput) => void
  /** Answers to comparisons, and documents. */
  answer?: (frame: CentralAnswer) => void
  /** Opens the way to central; default a WebSocket to the uplink's `url`. */
  open?: () => UplinkSocket
  log: Logger
}

export class UplinkClient {
  readonly #options: UplinkClientOptions
  readonly #log: Logger
  #socket: UplinkSocket | null = null
  /** Batches are read from disk and must leave in the order they were asked for. */
  #sending: Promise<void> = Promise.resolve()
  #fault: string | null = null
  /** Why central did not take the connection that is being made, where it said so. */
  #refusedFor: string | null = null
  #central: string | null = null
  sentBytes = 0
  receivedBytes = 0
  connects = 0

  constructor(options: UplinkClientOptions) {
    this.#options = options
    this.#log = options.log.child({ uplink: options.uplink.name })
  }

  get name(): string {
    return this.#options.uplink.name
  }

  /** Why there is no connection to central, in the system's words; null once central has answered. */
  get fault(): string | null {
    return this.#fault
  }

  /** Version of central's software; null until it has told. */
  get central(): string | null {
    return this.#central
  }

  connect(): void {
    this.#drop()
    this.#refusedFor = null
    const { open = () => this.#webSocket() } = this.#options
    const socket = open()
    this.#socket = socket
    this.#sending = Promise.resolve()
    const current = () => this.#socket === socket
    socket.on('open', () => {
      this.connects++
      if (current()) this.#input({ is: 'opened' })
    })
    socket.on('message', (data) => {
      const text = data.toString()
      this.receivedBytes += Buffer.byteLength(text)
      if (current()) this.#frame(text)
    })
    socket.on('error', (error) => {
      if (current()) this.#failed(error)
    })
    socket.on('close', () => {
      if (!current()) return
      this.#socket = null
      this.#input({ is: 'closed' })
    })
  }

  disconnect(why: string): void {
    if (this.#socket) this.#log.info({ why }, 'uplink given up')
    this.#drop()
  }

  hello(): void {
    this.send(this.#options.hello())
  }

  beat(n: number): void {
    this.send({ t: 'beat', n })
  }

  batch(lane: Lane, first: number, count: number): void {
    const socket = this.#socket
    if (socket === null) return
    this.#sending = this.#sending.then(async () => {
      if (this.#socket !== socket) return
      try {
        const records = await this.#options.read(lane, first, count)
        if (this.#socket !== socket) return
        const written = this.send(batchFrame(lane, first, records))
        if (socket.bufferedAmount > SOCKET_QUEUE_BYTES) await written
      } catch (error) {
        // The log moves on when central turns out to have these records: then this connection is over too.
        if (this.#socket !== socket) return
        this.#log.error({ err: error }, 'cannot read a batch from the log')
        socket.terminate()
      }
    })
  }

  /** Sends a frame now, ahead of batches that are not yet written. Resolves when the system has it, or never will. */
  send(frame: PopUplinkFrame): Promise<void> {
    const socket = this.#socket
    if (socket?.readyState !== WebSocket.OPEN) return Promise.resolve()
    const text = JSON.stringify(frame)
    this.sentBytes += Buffer.byteLength(text)
    // A write that fails ends the socket, and its end is what counts.
    return new Promise((resolve) => socket.send(text, () => resolve()))
  }

  close(): void {
    this.#drop()
  }

  #input(input: UplinkInput): void {
    this.#options.input({ ...input, path: this.#options.path })
  }

  /** Retries fail by the dozen: each cause is told once, until central answers. */
  #failed(error: Error & { code?: string }): void {
    // Where each address of a name refuses, Node gives a code and no message.
    const cause = this.#refusedFor ?? (error.message || (error.code ?? 'unknown'))
    const level = cause === this.#fault ? 'debug' : 'warn'
    this.#fault = cause
    this.#log[level]({ err: cause }, 'the uplink fails; trying again')
  }

  #webSocket(): WebSocket {
    const { uplink, token } = this.#options
    const socket = new WebSocket(uplink.url, UPLINK_SUBPROTOCOL, {
      maxPayload: CENTRAL_FRAME_BYTES_MAX,
      perMessageDeflate: false,
      ...(uplink.localAddress !== undefined && { localAddress: uplink.localAddress }),
      ...(token !== null && { headers: { authorization: `Bearer ${token}` } }),
    })
    socket.on('unexpected-response', (_request, { statusCode, headers }) => {
      if (this.#socket !== socket) return
      this.#refusedFor = refusalText(statusCode, headers[UPLINK_SPOKEN_HEADER])
      // Ends it with an error, of which the cause is known now.
      socket.terminate()
    })
    return socket
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = null
    // A dead link would hold a polite close open for 30 s.
    socket?.terminate()
  }

  #frame(text: string): void {
    const parsed = parseCentralFrame(text)
    if ('wrong' in parsed) {
      this.#log.warn({ wrong: parsed.wrong }, 'central sent a frame that cannot be read')
      this.#socket?.terminate()
      return
    }
    const frame = parsed.ok
    switch (frame.t) {
      case 'ready':
        this.#fault = null
        this.#central = frame.micropop ?? null
        this.#input({ is: 'ready', watermarks: frame.watermarks })
        break
      case 'applied':
        this.#input({ is: 'applied', lane: frame.lane, through: frame.through })
        break
      case 'gap':
        this.#input({ is: 'gap', lane: frame.lane, expected: frame.expected })
        break
      case 'beat':
        this.#input({ is: 'beat', n: frame.n })
        break
      case 'err':
        this.#refused(frame.code, frame.why)
        break
      default:
        this.#options.answer?.(frame)
    }
  }

  #refused(code: string, why: string): void {
    this.#log.error({ code, why }, 'central refused')
    if (code === 'MP_LOG_REWOUND') this.#input({ is: 'rewound' })
    if (code === 'MP_UPLINK_FENCED') this.#input({ is: 'fenced' })
  }
}

/** `spoken`: what central says that it speaks, when it refuses. */
function refusalText(status: number | undefined, spoken: string | string[] | undefined): string {
  const plain = `Unexpected server response: ${status}`
  if (typeof spoken !== 'string' || spoken === UPLINK_SUBPROTOCOL || !/^[\w.-]{1,40}$/.test(spoken))
    return plain
  return `central speaks ${spoken} and not ${UPLINK_SUBPROTOCOL}: run versions of PoP and central that are next to each other, central upgraded first [MP_UPLINK_VERSION]`
}

/** The wire form of consecutive records of a lane. */
export function batchFrame(lane: Lane, first: number, records: readonly (LogRecord | null)[]): Batch {
  return { t: 'batch', lane, first, records: records.map((record) => record && uplinkRecord(record)) }
}
