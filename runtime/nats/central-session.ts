// One session of a PoP over NATS, as the socket that central's uplink connection reads frames from and writes them to.
import { EventEmitter } from 'node:events'
import { headers, type NatsConnection } from '@nats-io/transport-node'
import { HEADERS, subjects } from './subjects.ts'

export interface CentralSessionOptions {
  connection: NatsConnection
  event: string
  pop: string
  session: string
  /** This central. */
  central: string
}

interface Events {
  message: [data: Buffer, isBinary: boolean]
  error: [error: Error]
  close: [code: number]
}

/** RFC 6455, section 7.4.1: the connection broke. */
const BROKEN = 1006

export class CentralSession extends EventEmitter<Events> {
  readonly isPaused = false
  /** What waits for the hub is bounded by the hub, which drops a connection that reads too slowly. */
  readonly bufferedAmount = 0
  readonly #options: CentralSessionOptions
  #closed = false

  constructor(options: CentralSessionOptions) {
    super()
    this.#options = options
  }

  received(data: Uint8Array): void {
    if (!this.#closed) this.emit('message', Buffer.from(data), false)
  }

  send(text: string): void {
    this.#publish(text, HEADERS.central, this.#options.central)
  }

  /** Batches come by the stream, which holds them back: whoever sends them here is told to stop. */
  pause(): void {
    this.terminate()
  }

  resume(): void {}

  /** Tells the PoP, too. */
  close(code: number): void {
    this.#publish('', HEADERS.closed, String(code))
    this.gone(code)
  }

  terminate(): void {
    this.close(BROKEN)
  }

  /** The session is over without the PoP being told. */
  gone(code = BROKEN): void {
    if (this.#closed) return
    this.#closed = true
    this.emit('close', code)
  }

  #publish(text: string, header: string, value: string): void {
    const { connection, event, pop, session } = this.#options
    if (this.#closed || connection.isClosed()) return
    const marks = headers()
    marks.set(header, value)
    connection.publish(subjects.down(event, pop, session), text, { headers: marks })
  }
}
