// The second PoP: follows the log of the first over one WebSocket, and answers only for what its own disk has.
import type { Logger } from 'pino'
import { WebSocket } from 'ws'
import type { FollowerLog } from './follower-log.ts'
import {
  type FollowerFrame,
  LEADER_FRAME_BYTES_MAX,
  type LeaderFrame,
  parseLeaderFrame,
  REPLICA_SUBPROTOCOL,
} from './wire.ts'

/** The leader beats each second. */
const SILENT_MS = 5_000
const CONNECT_WITHIN_MS = 3_000
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 3_000

export interface ReplicaFollowerOptions {
  url: string
  token: string | null
  event: string
  pop: string
  log: FollowerLog
  /** Of the leader that the log was copied from so far. */
  term: number
  /** The leader's term, told with each start: it must be durable when this returns. */
  saveTerm: (term: number) => Promise<void>
  /** Something was synced, or the connection has changed. */
  progress: (state: FollowerState) => void
  wallMs: () => number
  /** [0, 1), spreads retries. */
  random: () => number
  logger: Logger
}

export interface FollowerState {
  connected: boolean
  position: number
}

export class ReplicaFollower {
  readonly #options: ReplicaFollowerOptions
  #socket: WebSocket | null = null
  #timer: NodeJS.Timeout | undefined
  #retryMs = RETRY_MIN_MS
  /** Frames are worked on one at a time, in their order. */
  #working: Promise<void> = Promise.resolve()
  #fault: string | null = null
  #closed = false
  #term: number

  constructor(options: ReplicaFollowerOptions) {
    this.#options = options
    this.#term = options.term
    this.#connect()
  }

  /** Finishes what is being written; nothing happens afterwards. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#drop()
    await this.#working
  }

  #connect(): void {
    const { url, token, log, event, pop } = this.#options
    const socket = new WebSocket(url, REPLICA_SUBPROTOCOL, {
      maxPayload: LEADER_FRAME_BYTES_MAX,
      perMessageDeflate: false,
      ...(token !== null && { headers: { authorization: `Bearer ${token}` } }),
    })
    this.#socket = socket
    this.#watch(socket, CONNECT_WITHIN_MS)
    socket.on('open', () =>
      this.#send({ t: 'follow', event, pop, log: log.log, position: log.position, term: this.#term }),
    )
    socket.on('message', (data) => {
      if (this.#socket !== socket) return
      this.#watch(socket, SILENT_MS)
      this.#queue(socket, data.toString())
    })
    socket.on('error', (error: Error & { code?: string }) =>
      this.#complain(error.message || (error.code ?? '')),
    )
    socket.on('close', () => {
      if (this.#socket === socket) this.#retry()
    })
  }

  #queue(socket: WebSocket, text: string): void {
    const parsed = parseLeaderFrame(text)
    // Not read further until this is on disk: the link then holds back what the disk cannot take.
    socket.pause()
    this.#working = this.#working
      .then(async () => {
        if (this.#socket !== socket) return
        if ('wrong' in parsed) throw new Error(`the leader sent a frame that cannot be read: ${parsed.wrong}`)
        await this.#take(parsed.ok)
        socket.resume()
      })
      .catch((error: Error) => {
        this.#complain(error.message)
        socket.resume()
        socket.terminate()
      })
  }

  async #take(frame: LeaderFrame): Promise<void> {
    const { log, saveTerm, wallMs, logger } = this.#options
    switch (frame.t) {
      case 'start':
        if (frame.term < this.#term)
          throw new Error(`the leader's term ${frame.term} is over: ${this.#term} has begun`)
        if (!frame.checkpoint && frame.log !== log.log) throw new Error('the leader goes on with another log')
        // What is of a term that is over must not outlive it: with a new term, first the log, then its term.
        if (frame.checkpoint) await log.restart(frame.checkpoint)
        await saveTerm(frame.term)
        this.#term = frame.term
        logger.info({ log: frame.log, position: log.position, term: frame.term }, 'following')
        this.#fault = null
        this.#retryMs = RETRY_MIN_MS
        this.#told()
        break
      case 'entries':
        if (frame.after !== log.position) {
          throw new Error(`entries after ${frame.after} came at ${log.position}`)
        }
        await log.append(frame.entries)
        this.#told()
        break
      case 'beat':
        await log.release(frame.applied, wallMs())
        this.#send({ t: 'synced', position: log.position })
        break
      case 'err':
        throw new Error(`the leader refused: ${frame.why} [${frame.code}]`)
    }
  }

  #told(): void {
    const { log, progress } = this.#options
    this.#send({ t: 'synced', position: log.position })
    progress({ connected: true, position: log.position })
  }

  #send(frame: FollowerFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }

  #watch(socket: WebSocket, forMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#complain('the leader is silent')
      socket.terminate()
    }, forMs)
  }

  #retry(): void {
    this.#drop()
    if (this.#closed) return
    const { progress, log, random } = this.#options
    progress({ connected: false, position: log.position })
    this.#timer = setTimeout(() => this.#connect(), this.#retryMs * (1 + random()))
    this.#retryMs = Math.min(RETRY_MAX_MS, this.#retryMs * 2)
  }

  /** Retries fail by the dozen: each cause is told once, until the leader has answered. */
  #complain(cause: string): void {
    if (cause === this.#fault || this.#closed) return
    this.#fault = cause
    this.#options.logger.warn({ cause }, 'the leader cannot be followed; trying again')
  }

  #drop(): void {
    clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = null
    socket?.terminate()
  }
}
