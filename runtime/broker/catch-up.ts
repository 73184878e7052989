// Sends a session what it missed, from its channels' history and no faster than its socket takes it.
import type { WebSocket } from 'ws'
import type { LogRecord } from '../queue/record.ts'
import type { Resumption } from './channel-history.ts'

export interface CatchUpOptions {
  socket: WebSocket
  /** Bytes waiting on the socket above which sending pauses until they are written out. */
  bufferBytes: number
  after: (ch: string, off: number) => Resumption
  frame: (record: LogRecord) => Buffer
  /** The session fell behind what the history keeps. */
  lost: () => void
}

export class CatchUp {
  readonly #options: CatchUpOptions
  /** Offset sent so far of each channel that is behind. */
  readonly #sent = new Map<string, number>()
  #draining = false

  constructor(options: CatchUpOptions) {
    this.#options = options
  }

  /** Whether the channel's messages still come from its history: newer ones must wait for their turn there. */
  isBehind(ch: string): boolean {
    return this.#sent.has(ch)
  }

  /** Sends everything of `ch` after `off`; a former start on the same channel is forgotten. */
  start(ch: string, off: number): void {
    this.#sent.set(ch, off)
    this.#run()
  }

  stop(ch: string): void {
    this.#sent.delete(ch)
  }

  #run(): void {
    if (this.#draining) return
    const { socket, after, lost } = this.#options
    for (const [ch, off] of this.#sent) {
      const { recovered, missed } = after(ch, off)
      if (!recovered) {
        this.#sent.clear()
        lost()
        return
      }
      for (const record of missed) {
        if (socket.readyState !== socket.OPEN) return
        this.#sent.set(ch, record.off)
        if (this.#send(record)) return
      }
      this.#sent.delete(ch)
    }
  }

  /** Returns whether the socket has enough for now. */
  #send(record: LogRecord): boolean {
    const { socket, bufferBytes, frame } = this.#options
    const bytes = frame(record)
    if (socket.bufferedAmount + bytes.length < bufferBytes) {
      socket.send(bytes, { binary: false })
      return false
    }
    this.#draining = true
    socket.send(bytes, { binary: false }, (error) => {
      this.#draining = false
      if (!error) this.#run()
    })
    return true
  }
}
