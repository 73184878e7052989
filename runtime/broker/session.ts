// One session of a client: its socket, who it is, what it asked for.
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { ClientFrame, PopFrame } from '../protocol/session.ts'
import type { Rights } from './rights.ts'
import type { SessionOutput } from './session-output.ts'
import type { Subscription } from './session-streams.ts'
import type { TokenBucket } from './token-bucket.ts'
import { SharedFrame } from './ws-frame.ts'

/** A frame that came before the session was welcomed. */
export interface HeldFrame {
  frame: ClientFrame
  bytes: number
}

/** Close codes beyond the standard's: the reason text says the same to a person. */
export const CLOSE = {
  replaced: 4001,
  tooSlow: 4002,
  noHello: 4003,
  malformed: 4004,
  denied: 4005,
  expired: 4006,
} as const

/** Of a session that has none: shared by all. */
const NONE: readonly Subscription[] = []

export class Session {
  /** Given once by the thread. */
  readonly id: number
  readonly socket: WebSocket
  /** The connection under the socket. */
  readonly wire: Duplex
  readonly output: SessionOutput
  readonly bucket: TokenBucket
  /** Null until it is admitted: who it is, and what it may do. */
  rights: Rights | null = null
  /** Frames that wait for the welcome; null before hello and after the welcome. */
  held: HeldFrame[] | null = null
  welcomed = false
  /** For the welcome: see `Welcome.resume`. */
  resume: string | undefined = undefined
  expiresAtMs = Number.POSITIVE_INFINITY
  /** One for each channel. */
  subscriptions: readonly Subscription[] = NONE
  /** Keys of its queries by the ids it gave them. */
  queries: Map<string, string> | null = null
  malformed = 0
  /** Runs while the session is not read. */
  paused: NodeJS.Timeout | undefined = undefined
  alive = true

  constructor(of: Pick<Session, 'id' | 'socket' | 'wire' | 'output' | 'bucket'>) {
    this.id = of.id
    this.socket = of.socket
    this.wire = of.wire
    this.output = of.output
    this.bucket = of.bucket
  }

  subscription(ch: string): Subscription | undefined {
    return this.subscriptions.find((subscription) => subscription.ch === ch)
  }

  tell(frame: PopFrame): void {
    this.output.control(new SharedFrame(JSON.stringify(frame)))
  }

  /** Ends the session, with what it was told before. */
  close(code: number, reason: string): void {
    this.output.flush()
    this.socket.close(code, reason)
  }
}
